package dev.serin.mesh.bootstrap;

import com.google.common.collect.ImmutableList;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * The statistics that a proxy reports of every cluster, by their names after {@code cluster.NAME.};
 * nothing else leaves the proxy. What each of them counts is in Envoy's cluster manager
 * documentation.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/configuration/upstream/cluster_manager/cluster_stats">Envoy:
 *     cluster statistics</a>
 */
public final class ReportedStats {
  /** Tries that reached a connection. */
  public static final String TOTAL = "upstream_rq_total";

  /** Answers, Envoy's own among them; a try that was retried is none. */
  public static final String COMPLETED = "upstream_rq_completed";

  /** Answers of class 5xx, Envoy's own among them. */
  public static final String ANSWERED_5XX = "upstream_rq_5xx";

  /** Tries that failed and were tried again. */
  public static final String RETRY = "upstream_rq_retry";

  /** Answers to requests that had been tried again as often as is allowed, and failed once more. */
  public static final String RETRY_LIMIT = "upstream_rq_retry_limit_exceeded";

  /** Refused by Envoy: too many waiting for a connection. */
  public static final String PENDING_OVERFLOW = "upstream_rq_pending_overflow";

  /** Refused by Envoy: too many under way. */
  public static final String ACTIVE_OVERFLOW = "upstream_rq_active_overflow";

  /** Tries cut off by the route's timeout. */
  public static final String TIMEOUT = "upstream_rq_timeout";

  /** Tries cut off by the timeout of a single try. */
  public static final String PER_TRY_TIMEOUT = "upstream_rq_per_try_timeout";

  /** HTTP/2 streams that Envoy reset. */
  public static final String TX_RESET = "upstream_rq_tx_reset";

  /** HTTP/1 connections that Envoy closed with a try under way: the same in the older protocol. */
  public static final String CLOSED_WITH_ACTIVE = "upstream_cx_destroy_local_with_active_rq";

  /** A gauge: requests and streams that are under way. Envoy keeps it from the first one on. */
  public static final String ACTIVE = "upstream_rq_active";

  /** The latency histogram; tries without a whole answer are not in it. */
  public static final String TIME = "upstream_rq_time";

  /** gRPC calls that ended, from the {@code grpc_stats} filter. */
  public static final String GRPC_TOTAL = "grpc.total";

  /**
   * gRPC calls that ended with a status whose HTTP counterpart is 5xx: UNKNOWN, DEADLINE_EXCEEDED,
   * UNIMPLEMENTED, INTERNAL, UNAVAILABLE, DATA_LOSS. The others blame the caller.
   *
   * @see <a href="https://opentelemetry.io/docs/specs/semconv/rpc/grpc/">OpenTelemetry's rule for
   *     server errors, the same six</a>
   */
  public static final ImmutableList<String> GRPC_ERRORS =
      ImmutableList.of("grpc.2", "grpc.4", "grpc.12", "grpc.13", "grpc.14", "grpc.15");

  /** Every counter above. */
  public static final ImmutableList<String> COUNTERS =
      Stream.concat(
              Stream.of(
                  TOTAL,
                  COMPLETED,
                  ANSWERED_5XX,
                  RETRY,
                  RETRY_LIMIT,
                  PENDING_OVERFLOW,
                  ACTIVE_OVERFLOW,
                  TIMEOUT,
                  PER_TRY_TIMEOUT,
                  TX_RESET,
                  CLOSED_WITH_ACTIVE,
                  GRPC_TOTAL),
              GRPC_ERRORS.stream())
          .collect(ImmutableList.toImmutableList());

  /** A gauge that is always sent: with it an idle proxy differs from a lost one. */
  public static final String HEARTBEAT = "server.live";

  private ReportedStats() {}

  /**
   * What {@code stats_matcher} lets through, as an RE2 expression for the whole name. Envoy keeps a
   * second copy of most statistics under {@code NAME.external} (and {@code NAME.internal}) by the
   * origin of the request; the former is left out because it would double what is sent. The latter
   * is let through, because names of real services end so; the server drops it.
   */
  static String inclusionRegex() {
    return Stream.concat(COUNTERS.stream(), Stream.of(ACTIVE, TIME))
        .map(name -> name.replace(".", "\\."))
        .collect(Collectors.joining("|", "cluster\\." + notEndingIn(".external") + "\\.(", ")"));
  }

  /** RE2 has no way to say "not"; so: what differs from the tail in some letter from the end. */
  private static String notEndingIn(String tail) {
    return IntStream.range(0, tail.length())
        .mapToObj(i -> "(.*[^" + tail.charAt(i) + "])?" + tail.substring(i + 1))
        .collect(Collectors.joining("|", "(", ")"));
  }
}
