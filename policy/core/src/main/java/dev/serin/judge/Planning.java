package dev.serin.judge;

import dev.serin.policy.Analysis.Harm;
import java.util.OptionalDouble;

/** Forecasts for plans and screens; no decision rests on them. */
public final class Planning {

  private Planning() {}

  /**
   * How many windows it takes, about, until so much harm is shown (Wald's equation: nats needed by
   * nats expected a window), when errors have half the capital and the harm is there from the
   * start.
   *
   * @param canary requests a window
   * @param stable requests a window
   * @param canaryRatio the canary's error ratio
   * @param stableRatio stable's
   * @param alpha the error budget, in (0, 1)
   * @return windows; empty where the harm is inside what {@code worseBy} allows, or too near it
   */
  public static OptionalDouble windowsToRollback(
      double canary,
      double stable,
      double canaryRatio,
      double stableRatio,
      Harm worseBy,
      double alpha) {
    Contrast contrast = Contrast.errors(worseBy);
    Contrast uncapped =
        new Contrast(
            contrast.rho(), contrast.delta(), Double.POSITIVE_INFINITY, contrast.factors());
    double best = 0;
    for (int i = 0; i < contrast.factors().length(); i++) {
      best =
          Math.max(
              best,
              uncapped.increment(i, canary, stable, canary * canaryRatio, stable * stableRatio, 1));
    }
    return best > 0 ? OptionalDouble.of(natsNeeded(alpha) / best) : OptionalDouble.empty();
  }

  /** What the best of the bets must win when 0.4 of half the capital is spread over all of them. */
  static double natsNeeded(double alpha) {
    int bets = Contrast.errors(Harm.relative(0)).factors().length();
    return Math.log(bets / (0.4 * 0.5 * alpha));
  }
}
