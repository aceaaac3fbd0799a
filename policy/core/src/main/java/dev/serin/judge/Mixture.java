package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Arrays;

/**
 * A bet that may start at any window: the average over start times and cells of the products of
 * what the windows since then have paid.
 *
 * <p>Every window a part of the capital is staked, most of it at the start and at each new step.
 * What is not staked yet is worth itself. So harm that begins after a healthy hour does not have to
 * pay back that hour first; it costs at most about seven nats. The expectation under the null
 * hypothesis stays at most 1 at any stopping time (a mixture of e-processes).
 *
 * @param lnStakes per cell the logarithm of all stakes placed so far times what they have won
 * @param unspent capital not staked yet, 0..1
 * @param windows seen since the start
 */
record Mixture(ImmutableDoubleArray lnStakes, double unspent, int windows) {

  private static final double AT_START = 0.4;
  private static final double AT_STEP = 0.06;
  private static final double SPREAD = 0.3;

  /** Windows over which half of the spread part is staked. */
  private static final double HALF_LIFE = 60;

  static Mixture over(int cells) {
    double[] nothing = new double[cells];
    Arrays.fill(nothing, LogSum.NOTHING);
    return new Mixture(ImmutableDoubleArray.copyOf(nothing), 1, 0);
  }

  boolean started() {
    return windows > 0;
  }

  /**
   * Stakes this window's part and then settles the window.
   *
   * @param nats per cell what the window pays, all zero where it was not usable
   */
  Mixture settle(double[] nats, boolean newStep) {
    double stake = Math.min(unspent, stake(newStep));
    double lnStake = LogSum.lnOf(stake);
    ImmutableDoubleArray.Builder next = ImmutableDoubleArray.builder(nats.length);
    for (int i = 0; i < nats.length; i++) {
      next.add(LogSum.add(lnStakes.get(i), lnStake) + nats[i]);
    }
    return new Mixture(next.build(), unspent - stake, windows + 1);
  }

  private double stake(boolean newStep) {
    double spread =
        SPREAD * HALF_LIFE * (1 / (windows + HALF_LIFE) - 1 / (windows + 1 + HALF_LIFE));
    if (windows == 0) {
      return spread + AT_START;
    }
    return newStep ? spread + AT_STEP : spread;
  }

  /** Logarithm of the e-value: the mean of the cells plus what is not staked. */
  double lnE() {
    return LogSum.add(LogSum.of(lnStakes) - Math.log(lnStakes.length()), LogSum.lnOf(unspent));
  }
}
