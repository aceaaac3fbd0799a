package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;

/**
 * A bound on the canary's error ratio that needs no comparison. The null hypothesis is {@code p <=
 * atMost}; the bets are on 1.5 to 50 times that, 14.4 being the burn rate that pages.
 *
 * <p>Split and cohort traffic are two counters, so that a small cohort cannot hide in the split. A
 * window in which stable breaks the bound too never counts against the canary; such windows feed
 * {@code shared} instead.
 *
 * @param implied true for the bound that a policy without one gets: it holds for cohorts, and for
 *     the split only while stable is silent
 * @param atMost a ratio; of an implied bound the one last in force
 * @param phi dispersion of the service's errors
 * @param blamed evidence that the canary breaks the bound and stable does not
 * @param shared evidence that both do
 * @param requests the canary's, that were held to the bound
 */
record AbsoluteBound(
    String metric,
    boolean dryRun,
    boolean implied,
    double atMost,
    double lnWeight,
    double phi,
    Mixture blamed,
    Mixture shared,
    long requests,
    long errors) {

  static final ImmutableDoubleArray FACTORS = ImmutableDoubleArray.of(1.5, 2, 4, 14.4, 50);

  private static final double CAP = 4.1;

  static AbsoluteBound start(String metric, double weight, double atMost, double phi) {
    return start(metric, weight == 0, false, atMost, LogSum.lnOf(weight), phi);
  }

  /** The bound that a policy without one gets as soon as cohorts carry traffic. */
  static AbsoluteBound implied(double atMost, double lnWeight, double phi) {
    return start("cohorts", false, true, atMost, lnWeight, phi);
  }

  private static AbsoluteBound start(
      String metric, boolean dryRun, boolean implied, double atMost, double lnWeight, double phi) {
    int cells = FACTORS.length();
    return new AbsoluteBound(
        metric,
        dryRun,
        implied,
        atMost,
        lnWeight,
        phi,
        Mixture.over(2 * cells),
        Mixture.over(cells),
        0,
        0);
  }

  /**
   * @param bound the ratio in force; differs from {@link #atMost} only for an implied bound that is
   *     not frozen yet
   */
  AbsoluteBound observe(Exposure n, double bound, boolean newStep) {
    boolean judgesSplit = !implied || n.stable() == 0;
    long split = judgesSplit ? n.split() : 0;
    long splitErrors = judgesSplit ? n.splitErrors() : 0;
    if (!blamed.started() && split + n.cohort() == 0) {
      return this;
    }
    boolean stableBreaks = n.stableErrors() > bound * n.stable();
    double ceiling = stableBreaks ? 0 : CAP;
    int cells = FACTORS.length();
    double[] canaryOnly = new double[2 * cells];
    double[] both = new double[cells];
    for (int i = 0; i < cells; i++) {
      canaryOnly[i] = Math.min(ceiling, increment(i, split, splitErrors, bound));
      canaryOnly[cells + i] = Math.min(ceiling, increment(i, n.cohort(), n.cohortErrors(), bound));
      both[i] =
          Math.min(
              increment(i, n.canary(), n.canaryErrors(), bound),
              increment(i, n.stable(), n.stableErrors(), bound));
    }
    return new AbsoluteBound(
        metric,
        dryRun,
        implied,
        bound,
        lnWeight,
        phi,
        blamed.settle(canaryOnly, newStep),
        shared.settle(both, newStep),
        requests + split + n.cohort(),
        errors + splitErrors + n.cohortErrors());
  }

  private double increment(int i, long n, long k, double bound) {
    double r = FACTORS.get(i);
    return Math.min(CAP, nats(r, (double) n, (double) k, bound) / Dispersion.divisor(phi, r));
  }

  /** What {@code k} errors in {@code n} requests pay on the factor {@code r}: a Poisson e-value. */
  static double nats(double r, double n, double k, double bound) {
    return k * Math.log(r) - bound * n * (r - 1);
  }

  /** Logarithm of the bound's own e-value. */
  double lnE() {
    return blamed.lnE();
  }

  /** Both arms break the bound: evidence of 20 to 1, which fades when one of them recovers. */
  boolean bothBreak() {
    return shared.lnE() >= RuleOut.BOUND;
  }

  double ratio() {
    return requests == 0 ? 0 : (double) errors / requests;
  }
}
