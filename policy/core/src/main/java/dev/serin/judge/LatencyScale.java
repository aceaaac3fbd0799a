package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * The thresholds above which a request counts as slow, frozen before they are used.
 *
 * <p>Counts above a bucket edge are exact, so thresholds are edges: those whose share of slower
 * stable requests is nearest to that of the quantiles .5 .75 .9 .97 .99 up to the judged one. Where
 * another edge lies within 2 % of {@code m} times the threshold, the canary is counted from that
 * edge on, which builds {@code worseBy} into the count; such an edge is preferred while its share
 * is within a factor of two of the wanted one. Elsewhere both arms use one edge and the null
 * hypothesis allows a ratio instead.
 *
 * @param stableEdges thresholds in ms, ascending, without repetition
 * @param canaryEdges what the canary is counted from; equal where no shifted edge exists
 * @param gateCounter the threshold that stands for the 97th percentile, or the last one below it
 * @param gateShare the share of stable's requests that is slower than that one, about
 */
record LatencyScale(
    ImmutableDoubleArray stableEdges,
    ImmutableDoubleArray canaryEdges,
    int gateCounter,
    double gateShare) {

  static final LatencyScale UNKNOWN =
      new LatencyScale(ImmutableDoubleArray.of(), ImmutableDoubleArray.of(), 0, 0);

  private static final double[] QUANTILES = {0.5, 0.75, 0.9, 0.97, 0.99};
  private static final double GATE_QUANTILE = 0.97;
  private static final double NEAR = 0.02;

  /** Thresholds for {@code quantile}, with {@code m} = 1 + worseBy. */
  static LatencyScale of(Histogram stable, double quantile, double m) {
    List<Double> stableEdges = new ArrayList<>();
    List<Double> canaryEdges = new ArrayList<>();
    int gateCounter = 0;
    double gateShare = 0;
    for (double q : wanted(quantile)) {
      int edge = edge(stable, q, m);
      if (edge < 0) {
        continue;
      }
      double ms = stable.le().get(edge);
      if (stableEdges.isEmpty() || ms > stableEdges.getLast()) {
        stableEdges.add(ms);
        int shifted = shifted(stable.le(), edge, m);
        canaryEdges.add(stable.le().get(shifted < 0 ? edge : shifted));
      }
      if (q <= GATE_QUANTILE) {
        gateCounter = stableEdges.size() - 1;
        gateShare = 1 - q;
      }
    }
    return new LatencyScale(
        ImmutableDoubleArray.copyOf(stableEdges),
        ImmutableDoubleArray.copyOf(canaryEdges),
        gateCounter,
        gateShare);
  }

  private static double[] wanted(double quantile) {
    int n = 0;
    while (n < QUANTILES.length && QUANTILES[n] <= quantile) {
      n++;
    }
    return n == 0 ? new double[] {quantile} : Arrays.copyOf(QUANTILES, n);
  }

  /** The edge for a quantile; -1 where the histogram has no finite edge. */
  private static int edge(Histogram stable, double q, double m) {
    int nearest = -1;
    int nearestShifted = -1;
    double least = Double.POSITIVE_INFINITY;
    double leastShifted = Double.POSITIVE_INFINITY;
    long above = stable.total();
    for (int i = 0; i < stable.le().length() - 1; i++) {
      above -= stable.counts().get(i);
      double share = (above + 0.5) / (stable.total() + 1);
      double off = Math.abs(Math.log(share / (1 - q)));
      if (off < least) {
        least = off;
        nearest = i;
      }
      if (off < leastShifted && shifted(stable.le(), i, m) >= 0) {
        leastShifted = off;
        nearestShifted = i;
      }
    }
    return leastShifted <= Math.log(2) ? nearestShifted : nearest;
  }

  /** The edge within 2 % of {@code m} times the given one, the nearest; -1 where there is none. */
  private static int shifted(ImmutableDoubleArray le, int edge, double m) {
    double target = m * le.get(edge);
    int best = -1;
    for (int i = edge + 1; i < le.length() - 1 && le.get(i) <= target * (1 + NEAR); i++) {
      boolean near = le.get(i) >= target * (1 - NEAR);
      if (near && (best < 0 || Math.abs(le.get(i) - target) < Math.abs(le.get(best) - target))) {
        best = i;
      }
    }
    return best;
  }

  boolean known() {
    return !stableEdges.isEmpty();
  }

  /** The null hypothesis of each threshold. */
  ImmutableList<Contrast> contrasts(double m) {
    ImmutableList.Builder<Contrast> contrasts = ImmutableList.builder();
    for (int j = 0; j < stableEdges.length(); j++) {
      boolean shifted = canaryEdges.get(j) > stableEdges.get(j);
      contrasts.add(Contrast.latency(shifted ? 1 : Math.max(1.15, m), 0.003));
    }
    return contrasts.build();
  }

  /**
   * Slow requests of both arms. Should the edges ever change under way, a bucket that straddles a
   * threshold counts as fast for the canary and as slow for stable.
   */
  Counts count(Histogram canary, Histogram stable) {
    return count(canary, canaryEdges, stable);
  }

  /** The same for two halves of stable: no shift between them. */
  Counts countHalves(Histogram a, Histogram b) {
    return count(a, stableEdges, b);
  }

  private Counts count(Histogram canary, ImmutableDoubleArray edges, Histogram stable) {
    ImmutableLongArray.Builder canaryHits = ImmutableLongArray.builder(edges.length());
    ImmutableLongArray.Builder stableHits = ImmutableLongArray.builder(edges.length());
    for (int j = 0; j < edges.length(); j++) {
      canaryHits.add(canary.slowerThan(edges.get(j)));
      stableHits.add(stable.reaching(stableEdges.get(j)));
    }
    return new Counts(canary.total(), stable.total(), canaryHits.build(), stableHits.build());
  }
}
