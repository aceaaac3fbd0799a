package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import java.util.Collections;

/**
 * The detector for a canary that plainly fails: most of its requests are errors, and stable's are
 * not. It looks at errors in windows of one second and has a fifth of the error budget.
 *
 * <p>It bets against two null hypotheses at once, and wins only where both are wrong. The first,
 * {@code p_canary <= 3 p_stable + 0.05}, is so wide that ordinary clustering stays inside it, so no
 * dispersion is taken off. The second, {@code p_canary <= 0.6}, is that no more than one pod of two
 * fails: a pod that restarts, or one bad node, is no catastrophe, however many requests a second
 * show it. What lies between is the default detector's.
 *
 * <p>A window pays the smaller of the two bets. That is an e-value for the union of the hypotheses:
 * under either of them one of the two bets has an expectation of at most 1, and the smaller of both
 * is never above that one. As it is taken window by window, it stays so when a pod restarts now and
 * a burst comes later, each the reason of its own windows: each factor's expectation is at most 1
 * given the past, hence that of their product at any stopping time.
 *
 * @param perCluster in the order of the judge's mesh clusters
 * @param tally of the errors that it has seen: its figures are ahead of the default detector's
 */
record Catastrophe(ImmutableList<Mixture> perCluster, Tally tally) {

  /** The name under which verdicts and gates speak of it. */
  static final String NAME = "catastrophe";

  /** The most that one window may add, in nats: two windows are the least for a verdict. */
  private static final double CAP = 4.1;

  private static final Contrast CONTRAST =
      new Contrast(3, 0.05, CAP, ImmutableDoubleArray.of(4, 20));

  /** One pod of two, and some room for chance. */
  private static final double HALF = 0.6;

  /** What is bet on instead: nothing works any more, or only some routes do. */
  private static final ImmutableDoubleArray MOST = ImmutableDoubleArray.of(0.85, 0.98);

  static Catastrophe start(int clusters) {
    Mixture mixture = Mixture.over(CONTRAST.factors().length() * MOST.length());
    return new Catastrophe(
        ImmutableList.copyOf(Collections.nCopies(clusters, mixture)), Tally.START);
  }

  /** Takes one window of a second. */
  Catastrophe observe(ImmutableList<Counts> errors, boolean newStep) {
    ImmutableList.Builder<Mixture> next = ImmutableList.builderWithExpectedSize(perCluster.size());
    Tally sums = tally;
    for (int c = 0; c < perCluster.size(); c++) {
      Counts n = errors.get(c);
      next.add(settle(perCluster.get(c), n, newStep));
      if (n.comparable()) {
        sums = sums.plus(n.canary(), n.stable(), n.canaryHits().get(0), n.stableHits().get(0));
      }
    }
    return new Catastrophe(next.build(), sums);
  }

  private static Mixture settle(Mixture mixture, Counts n, boolean newStep) {
    if (!mixture.started() && n.canary() == 0) {
      return mixture;
    }
    return mixture.settle(nats(n), newStep);
  }

  /** What a window pays per pair of a factor and a ratio, all zero where it cannot be compared. */
  static double[] nats(Counts n) {
    double[] nats = new double[CONTRAST.factors().length() * MOST.length()];
    if (!n.comparable()) {
      return nats;
    }
    for (int j = 0; j < MOST.length(); j++) {
      double most = most(MOST.get(j), n.canary(), n.canaryHits().get(0));
      for (int i = 0; i < CONTRAST.factors().length(); i++) {
        nats[j * CONTRAST.factors().length() + i] = Math.min(most, CONTRAST.increment(i, n, 0, 1));
      }
    }
    return nats;
  }

  /** The canary's likelihood ratio of {@code p} to {@link #HALF}; at most 1 expected below that. */
  private static double most(double p, long requests, long errors) {
    return errors * Math.log(p / HALF) + (requests - errors) * Math.log((1 - p) / (1 - HALF));
  }

  double lnE(ImmutableSortedMap<String, Double> clusterWeights) {
    return ClusterMean.lnE(clusterWeights, c -> perCluster.get(c).lnE());
  }
}
