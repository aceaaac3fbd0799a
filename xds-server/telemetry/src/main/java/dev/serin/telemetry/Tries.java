package dev.serin.telemetry;

import static dev.serin.mesh.bootstrap.ReportedStats.ACTIVE_OVERFLOW;
import static dev.serin.mesh.bootstrap.ReportedStats.ANSWERED_5XX;
import static dev.serin.mesh.bootstrap.ReportedStats.CLOSED_WITH_ACTIVE;
import static dev.serin.mesh.bootstrap.ReportedStats.COMPLETED;
import static dev.serin.mesh.bootstrap.ReportedStats.GRPC_ERRORS;
import static dev.serin.mesh.bootstrap.ReportedStats.GRPC_TOTAL;
import static dev.serin.mesh.bootstrap.ReportedStats.PENDING_OVERFLOW;
import static dev.serin.mesh.bootstrap.ReportedStats.PER_TRY_TIMEOUT;
import static dev.serin.mesh.bootstrap.ReportedStats.RETRY;
import static dev.serin.mesh.bootstrap.ReportedStats.TIMEOUT;
import static dev.serin.mesh.bootstrap.ReportedStats.TOTAL;
import static dev.serin.mesh.bootstrap.ReportedStats.TX_RESET;

import java.util.Map;

/**
 * One cluster's counters of one flush, read as tries that came to an end.
 *
 * <p>Which of Envoy's counters moves for what, observed on 1.40 (a retried try moves {@code retry}
 * and none of the answers; "cut" is {@code tx_reset} of HTTP/2 and {@code
 * destroy_local_with_active_rq} of HTTP/1):
 *
 * <pre>
 * what happened                    total completed 5xx  retry timeout per_try  cut  overflow
 * answered 2xx, 4xx                  1       1      0
 * answered 5xx, reset, bad protocol  1       1      1
 * the same, tried again              1       0      0     1
 * connection refused, no endpoint    0       1      1
 * connection refused, tried again    0       0      0     1
 * route timeout                      1       1      1             1           1
 * timeout of one try, tried again    1       0      0     1              1    1
 * caller gave up; stream too long    1       0      0                         1
 * refused by a circuit breaker       0       1      1                                1
 * </pre>
 *
 * <p>So {@code upstream_rq_total} is no denominator: a version that refuses every connection would
 * have errors of no requests. Answers and retries are: each try ends in exactly one of the two,
 * both are counted in the moment it ends, and errors are part of them in every flush. A retried try
 * failed, whatever the next one brought. Envoy's own refusals are counted in both 5xx and
 * completed, and taken out of both.
 *
 * <p>What is left is a try that nobody answered because its caller stopped waiting, or a limit on
 * the stream's length hit: to the user an error, and to Envoy neither answer nor retry. It is a cut
 * that no timeout explains. A stream that is cut after its answer began (server-sent events, say)
 * is told apart by the number of tries that were still waiting for an answer.
 *
 * <p>An answer that breaks off half-way counts as Envoy counts it: by its status.
 *
 * @param requests tries that ended
 * @param errors of those
 * @param unanswered of the errors, those that took longer than anybody waited
 * @param waiting tries under way without an answer after this flush
 */
record Tries(long requests, long errors, long unanswered, long waiting) {

  /** An HTTP service: errors are answers of class 5xx. */
  static Tries http(Map<String, Long> counters, long waitingBefore) {
    long refused = refused(counters);
    long answered = Math.max(0, of(counters, COMPLETED) - refused);
    long failed = Math.clamp(of(counters, ANSWERED_5XX) - refused, 0L, answered);
    return of(counters, waitingBefore, answered, failed);
  }

  /**
   * A gRPC service: its errors are in trailers behind an HTTP 200, so calls and errors are those
   * that the {@code grpc_stats} filter counted. It sees calls where the cluster's statistics see
   * tries; the tries before the last are retries in either. Envoy's own answers pass it as
   * UNAVAILABLE.
   */
  static Tries grpc(Map<String, Long> counters, long waitingBefore) {
    long refused = refused(counters);
    long answered = Math.max(0, of(counters, GRPC_TOTAL) - refused);
    long statuses = GRPC_ERRORS.stream().mapToLong(status -> of(counters, status)).sum();
    long failed = Math.clamp(statuses - refused, 0L, answered);
    return of(counters, waitingBefore, answered, failed);
  }

  private static Tries of(
      Map<String, Long> counters, long waitingBefore, long answered, long failed) {
    long retried = of(counters, RETRY);
    long timedOut = of(counters, TIMEOUT) + of(counters, PER_TRY_TIMEOUT);
    long cut = of(counters, TX_RESET) + of(counters, CLOSED_WITH_ACTIVE) - timedOut;
    long answeredTries = of(counters, COMPLETED) - refused(counters) + retried;
    long waiting = Math.max(0, waitingBefore + of(counters, TOTAL) - answeredTries);
    long abandoned = Math.clamp(cut, 0L, waiting);
    long errors = failed + retried + abandoned;
    return new Tries(
        answered + retried + abandoned,
        errors,
        Math.min(errors, timedOut + abandoned),
        waiting - abandoned);
  }

  private static long refused(Map<String, Long> counters) {
    return of(counters, PENDING_OVERFLOW) + of(counters, ACTIVE_OVERFLOW);
  }

  /** Envoy does not send a counter that never moved: absent is zero. */
  private static long of(Map<String, Long> counters, String name) {
    return counters.getOrDefault(name, 0L);
  }
}
