package dev.serin.telemetry;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.bootstrap.ReportedStats;
import java.util.Optional;

/**
 * A flat statistic name taken apart. Cluster names contain dots, so the split is made at the
 * statistic's own name, which is one of a known few.
 */
record StatName(String cluster, String stat) {
  private static final String PREFIX = "cluster.";
  private static final ImmutableList<String> STATS =
      ImmutableList.<String>builder()
          .addAll(ReportedStats.COUNTERS)
          .add(ReportedStats.ACTIVE)
          .add(ReportedStats.TIME)
          .build();

  /** The parts of {@code cluster.CLUSTER.STAT}; empty for a statistic that is not judged by. */
  static Optional<StatName> parse(String flat) {
    if (!flat.startsWith(PREFIX)) {
      return Optional.empty();
    }
    for (String stat : STATS) {
      int dot = flat.length() - stat.length() - 1;
      if (dot > PREFIX.length() && flat.charAt(dot) == '.' && flat.endsWith(stat)) {
        return Optional.of(new StatName(flat.substring(PREFIX.length(), dot), stat));
      }
    }
    return Optional.empty();
  }
}
