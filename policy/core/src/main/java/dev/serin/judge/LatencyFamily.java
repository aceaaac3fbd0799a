package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.Analysis.Metric;
import java.util.Collections;

/**
 * A latency metric: its thresholds and, once these are frozen, its evidence.
 *
 * @param worseBy relative, 0.05 is 5 %
 */
record LatencyFamily(double quantile, double worseBy, LatencyScale scale, EvidenceFamily evidence) {

  /** Starts without thresholds: it neither convicts nor is ruled out. */
  static LatencyFamily start(Metric.Latency metric, double weight, int clusters) {
    return new LatencyFamily(
        metric.quantile(),
        metric.worseBy(),
        LatencyScale.UNKNOWN,
        EvidenceFamily.start(
            metric.name(), weight, clusters, ImmutableList.of(), ImmutableList.of(), 0));
  }

  /** Freezes the thresholds from stable's latencies. */
  LatencyFamily calibrated(Histogram stable, ImmutableList<Baseline.Block> blocks) {
    LatencyScale frozen = LatencyScale.of(stable, quantile, 1 + worseBy);
    ImmutableList.Builder<Dispersion.Prior> priors = ImmutableList.builder();
    for (int j = 0; j < frozen.stableEdges().length(); j++) {
      priors.add(Calibration.latency(blocks, frozen, j));
    }
    ImmutableList<Contrast> contrasts = frozen.contrasts(1 + worseBy);
    EvidenceProcess process = EvidenceProcess.start(contrasts, priors.build());
    return new LatencyFamily(
        quantile,
        worseBy,
        frozen,
        new EvidenceFamily(
            evidence.metric(),
            evidence.dryRun(),
            evidence.lnWeight(),
            contrasts,
            ImmutableList.copyOf(Collections.nCopies(evidence.perCluster().size(), process)),
            frozen.gateCounter(),
            Clearance.START,
            Tally.START));
  }

  LatencyFamily with(EvidenceFamily next) {
    return new LatencyFamily(quantile, worseBy, scale, next);
  }
}
