package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Schedule;
import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Capacity;
import dev.serin.policy.CanaryPolicy.Convergence;
import dev.serin.policy.CanaryPolicy.Deadline;
import dev.serin.policy.CanaryPolicy.OnFailure;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.CanaryPolicy.OnMetricsLost;
import dev.serin.policy.Cohort;
import dev.serin.policy.Conduct;
import dev.serin.policy.Ppm;
import dev.serin.policy.Proceedings;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.CanaryPolicySpec.Barrier;
import dev.serin.v1.Rollback;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/** A policy's message into its record, with every problem that it has. */
final class PolicyReading {

  private static final Duration ONE_SECOND = Duration.ofSeconds(1);

  private final Checks checks;
  private final Findings findings;

  PolicyReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Optional<CanaryPolicy> read(dev.serin.v1.CanaryPolicy message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.CANARY_POLICY.word());
    Optional<ResourceName> name =
        checks.resourceName(
            message.getName(), message.getMetadata(), Kind.CANARY_POLICY.collection());
    CanaryPolicySpec spec = message.getSpec();
    notSupported(spec);
    CohortReading who = new CohortReading(checks);
    ImmutableList<StickySource> sticky = who.sticky(spec.getSticky());
    ImmutableSortedMap<String, Cohort> cohorts = who.cohorts(spec.getCohortsMap());
    ImmutableList<Step> steps =
        new StepReading(checks).steps(spec.getStepsList(), cohorts.keySet());
    TreatmentReading treatments = new TreatmentReading(checks);
    treatments.oneDraw(steps, !sticky.isEmpty() || spec.getSticky().getUseRoute());
    CanaryPolicy builtIn = CanaryPolicy.defaults(name.orElse(new ResourceName("x", "x")));
    OptionalInt holdBack =
        spec.hasHoldBackPpm()
            ? OptionalInt.of(checks.shareBelowAll("spec.holdBackPpm", spec.getHoldBackPpm()))
            : OptionalInt.empty();
    Convergence convergence = convergence(spec.getConvergence());
    Capacity capacity = capacity(spec.getCapacity());
    AnalysisReading judging = new AnalysisReading(checks);
    Analysis analysis = judging.analysis(spec.getAnalysis());
    OnInconclusive onInconclusive = judging.onInconclusive(spec.getAnalysis());
    OnMetricsLost onMetricsLost = judging.onMetricsLost(spec.getAnalysis());
    Conduct conduct =
        new ConductReading(checks)
            .conduct(spec, cohorts.keySet(), steps, judging.baseline(spec.getAnalysis()));
    OnFailure onFailure = onFailure(spec.getOnFailure());
    Duration keepWarm = keepWarm(spec.getRollback());
    Deadline deadline = deadline(spec.getDeadline());
    Schedule schedule = new CalendarReading(checks).schedule(spec.getSchedule());
    Proceedings proceedings = new ProceedingsReading(checks).proceedings(spec);
    new NoReturn(findings).check(spec);
    if (findings.hasErrors()) {
      return Optional.empty();
    }
    return Optional.of(
        new CanaryPolicy(
            builtIn.name(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            sticky,
            cohorts,
            steps.isEmpty() ? builtIn.steps() : steps,
            spec.hasAdaptiveSteps() ? spec.getAdaptiveSteps() : steps.isEmpty(),
            holdBack,
            convergence,
            capacity,
            analysis,
            onInconclusive,
            onMetricsLost,
            onFailure,
            keepWarm,
            deadline,
            conduct,
            schedule,
            proceedings));
  }

  private void notSupported(CanaryPolicySpec spec) {
    checks.notSupported("spec.waves", spec.getWavesCount() > 0, "waves");
    boolean otherBarrier =
        spec.getBarrier() != Barrier.BARRIER_UNSPECIFIED && spec.getBarrier() != Barrier.STEP;
    checks.notSupported("spec.barrier", otherBarrier, "a barrier other than step");
    Rollback rollback = spec.getRollback();
    boolean otherScope =
        rollback.getScope() != Rollback.Scope.SCOPE_UNSPECIFIED
            && rollback.getScope() != Rollback.Scope.ALL;
    checks.notSupported(
        "spec.rollback.scope", otherScope, "a rollback of a part of the mesh clusters");
  }

  private Convergence convergence(dev.serin.v1.Convergence message) {
    Convergence standard = Convergence.DEFAULT;
    String path = "spec.convergence";
    return new Convergence(
        message.hasQuorumPpm()
            ? checks.share(path + ".quorumPpm", message.getQuorumPpm(), 1, Ppm.ALL)
            : standard.quorumPpm(),
        checks.duration(
            path + ".timeout",
            message.hasTimeout(),
            message.getTimeout(),
            standard.timeout(),
            ONE_SECOND),
        checks.exit(
            path + ".onTimeout",
            message.hasOnTimeout(),
            message.getOnTimeout(),
            standard.onTimeout()),
        message.hasProbe()
            ? checks.count(path + ".probe", message.getProbe(), 0, 1000)
            : standard.probe());
  }

  private Capacity capacity(dev.serin.v1.Capacity message) {
    return new Capacity(
        message.hasMarginPpm()
            ? checks.share("spec.capacity.marginPpm", message.getMarginPpm())
            : Capacity.DEFAULT.marginPpm(),
        message.hasLeast()
            ? checks.count("spec.capacity.least", message.getLeast(), 0, 1_000_000)
            : Capacity.DEFAULT.least());
  }

  private OnFailure onFailure(dev.serin.v1.OnFailure message) {
    OnFailure standard = OnFailure.DEFAULT;
    String path = "spec.onFailure.";
    return new OnFailure(
        checks.exit(
            path + "metrics", message.hasMetrics(), message.getMetrics(), standard.metrics()),
        checks.exit(path + "nack", message.hasNack(), message.getNack(), standard.nack()),
        checks.exit(path + "hook", message.hasHook(), message.getHook(), standard.hook()),
        checks.exit(
            path + "rejected", message.hasRejected(), message.getRejected(), standard.rejected()),
        checks.exit(
            path + "endpoints",
            message.hasEndpoints(),
            message.getEndpoints(),
            standard.endpoints()));
  }

  private Duration keepWarm(Rollback message) {
    return checks.duration(
        "spec.rollback.keepWarm",
        message.hasKeepWarm(),
        message.getKeepWarm(),
        CanaryPolicy.DEFAULT_KEEP_WARM,
        Duration.ZERO);
  }

  private Deadline deadline(dev.serin.v1.Deadline message) {
    return new Deadline(
        checks.duration(
            "spec.deadline.after",
            message.hasAfter(),
            message.getAfter(),
            Deadline.DEFAULT.after(),
            ONE_SECOND),
        checks.exit(
            "spec.deadline.then", message.hasThen(), message.getThen(), Deadline.DEFAULT.then()));
  }
}
