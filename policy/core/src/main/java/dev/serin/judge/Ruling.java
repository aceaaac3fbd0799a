package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Verdict.Interval;
import dev.serin.judge.Verdict.MetricVerdict;
import dev.serin.judge.Verdict.State;
import dev.serin.policy.Analysis.Harm;
import dev.serin.policy.Analysis.Metric;
import java.util.Comparator;
import java.util.Optional;

/** Reads a judge: turns its evidence into a verdict and a gate. */
final class Ruling {

  /** An e-value of 3 is a sign of harm. */
  private static final double SIGN = Math.log(3);

  private static final double DEFAULT_SHARE = 0.8;
  private static final double CATASTROPHE_SHARE = 0.2;

  private final Judge judge;
  private final double evidence;
  private final double bound;
  private final double catastrophe;
  private final double catastropheBound;

  Ruling(Judge judge) {
    this.judge = judge;
    evidence = judge.detector().lnE(judge.clusterWeights());
    bound = -Math.log(DEFAULT_SHARE * judge.analysis().falseRollback());
    catastrophe = judge.catastrophe().lnE(judge.clusterWeights());
    catastropheBound = -Math.log(CATASTROPHE_SHARE * judge.analysis().falseRollback());
  }

  /**
   * Harm shown is unhealthy; harm ruled out without a sign of it is healthy. Where some deciding
   * metric has had fewer requests than could rule harm out even if all had been good, there is too
   * little to look at; the rest is inconclusive.
   */
  Verdict verdict() {
    if (!judge.analysis().enabled()) {
      return Verdict.NOTHING_YET;
    }
    ImmutableList<MetricVerdict> metrics = metrics();
    return new Verdict(state(), evidence, bound, metrics);
  }

  private State state() {
    if (harmShown()) {
      return State.UNHEALTHY;
    }
    if (judge.progress().stepExposed() == 0 && !ruledOutBefore()) {
      return State.INSUFFICIENT_DATA;
    }
    if (signOfHarm() || !boundsHold()) {
      return State.INCONCLUSIVE;
    }
    if (harmRuledOut()) {
      return State.HEALTHY;
    }
    return enough() ? State.INCONCLUSIVE : State.INSUFFICIENT_DATA;
  }

  /** Evidence against harm outlives a change of the split; without a comparison there is none. */
  private boolean ruledOutBefore() {
    return judge.progress().comparable() && compares() && harmRuledOut();
  }

  Gate gate() {
    if (!judge.analysis().enabled()) {
      return new Gate(false, "", false, true, judge.progress().randomised(), false);
    }
    return new Gate(
        harmShown(),
        blame(),
        signOfHarm(),
        harmRuledOut(),
        judge.progress().randomised(),
        bothArmsBreach());
  }

  private boolean harmShown() {
    return evidence >= bound || catastrophe >= catastropheBound;
  }

  private boolean signOfHarm() {
    return evidence >= SIGN;
  }

  private String blame() {
    if (catastrophe >= catastropheBound && evidence < bound) {
      return Catastrophe.NAME;
    }
    return metrics().stream()
        .filter(m -> !m.name().equals(Catastrophe.NAME) && decides(m.name()))
        .max(Comparator.comparingDouble(MetricVerdict::evidence))
        .map(MetricVerdict::name)
        .orElse("");
  }

  private boolean decides(String metric) {
    return judge.analysis().metric(metric).map(m -> !m.dryRun()).orElse(true);
  }

  private boolean compares() {
    return judge.detector().errors().stream().anyMatch(f -> !f.dryRun())
        || judge.detector().latency().stream().anyMatch(f -> !f.evidence().dryRun());
  }

  private boolean bothArmsBreach() {
    return judge.detector().bounds().stream().anyMatch(b -> !b.dryRun() && b.bothBreak());
  }

  private boolean boundsHold() {
    return judge.detector().bounds().stream()
        .noneMatch(b -> !b.dryRun() && (b.lnE() >= SIGN || b.bothBreak()));
  }

  private boolean harmRuledOut() {
    if (!judge.progress().begun() || !boundsHold()) {
      return false;
    }
    if (!judge.progress().comparable()) {
      return true;
    }
    return judge.detector().errors().stream().allMatch(f -> f.dryRun() || ruledOut(f, mde(f)))
        && judge.detector().latency().stream()
            .allMatch(f -> f.evidence().dryRun() || ruledOut(f.evidence(), mde(f)));
  }

  private static boolean ruledOut(EvidenceFamily family, double mde) {
    return !family.blind() && family.clearance().ruledOut(mde);
  }

