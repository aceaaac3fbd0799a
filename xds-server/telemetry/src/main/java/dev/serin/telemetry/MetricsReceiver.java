package dev.serin.telemetry;

import com.google.common.base.Utf8;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.metrics.v3.MetricsServiceGrpc;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Function;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The metrics service of Envoy's stats sink. A proxy has one stream; a newer stream of the same
 * node takes the place of the older one. Nothing a proxy sends makes it throw: what cannot be read
 * is counted and left out.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/api-v3/service/metrics/v3/metrics_service.proto">Envoy:
 *     metrics service</a>
 */
public final class MetricsReceiver extends MetricsServiceGrpc.MetricsServiceImplBase {
  private static final Logger LOG = LoggerFactory.getLogger(MetricsReceiver.class);
  private static final int MAX_STREAMS = 20_000;
  private static final int MAX_ID_BYTES = 256;

  /** A bucket of so many messages, refilled by that many a second: Envoy sends one. */
  private static final double MESSAGES_A_SECOND = 20;

  private final EvidenceWindows windows;
  private final Supplier<ServedClusters> served;
  private final Function<Node, String> meshClusterOf;
  private final InstantSource clock;
  private final TelemetryMeters meters;
  private final ConcurrentHashMap<String, Stream> streams = new ConcurrentHashMap<>();

  /**
   * A receiver that feeds {@code windows}.
   *
   * @param meshClusterOf the rule {@code mesh.clusterOf}
   */
  public MetricsReceiver(
      EvidenceWindows windows,
      Supplier<ServedClusters> served,
      Function<Node, String> meshClusterOf,
      InstantSource clock,
      TelemetryMeters meters) {
    this.windows = windows;
    this.served = served;
    this.meshClusterOf = meshClusterOf;
    this.clock = clock;
    this.meters = meters;
  }

  @Override
  public StreamObserver<StreamMetricsMessage> streamMetrics(
      StreamObserver<StreamMetricsResponse> responses) {
    return new Stream(responses);
  }

  /** One proxy's stream; gRPC calls it from one thread at a time. */
  private final class Stream implements StreamObserver<StreamMetricsMessage> {
    private final StreamObserver<StreamMetricsResponse> responses;
    private final FlushReader reader = new FlushReader();
    private Optional<Origin> origin = Optional.empty();
    private boolean over;
    private double allowance = MESSAGES_A_SECOND;
    private Instant allowedAt = clock.instant();

    private record Origin(String nodeId, String meshCluster) {}

    private Stream(StreamObserver<StreamMetricsResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(StreamMetricsMessage message) {
      if (over) {
        return;
      }
      Instant now = clock.instant();
      if (origin.isEmpty() && !admit(message)) {
        return;
      }
      Origin from = origin.orElseThrow();
      if (streams.get(from.nodeId()) != this) {
        refuse(Status.ABORTED, "superseded", "another stream of this node is open");
      } else if (!allows(now)) {
        meters.dropped("too_many_messages", 1);
        windows.voided(from.nodeId(), now);
      } else {
        take(from, message, now);
      }
    }

    private void take(Origin from, StreamMetricsMessage message, Instant now) {
      switch (reader.read(message, served.get())) {
        case FlushReader.Reading.Flush flush -> {
          meters.dropped("unknown_cluster", flush.unknown());
          meters.dropped("foreign_edges", flush.foreignEdges());
          meters.dropped("grpc_status_not_counted", flush.blindGrpc());
          windows.flush(
              new ProxyFlush(
                  from.nodeId(), from.meshCluster(), now, flush.clusters(), flush.open()));
        }
        case FlushReader.Reading.Unreadable(FlushReader.Reason reason) -> {
          meters.dropped(reason.name().toLowerCase(java.util.Locale.ROOT), 1);
          windows.voided(from.nodeId(), now);
        }
      }
    }

    /** Envoy names itself in the first message of a stream and in no other. */
    private boolean admit(StreamMetricsMessage first) {
      Node node = first.getIdentifier().getNode();
      if (!isName(node.getId())) {
        String shown =
            node.getId()
                .codePoints()
                .limit(40)
                .filter(c -> !Character.isISOControl(c))
                .collect(StringBuilder::new, StringBuilder::appendCodePoint, StringBuilder::append)
                .toString();
        refuse(
            Status.INVALID_ARGUMENT,
            "no_identity",
            "node id: \""
                + shown
                + "\" (expected: 1 to "
                + MAX_ID_BYTES
                + " bytes, no control characters)");
        return false;
      }
      if (streams.size() >= MAX_STREAMS) {
        refuse(Status.RESOURCE_EXHAUSTED, "too_many_streams", "expected: at most " + MAX_STREAMS);
        return false;
      }
      Origin from = new Origin(node.getId(), meshClusterOf.apply(node));
      origin = Optional.of(from);
      if (streams.put(from.nodeId(), this) != null) {
        windows.streamBroken(from.nodeId());
      }
      meters.streamOpened();
      LOG.info("telemetry stream opened node={}", from.nodeId());
      return true;
    }

    /** It ends up in the log: a line break in it would write lines of its own. */
    private static boolean isName(String id) {
      return !id.isBlank()
          && Utf8.encodedLength(id) <= MAX_ID_BYTES
          && id.chars().noneMatch(Character::isISOControl);
    }

    private boolean allows(Instant now) {
      double seconds = Math.max(0, Duration.between(allowedAt, now).toMillis() / 1000.0);
      allowance = Math.min(MESSAGES_A_SECOND, allowance + seconds * MESSAGES_A_SECOND);
      allowedAt = now;
      if (allowance < 1) {
        return false;
      }
      allowance--;
      return true;
    }

    private void refuse(Status status, String reason, String description) {
      meters.dropped(reason, 1);
      end();
      responses.onError(status.withDescription(description).asRuntimeException());
    }

    @Override
    public void onError(Throwable broken) {
      end();
    }

    @Override
    public void onCompleted() {
      if (!over) {
        end();
        responses.onNext(StreamMetricsResponse.getDefaultInstance());
        responses.onCompleted();
      }
    }

    private void end() {
      if (over) {
        return;
      }
      over = true;
      origin.ifPresent(from -> {
        meters.streamClosed();
        if (streams.remove(from.nodeId(), this)) {
          windows.streamBroken(from.nodeId());
          LOG.info("telemetry stream ended node={}", from.nodeId());
        }
      });
    }
  }
}
