package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Metric;
import java.util.ArrayList;
import java.util.List;

/**
 * The detector on windows of ten seconds: one e-process a metric, averaged with weights fixed
 * before the data, so that any number of metrics shares one error budget whatever their dependence.
 *
 * <p>Errors and latency have half the capital each, or all of it where there is only one of them;
 * several metrics of a kind share its part. Absolute bounds that the policy names take a fifth, the
 * others then share the rest. The bound that a policy without one gets when cohorts first carry
 * traffic is paid at that moment with a fifth of what the capital is then worth: moving capital
 * between bets before the data keeps the sum an e-process.
 */
record DefaultDetector(
    ImmutableList<EvidenceFamily> errors,
    ImmutableList<LatencyFamily> latency,
    ImmutableList<AbsoluteBound> bounds) {

  /** The part of the capital that absolute bounds get. */
  private static final double BOUNDS_SHARE = 0.2;

  static DefaultDetector start(Analysis analysis, int clusters, Dispersion.Prior errorsPrior) {
    Shares shares = Shares.of(analysis);
    ImmutableList.Builder<EvidenceFamily> errors = ImmutableList.builder();
    ImmutableList.Builder<LatencyFamily> latency = ImmutableList.builder();
    ImmutableList.Builder<AbsoluteBound> bounds = ImmutableList.builder();
    for (Metric metric : analysis.metrics()) {
      switch (metric) {
        case Metric.Errors m ->
            errors.add(
                EvidenceFamily.start(
                    m.name(),
                    m.dryRun() ? 0 : shares.errors,
                    clusters,
                    ImmutableList.of(Contrast.errors(m.worseBy())),
                    ImmutableList.of(errorsPrior),
                    0));
        case Metric.Latency m ->
            latency.add(LatencyFamily.start(m, m.dryRun() ? 0 : shares.latency, clusters));
        case Metric.ErrorsAtMost m ->
            bounds.add(
                AbsoluteBound.start(
                    m.name(), m.dryRun() ? 0 : shares.bound, m.ratio(), phi(errorsPrior)));
      }
    }
    return new DefaultDetector(errors.build(), latency.build(), bounds.build());
  }

  private static double phi(Dispersion.Prior prior) {
    return Dispersion.start(prior).phi();
  }

  /** Each deciding metric's part of the capital, by kind. */
  private record Shares(double errors, double latency, double bound) {
    static Shares of(Analysis analysis) {
      int errors = 0;
      int latency = 0;
      int bounds = 0;
      for (Metric metric : analysis.metrics()) {
        int one = metric.dryRun() ? 0 : 1;
        switch (metric) {
          case Metric.Errors m -> errors += one;
          case Metric.Latency m -> latency += one;
          case Metric.ErrorsAtMost m -> bounds += one;
        }
      }
      int kinds = Math.min(errors, 1) + Math.min(latency, 1);
      double ofBounds = bounds == 0 ? 0 : kinds == 0 ? 1 : BOUNDS_SHARE;
      double ofKind = kinds == 0 ? 0 : (1 - ofBounds) / kinds;
      return new Shares(
          ofKind / Math.max(errors, 1),
          ofKind / Math.max(latency, 1),
          ofBounds / Math.max(bounds, 1));
    }
  }

  /**
   * Takes one window or fold.
   *
   * @param impliedBound the error ratio that cohorts are held to without a bound of the policy's
   */
  DefaultDetector observe(Sample sample, boolean newStep, double impliedBound) {
    List<EvidenceFamily> nextErrors = new ArrayList<>(errors.size());
    for (EvidenceFamily family : errors) {
      nextErrors.add(family.observe(sample.errors(), newStep));
    }
    List<LatencyFamily> nextLatency = new ArrayList<>(latency.size());
    for (int i = 0; i < latency.size(); i++) {
      LatencyFamily family = latency.get(i);
      nextLatency.add(family.with(family.evidence().observe(sample.latency().get(i), newStep)));
    }
    List<AbsoluteBound> nextBounds = new ArrayList<>(bounds.size());
    for (AbsoluteBound bound : bounds) {
      double ratio = bound.implied() ? impliedBound : bound.atMost();
      nextBounds.add(bound.observe(sample.exposure(), ratio, newStep));
    }
    return new DefaultDetector(
        ImmutableList.copyOf(nextErrors),
        ImmutableList.copyOf(nextLatency),
        ImmutableList.copyOf(nextBounds));
  }

  /** Whether some bound decides already. */
  boolean hasBound() {
    return bounds.stream().anyMatch(b -> !b.dryRun());
  }

  /** Adds the bound that cohorts are held to, paid by the other metrics. */
  DefaultDetector withImpliedBound(
      double atMost, Dispersion.Prior errorsPrior, ImmutableSortedMap<String, Double> weights) {
    double worth = lnE(weights);
    boolean alone = worth == LogSum.NOTHING;
    double lnWeight = alone ? 0 : worth + Math.log(BOUNDS_SHARE);
    double lnRest = Math.log1p(-BOUNDS_SHARE);
    return new DefaultDetector(
        errors.stream().map(f -> f.reweighted(lnRest)).collect(ImmutableList.toImmutableList()),
        latency.stream()
            .map(f -> f.with(f.evidence().reweighted(lnRest)))
            .collect(ImmutableList.toImmutableList()),
        ImmutableList.<AbsoluteBound>builder()
            .addAll(bounds)
            .add(AbsoluteBound.implied(atMost, lnWeight, phi(errorsPrior)))
            .build());
  }

  /** Freezes the latency thresholds. */
  DefaultDetector calibrated(Histogram stable, ImmutableList<Baseline.Block> blocks) {
    return new DefaultDetector(
        errors,
        latency.stream()
            .map(f -> f.calibrated(stable, blocks))
            .collect(ImmutableList.toImmutableList()),
        bounds);
  }

  /** Logarithm of the e-value of harm over all metrics; nothing where every metric is a dry run. */
  double lnE(ImmutableSortedMap<String, Double> weights) {
    double[] terms = new double[errors.size() + latency.size() + bounds.size()];
    int i = 0;
    for (EvidenceFamily family : errors) {
      terms[i++] = weighted(family, weights);
    }
    for (LatencyFamily family : latency) {
      terms[i++] = weighted(family.evidence(), weights);
    }
    for (AbsoluteBound bound : bounds) {
      terms[i++] = bound.dryRun() ? LogSum.NOTHING : bound.lnWeight() + bound.lnE();
    }
    return Math.max(LogSum.NOTHING, LogSum.of(terms));
  }

  private static double weighted(
      EvidenceFamily family, ImmutableSortedMap<String, Double> weights) {
    return family.dryRun() ? LogSum.NOTHING : family.lnWeight() + family.lnE(weights);
  }
}
