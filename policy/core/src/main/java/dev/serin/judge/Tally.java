package dev.serin.judge;

import dev.serin.judge.Verdict.Interval;
import java.util.Optional;

/**
 * Sums for the eye. Stable's hits are standardised to the canary's traffic window by window, so
 * that a weight which changed at the same time as the load does not show as a difference.
 *
 * @param canary requests in windows in which both arms had traffic
 * @param expected the canary's hits had it hit as often as stable
 * @param variance of {@code expected}, hits taken as Poisson
 */
record Tally(
    long canary, long canaryHits, long stable, long stableHits, double expected, double variance) {

  static final Tally START = new Tally(0, 0, 0, 0, 0, 0);

  /** The 97.5 % point of the normal distribution. */
  private static final double Z = 1.959963984540054;

  Tally plus(long canaryMore, long stableMore, long canaryHitsMore, long stableHitsMore) {
    double odds = (double) canaryMore / stableMore;
    return new Tally(
        canary + canaryMore,
        canaryHits + canaryHitsMore,
        stable + stableMore,
        stableHits + stableHitsMore,
        expected + odds * stableHitsMore,
        variance + odds * odds * stableHitsMore);
  }

  double canaryRatio() {
    return canary == 0 ? 0 : (double) canaryHits / canary;
  }

  double controlRatio() {
    return canary == 0 ? 0 : Math.min(1, expected / canary);
  }

  /**
   * Newcombe's hybrid of two Wilson intervals (Statistics in Medicine 17, 1998, method 10), stable
   * with the sample size that its standardised ratio is worth.
   */
  Optional<Interval> interval() {
    if (canary == 0) {
      return Optional.empty();
    }
    double p1 = canaryRatio();
    double p2 = controlRatio();
    double n2 = expected > 0 ? expected * canary / variance : (double) stable;
    Interval one = wilson(p1, (double) canary);
    Interval two = wilson(p2, n2);
    double difference = p1 - p2;
    return Optional.of(
        new Interval(
            difference - Math.hypot(p1 - one.low(), two.high() - p2),
            difference + Math.hypot(one.high() - p1, p2 - two.low())));
  }

  /** Wilson's interval of a ratio {@code p} of {@code n} trials. */
  static Interval wilson(double p, double n) {
    double z2 = Z * Z;
    double middle = (p + z2 / (2 * n)) / (1 + z2 / n);
    double half = Z / (1 + z2 / n) * Math.sqrt(p * (1 - p) / n + z2 / (4 * n * n));
    return new Interval(Math.max(0, middle - half), Math.min(1, middle + half));
  }
}
