package dev.serin.telemetry;

import static dev.serin.mesh.bootstrap.ReportedStats.ANSWERED_5XX;
import static dev.serin.mesh.bootstrap.ReportedStats.COMPLETED;
import static dev.serin.mesh.bootstrap.ReportedStats.GRPC_ERRORS;
import static dev.serin.mesh.bootstrap.ReportedStats.GRPC_TOTAL;
import static dev.serin.mesh.bootstrap.ReportedStats.RETRY;
import static dev.serin.mesh.bootstrap.ReportedStats.RETRY_LIMIT;

import java.util.HashMap;
import java.util.Map;

/**
 * The counters of a cluster whose failed tries are tried once more elsewhere, as if they had not
 * been. Observed on Envoy 1.40 with an aggregate cluster of canary and stable and a retry priority
 * that leaves out what was tried: the final answer is counted under the aggregate's name whoever
 * gave it, a try that failed at the canary is one {@code retry}, and an answer that failed at
 * stable as well is one {@code retry_limit_exceeded}. So of the final answers as many are stable's
 * as there were retries, and of the failed ones as many as exceeded the limit.
 */
final class FirstTries {
  private FirstTries() {}

  static Map<String, Long> of(Map<String, Long> counters) {
    Map<String, Long> first = new HashMap<>(counters);
    long elsewhere = counters.getOrDefault(RETRY, 0L);
    long failedElsewhere = counters.getOrDefault(RETRY_LIMIT, 0L);
    less(first, COMPLETED, elsewhere);
    less(first, GRPC_TOTAL, elsewhere);
    less(first, ANSWERED_5XX, failedElsewhere);
    long left = failedElsewhere;
    for (String status : GRPC_ERRORS) {
      left -= less(first, status, left);
    }
    return first;
  }

  /** Takes off as much as there is, and returns how much that was. */
  private static long less(Map<String, Long> counters, String name, long off) {
    long taken = Math.min(off, counters.getOrDefault(name, 0L));
    counters.computeIfPresent(name, (n, count) -> count - taken);
    return taken;
  }
}
