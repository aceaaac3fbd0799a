package dev.serin.judge;

import dev.serin.policy.Analysis.Harm;
import java.util.OptionalDouble;

/**
 * The harm that must be ruled out before a step is left: the larger the step to come, the smaller
 * the harm that is allowed to hide.
 */
final class HarmToExclude {

  private static final int[] WEIGHT_PPM = {10_000, 50_000, 100_000, 250_000, 500_000};
  private static final double[] DIFFERENCE = {0.05, 0.02, 0.01, 0.003, 0.001};
  private static final double[] TIMES_STABLE = {5, 2, 1, 0.5, 0.15};

  /**
   * However badly stable does: while everything fails, a multiple of its ratio exceeds what can
   * happen at all, and the first window would rule that out.
   */
  private static final double AT_MOST = 0.25;

  private HarmToExclude() {}

  /**
   * Errors, as a difference of ratios.
   *
   * @param configured the policy's own figure; empty is by the table
   * @param stableRatio stable's error ratio, running
   * @param harm what the policy calls no harm: less than that cannot be ruled out
   */
  static double errors(OptionalDouble configured, int canaryPpm, double stableRatio, Harm harm) {
    double tolerated = (harm.rho() - 1) * stableRatio + harm.delta();
    return configured.orElse(Math.max(tolerated, table(canaryPpm, stableRatio)));
  }

  /**
   * Slow requests, as a difference of shares: twice the errors' figure, at least 2 %.
   *
   * @param tolerated what the policy calls no harm, as a difference of shares
   */
  static double latency(
      OptionalDouble configured, int canaryPpm, double stableRatio, double tolerated) {
    double auto = Math.max(2 * table(canaryPpm, stableRatio), 0.02);
    return configured.orElse(Math.max(tolerated, auto));
  }

  private static double table(int canaryPpm, double stableRatio) {
    int row = 0;
    while (row + 1 < WEIGHT_PPM.length && WEIGHT_PPM[row + 1] <= canaryPpm) {
      row++;
    }
    return Math.max(DIFFERENCE[row], Math.min(TIMES_STABLE[row] * stableRatio, AT_MOST));
  }
}
