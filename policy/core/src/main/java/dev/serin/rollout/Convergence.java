package dev.serin.rollout;

import dev.serin.policy.Ppm;
import java.util.Collection;

/** The arithmetic of a fleet's agreement. Counts in, answers out. */
public final class Convergence {

  /** From so many proxies on one straggler is allowed whatever the quorum, short of 100 %. */
  static final int LONE_STRAGGLER_FROM = 3;

  private Convergence() {}

  /**
   * How many of {@code want} proxies may be missing: the quorum's remainder, and one of three or
   * more, unless the quorum is everyone.
   */
  public static int allowedMissing(int want, int quorumPpm) {
    Ppm.require("quorum", quorumPpm);
    if (quorumPpm == Ppm.ALL) {
      return 0;
    }
    int remainder = (int) ((long) want * (Ppm.ALL - quorumPpm) / Ppm.ALL);
    return Math.max(remainder, want >= LONE_STRAGGLER_FROM ? 1 : 0);
  }

  /** Whether enough proxies of one mesh cluster run the split. */
  public static boolean isConverged(ClusterConvergence counts, int quorumPpm) {
    return counts.want() > 0
        && counts.want() - counts.acked() <= allowedMissing(counts.want(), quorumPpm)
        && !isCutOff(counts);
  }

  /** Whether over half of the known proxies are not connected. */
  public static boolean isCutOff(ClusterConvergence counts) {
    long known = (long) counts.want() + counts.unreachable();
    return 2L * counts.unreachable() > known;
  }

  /** Whether more proxies refused the split than may be missing. */
  public static boolean isRefused(ClusterConvergence counts, int quorumPpm) {
    return counts.nacked() > allowedMissing(counts.want(), quorumPpm);
  }

  /** Whether more proxies owe an answer, or refused, than may be missing. */
  public static boolean isOverdue(ClusterConvergence counts, int quorumPpm) {
    return counts.nacked() + counts.silent() > allowedMissing(counts.want(), quorumPpm);
  }

  /** Whether a mesh cluster has no proxy at all, connected or not. It is then left out. */
  public static boolean isEmpty(ClusterConvergence counts) {
    return counts.want() == 0 && counts.unreachable() == 0;
  }

  /** Whether every mesh cluster that has proxies runs the split, and there is one. */
  public static boolean isFleetConverged(Collection<ClusterConvergence> fleet, int quorumPpm) {
    return fleet.stream().anyMatch(c -> c.want() > 0)
        && fleet.stream().filter(c -> !isEmpty(c)).allMatch(c -> isConverged(c, quorumPpm));
  }

  /** Whether every known proxy runs the split: the end of a rollback. */
  public static boolean isEverywhere(Collection<ClusterConvergence> fleet) {
    return fleet.stream().allMatch(c -> c.acked() == c.want() && c.unreachable() == 0);
  }
}
