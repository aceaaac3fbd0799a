package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Collections;

/**
 * One metric that compares the arms: the evidence for harm, averaged over mesh clusters, and the
 * evidence against it.
 *
 * @param lnWeight logarithm of the part of the capital that bets on this metric; {@link
 *     LogSum#NOTHING} for a dry run
 * @param contrasts one a counter; none while thresholds are not known
 * @param perCluster in the order of the judge's mesh clusters
 * @param gateCounter the counter that harm is ruled out by
 * @param clearance the evidence against harm
 * @param tally of the last counter, the one the metric is named for
 */
record EvidenceFamily(
    String metric,
    boolean dryRun,
    double lnWeight,
    ImmutableList<Contrast> contrasts,
    ImmutableList<EvidenceProcess> perCluster,
    int gateCounter,
    Clearance clearance,
    Tally tally) {

  static EvidenceFamily start(
      String metric,
      double weight,
      int clusters,
      ImmutableList<Contrast> contrasts,
      ImmutableList<Dispersion.Prior> priors,
      int gateCounter) {
    EvidenceProcess process = EvidenceProcess.start(contrasts, priors);
    return new EvidenceFamily(
        metric,
        weight == 0,
        LogSum.lnOf(weight),
        contrasts,
        ImmutableList.copyOf(Collections.nCopies(clusters, process)),
        gateCounter,
        Clearance.START,
        Tally.START);
  }

  boolean blind() {
    return contrasts.isEmpty();
  }

  EvidenceFamily observe(ImmutableList<Counts> counts, boolean newStep) {
    if (blind()) {
      return this;
    }
    ImmutableList.Builder<EvidenceProcess> next =
        ImmutableList.builderWithExpectedSize(perCluster.size());
    Clearance against = clearance.next();
    Tally sums = tally;
    for (int c = 0; c < perCluster.size(); c++) {
      Counts n = counts.get(c);
      next.add(perCluster.get(c).observe(contrasts, n, newStep));
      if (n.comparable()) {
        int last = contrasts.size() - 1;
        against =
            against.plus(
                n.canary(),
                n.stable(),
                n.canaryHits().get(gateCounter),
                n.stableHits().get(gateCounter));
        sums =
            sums.plus(n.canary(), n.stable(), n.canaryHits().get(last), n.stableHits().get(last));
      }
    }
    return new EvidenceFamily(
        metric, dryRun, lnWeight, contrasts, next.build(), gateCounter, against, sums);
  }

  /** Logarithm of the metric's own e-value. */
  double lnE(ImmutableSortedMap<String, Double> clusterWeights) {
    return blind() ? 0 : ClusterMean.lnE(clusterWeights, c -> perCluster.get(c).lnE());
  }

  EvidenceFamily reweighted(double lnFactor) {
    return new EvidenceFamily(
        metric,
        dryRun,
        dryRun ? lnWeight : lnWeight + lnFactor,
        contrasts,
        perCluster,
        gateCounter,
        clearance,
        tally);
  }
}
