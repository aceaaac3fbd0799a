package dev.serin.judge;

import com.google.common.collect.ImmutableList;

/**
 * Evidence against harm that begins anew every now and then: a weighted mean of {@link RuleOut}s,
 * each from its own window on.
 *
 * <p>A burst that both arms share tells nothing about the difference between them, yet its scatter
 * costs the evidence against a small harm hundreds of nats, which hours of health would have to pay
 * back. Evidence that begins after the burst owes nothing. The weights are fixed beforehand and sum
 * to 1, so the mean of e-processes is one; a rollout that meets no burst pays a quarter of a nat.
 *
 * @param whole from the start
 * @param latest those that began last, in order of their beginning; older ones are given up, which
 *     only lowers the mean
 * @param anew how many have begun after the start
 * @param windows seen since the start
 */
record Clearance(RuleOut whole, ImmutableList<RuleOut> latest, int anew, int windows) {

  static final Clearance START = new Clearance(RuleOut.START, ImmutableList.of(), 0, 0);

  private static final double WEIGHT_OF_WHOLE = 0.8;

  /** Windows from one beginning to the next. */
  private static final int APART = 20;

  /** Half an hour or so of beginnings. */
  private static final int KEPT = 8;

  /** Passes a window; what it brings is then added to all that has begun. */
  Clearance next() {
    if (windows == 0 || windows % APART != 0) {
      return new Clearance(whole, latest, anew, windows + 1);
    }
    return new Clearance(
        whole,
        ImmutableList.<RuleOut>builder()
            .addAll(latest.subList(latest.size() < KEPT ? 0 : 1, latest.size()))
            .add(RuleOut.START)
            .build(),
        anew + 1,
        windows + 1);
  }

  Clearance plus(long canary, long stable, long canaryHits, long stableHits) {
    return new Clearance(
        whole.plus(canary, stable, canaryHits, stableHits),
        latest.stream()
            .map(r -> r.plus(canary, stable, canaryHits, stableHits))
            .collect(ImmutableList.toImmutableList()),
        anew,
        windows);
  }

  /** Logarithm of the e-value against harm of at least {@code mde}, a difference of ratios. */
  double lnE(double mde) {
    double[] terms = new double[latest.size() + 2];
    terms[0] = Math.log(WEIGHT_OF_WHOLE) + whole.lnE(mde);
    for (int i = 0; i < latest.size(); i++) {
      double k = anew - latest.size() + i + 1;
      terms[i + 1] = Math.log((1 - WEIGHT_OF_WHOLE) / (k * (k + 1))) + latest.get(i).lnE(mde);
    }
    // What has not begun is worth itself: the rest of the sum of 1/(k(k+1)).
    terms[latest.size() + 1] = Math.log((1 - WEIGHT_OF_WHOLE) / (anew + 1));
    return LogSum.of(terms);
  }

  /**
   * Whether so many requests could have ruled out harm of {@code mde} at all, had every one been
   * good.
   */
  boolean enough(double mde) {
    return whole.enough(mde);
  }

  boolean ruledOut(double mde) {
    return lnE(mde) >= RuleOut.BOUND;
  }
}
