package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;
import dev.serin.policy.Analysis.Harm;

/**
 * The bet that one window settles: against the null hypothesis {@code p_canary <= rho * p_stable +
 * delta}, that the ratio is larger by one of a few factors.
 *
 * <p>Given the window's requests, the canary's share of all hits is binomial whatever {@code
 * p_stable} was, so a burst common to both arms cancels. With {@code o = rho n_c / n_b} a hit of
 * the canary multiplies the stake by {@code e^a = r (1 + o) / (1 + o r)}, a hit of stable by {@code
 * (1 + o) / (1 + o r)}, and {@code delta} is paid for with {@code delta n_c (e^a - 1)}. The
 * expectation of the product is at most 1 under the null hypothesis, for Poisson and Bernoulli
 * counts alike.
 *
 * @param rho the ratio that is still no harm, 1 or more
 * @param delta the difference that is still no harm, 0 or more
 * @param cap the most that one window may add, in nats; capping keeps an e-value an e-value
 * @param factors what the ratio may be larger by; each above 1
 */
record Contrast(double rho, double delta, double cap, ImmutableDoubleArray factors) {

  private static final ImmutableDoubleArray ERROR_FACTORS =
      ImmutableDoubleArray.of(1.25, 1.6, 2.5, 5, 20, 100);
  private static final ImmutableDoubleArray LATENCY_FACTORS =
      ImmutableDoubleArray.of(1.15, 1.4, 2, 4, 10);

  /**
   * Errors in windows of ten seconds: 4.1 nats a window make two windows the least for a verdict.
   */
  static Contrast errors(Harm harm) {
    return new Contrast(harm.rho(), harm.delta(), 4.1, ERROR_FACTORS);
  }

  /** Slow requests: 1 nat a window, because cold caches make latency lie for a minute or so. */
  static Contrast latency(double rho, double delta) {
    return new Contrast(rho, delta, 1.0, LATENCY_FACTORS);
  }

  /** The same from counts. */
  double increment(int i, Counts n, int counter, double phi) {
    return increment(
        i,
        (double) n.canary(),
        (double) n.stable(),
        (double) n.canaryHits().get(counter),
        (double) n.stableHits().get(counter),
        phi);
  }

  /**
   * What a window adds to the logarithm of the stake on factor {@code i}.
   *
   * @param canary requests, above 0
   * @param stable requests, above 0
   * @param phi dispersion, 1 for independent requests
   */
  double increment(
      int i, double canary, double stable, double canaryHits, double stableHits, double phi) {
    double r = factors.get(i);
    double odds = rho * canary / stable;
    // Written with log1p of the small quantity: at 1e8 requests the textbook form loses digits.
    double gain = (r - 1) / (1 + odds * r);
    double a = Math.log1p(gain);
    double b = -Math.log1p(odds * (r - 1) / (1 + odds));
    double nats = canaryHits * a + stableHits * b - delta * canary * gain;
    return Math.min(cap, nats / Dispersion.divisor(phi, r));
  }
}
