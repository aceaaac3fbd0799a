package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * Evidence against harm: an e-process whose null hypothesis is {@code p_canary >= p_stable + mde}.
 * When it reaches 20, harm of that size has been ruled out, however often one looked.
 *
 * <p>Windows and mesh clusters add up, each with its own share of traffic. The harm {@code mde} to
 * rule out may be chosen when asking, as it enters linearly.
 *
 * @param sums per exponent {@code a}: sum of {@code -a k_c + ln(1 + n_c/n_b (1 - e^-a)) k_b}
 * @param canary requests behind them
 */
record RuleOut(ImmutableDoubleArray sums, long canary) {

  /** {@code ln 20}: one chance in twenty to call harm of exactly that size ruled out. */
  static final double BOUND = Math.log(20);

  private static final double[] EXPONENTS = {0.05, 0.1, 0.2, 0.4, 0.8, 1.6, 3.2};

  static final RuleOut START =
      new RuleOut(ImmutableDoubleArray.copyOf(new double[EXPONENTS.length]), 0);

  RuleOut plus(long canaryMore, long stableMore, long canaryHits, long stableHits) {
    ImmutableDoubleArray.Builder next = ImmutableDoubleArray.builder(EXPONENTS.length);
    for (int i = 0; i < EXPONENTS.length; i++) {
      double a = EXPONENTS[i];
      double odds = (double) canaryMore / stableMore;
      next.add(sums.get(i) - a * canaryHits + Math.log1p(-odds * Math.expm1(-a)) * stableHits);
    }
    return new RuleOut(next.build(), canary + canaryMore);
  }

  /** Logarithm of the e-value against harm of at least {@code mde}, a difference of ratios. */
  double lnE(double mde) {
    double[] terms = new double[EXPONENTS.length];
    for (int i = 0; i < EXPONENTS.length; i++) {
      terms[i] = sums.get(i) - mde * canary * Math.expm1(-EXPONENTS[i]);
    }
    return LogSum.of(terms) - Math.log(EXPONENTS.length);
  }

  /**
   * Whether so many requests could have ruled out harm of {@code mde} at all, had every one been
   * good.
   */
  boolean enough(double mde) {
    return new RuleOut(START.sums, canary).lnE(mde) >= BOUND;
  }
}