  private boolean enough() {
    return judge.detector().errors().stream()
            .allMatch(f -> f.dryRun() || f.clearance().enough(mde(f)))
        && judge.detector().latency().stream()
            .allMatch(f -> f.evidence().dryRun() || enough(f.evidence(), mde(f)));
  }

  private static boolean enough(EvidenceFamily family, double mde) {
    return !family.blind() && family.clearance().enough(mde);
  }

  private double mde(EvidenceFamily errors) {
    Contrast contrast = errors.contrasts().getFirst();
    return HarmToExclude.errors(
        judge.analysis().ruleOutErrors(),
        judge.progress().canaryPpm(),
        judge.progress().stableRatio(),
        new Harm(contrast.rho(), contrast.delta()));
  }

  private double mde(LatencyFamily latency) {
    EvidenceFamily family = latency.evidence();
    double tolerated = 0;
    if (!family.blind()) {
      Contrast contrast = family.contrasts().get(family.gateCounter());
      tolerated = (contrast.rho() - 1) * latency.scale().gateShare() + contrast.delta();
    }
    return HarmToExclude.latency(
        judge.analysis().ruleOutLatency(),
        judge.progress().canaryPpm(),
        judge.progress().stableRatio(),
        tolerated);
  }

  private ImmutableList<MetricVerdict> metrics() {
    ImmutableList.Builder<MetricVerdict> rows = ImmutableList.builder();
    for (Metric metric : judge.analysis().metrics()) {
      judge.detector().errors().stream()
          .filter(f -> f.metric().equals(metric.name()))
          .forEach(f -> rows.add(row(f, mde(f))));
      judge.detector().latency().stream()
          .filter(f -> f.evidence().metric().equals(metric.name()))
          .forEach(f -> rows.add(row(f.evidence(), mde(f))));
      judge.detector().bounds().stream()
          .filter(b -> !b.implied() && b.metric().equals(metric.name()))
          .forEach(b -> rows.add(row(b)));
    }
    judge.detector().bounds().stream()
        .filter(AbsoluteBound::implied)
        .forEach(b -> rows.add(row(b)));
    return rows.add(catastropheRow()).build();
  }

  private MetricVerdict row(EvidenceFamily family, double mde) {
    double lnE = (family.dryRun() ? 0 : family.lnWeight()) + family.lnE(judge.clusterWeights());
    Tally tally = family.tally();
    State state = State.INCONCLUSIVE;
    if (lnE >= bound) {
      state = State.UNHEALTHY;
    } else if (ruledOut(family, mde) && lnE < SIGN) {
      state = State.HEALTHY;
    } else if (!enough(family, mde)) {
      state = State.INSUFFICIENT_DATA;
    }
    return new MetricVerdict(
        family.metric(),
        state,
        tally.canaryRatio(),
        tally.controlRatio(),
        tally.canaryRatio() - tally.controlRatio(),
        tally.interval(),
        lnE,
        bound,
        tally.canary());
  }

  private MetricVerdict row(AbsoluteBound absolute) {
    double lnE = (absolute.dryRun() ? 0 : absolute.lnWeight()) + absolute.lnE();
    State state = State.HEALTHY;
    if (lnE >= bound) {
      state = State.UNHEALTHY;
    } else if (absolute.lnE() >= SIGN || absolute.bothBreak()) {
      state = State.INCONCLUSIVE;
    } else if (absolute.requests() == 0) {
      state = State.INSUFFICIENT_DATA;
    }
    double ratio = absolute.ratio();
    Optional<Interval> interval = Optional.empty();
    if (absolute.requests() > 0) {
      Interval own = Tally.wilson(ratio, (double) absolute.requests());
      interval =
          Optional.of(new Interval(own.low() - absolute.atMost(), own.high() - absolute.atMost()));
    }
    return new MetricVerdict(
        absolute.metric(),
        state,
        ratio,
        absolute.atMost(),
        ratio - absolute.atMost(),
        interval,
        lnE,
        bound,
        absolute.requests());
  }

  private MetricVerdict catastropheRow() {
    State state = State.INCONCLUSIVE;
    if (catastrophe >= catastropheBound) {
      state = State.UNHEALTHY;
    } else if (judge.catastrophe().perCluster().stream().noneMatch(Mixture::started)) {
      state = State.INSUFFICIENT_DATA;
    }
    Tally tally = judge.catastrophe().tally();
    return new MetricVerdict(
        Catastrophe.NAME,
        state,
        tally.canaryRatio(),
        tally.controlRatio(),
        tally.canaryRatio() - tally.controlRatio(),
        Optional.empty(),
        catastrophe,
        catastropheBound,
        tally.canary());
  }
}
