package dev.serin.text;

import dev.serin.policy.Analysis;
import dev.serin.policy.Analysis.Harm;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Conduct;
import dev.serin.policy.Fault;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import dev.serin.v1.CanaryPolicySpec;
import dev.serin.v1.Metric;
import dev.serin.v1.OnInconclusive;
import dev.serin.v1.Retry;
import dev.serin.v1.Rollback;
import dev.serin.v1.Streams;
import java.util.OptionalDouble;

/** A policy's record into its message, every value whole. */
final class PolicyWriting {

  private PolicyWriting() {}

  static dev.serin.v1.CanaryPolicy policy(CanaryPolicy policy) {
    CanaryPolicySpec.Builder spec =
        CanaryPolicySpec.newBuilder()
            .setAdaptiveSteps(policy.adaptiveSteps())
            .setBarrier(CanaryPolicySpec.Barrier.STEP)
            .setAnalysis(analysis(policy))
            .setRollback(
                Rollback.newBuilder()
                    .setScope(Rollback.Scope.ALL)
                    .setKeepWarm(ProtoWriting.duration(policy.keepWarm())));
    policy.sticky().forEach(source -> spec.getStickyBuilder().addSources(source(source)));
    policy.cohorts().forEach((name, cohort) -> spec.putCohorts(name, CohortWriting.cohort(cohort)));
    policy.steps().forEach(step -> spec.addSteps(step(step)));
    policy.holdBackPpm().ifPresent(spec::setHoldBackPpm);
    gates(policy, spec);
    conduct(policy.conduct(), spec);
    exits(policy, spec);
    if (!policy.schedule().isAlways()) {
      spec.setSchedule(CalendarWriting.schedule(policy.schedule()));
    }
    ProceedingsWriting.proceedings(policy.proceedings(), spec);
    return dev.serin.v1.CanaryPolicy.newBuilder()
        .setName(Kind.CANARY_POLICY.fullName(policy.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.CANARY_POLICY.word())
        .setMetadata(ProtoWriting.metadata(policy.name(), policy.labels()))
        .setSpec(spec)
        .build();
  }

  private static void gates(CanaryPolicy policy, CanaryPolicySpec.Builder spec) {
    spec.getConvergenceBuilder()
        .setQuorumPpm(policy.convergence().quorumPpm())
        .setTimeout(ProtoWriting.duration(policy.convergence().timeout()))
        .setOnTimeout(ProtoWriting.exit(policy.convergence().onTimeout()))
        .setProbe(policy.convergence().probe());
    spec.getCapacityBuilder()
        .setMarginPpm(policy.capacity().marginPpm())
        .setLeast(policy.capacity().least());
  }

  private static void conduct(Conduct conduct, CanaryPolicySpec.Builder spec) {
    spec.addAllExclude(conduct.exclude());
    spec.getChainBuilder().addAllFollow(conduct.follow());
    spec.getStreamsBuilder()
        .setAtZero(
            switch (conduct.streams()) {
              case KEEP -> Streams.AtZero.KEEP;
            });
    if (conduct.retryAtStable()) {
      spec.getRetryBuilder().setTo(Retry.Arm.STABLE).setCountAgainst(Retry.Arm.CANARY);
    }
  }

  private static void treatment(Treatment treatment, dev.serin.v1.Step.Builder message) {
    treatment
        .mirror()
        .ifPresent(mirror ->
            message
                .getMirrorBuilder()
                .setSharePpm(mirror.sharePpm())
                .addAllMethods(mirror.methods())
                .setUnsafe(mirror.unsafe())
                .addAllTo(mirror.to()));
    treatment.fault().ifPresent(fault -> fault(fault, message.getFaultBuilder()));
    treatment
        .rateLimit()
        .ifPresent(limit ->
            message
                .getRateLimitBuilder()
                .setRequestsPerSecond(limit.requestsPerSecond())
                .setBurst(limit.burst()));
  }

  private static void fault(Fault fault, dev.serin.v1.Fault.Builder message) {
    fault
        .delay()
        .ifPresent(delay ->
            message.setDelay(ProtoWriting.duration(delay.time())).setSharePpm(delay.sharePpm()));
    fault
        .abort()
        .ifPresent(abort ->
            message
                .getAbortBuilder()
                .setHttpStatus(abort.httpStatus())
                .setSharePpm(abort.sharePpm()));
  }

  private static void exits(CanaryPolicy policy, CanaryPolicySpec.Builder spec) {
    spec.getOnFailureBuilder()
        .setMetrics(ProtoWriting.exit(policy.onFailure().metrics()))
        .setNack(ProtoWriting.exit(policy.onFailure().nack()))
        .setHook(ProtoWriting.exit(policy.onFailure().hook()))
        .setRejected(ProtoWriting.exit(policy.onFailure().rejected()))
        .setEndpoints(ProtoWriting.exit(policy.onFailure().endpoints()));
    spec.getDeadlineBuilder()
        .setAfter(ProtoWriting.duration(policy.deadline().after()))
        .setThen(ProtoWriting.exit(policy.deadline().then()));
  }

  private static dev.serin.v1.StickySource source(StickySource source) {
    dev.serin.v1.StickySource.Builder message = dev.serin.v1.StickySource.newBuilder();
    return switch (source) {
      case StickySource.Header(String header) -> message.setHeader(header).build();
      case StickySource.Cookie(String cookie) -> message.setCookie(cookie).build();
      case StickySource.SourceIp ip -> message.setSourceIp(true).build();
    };
  }

  private static dev.serin.v1.Step step(Step step) {
    dev.serin.v1.Step.Builder message =
        dev.serin.v1.Step.newBuilder()
            .setName(step.name())
            .putAllCohortPpm(step.cohortPpm())
            .setBake(ProtoWriting.duration(step.bake()));
    message.getLeastBuilder().setCanaryRequests(step.leastCanaryRequests());
    step.weightPpm().ifPresent(message::setWeightPpm);
    treatment(step.treatment(), message);
    ProceedingsWriting.threshold(step, message);
    return message.build();
  }

  private static dev.serin.v1.Analysis analysis(CanaryPolicy policy) {
    Analysis analysis = policy.analysis();
    dev.serin.v1.Analysis.Builder message = dev.serin.v1.Analysis.newBuilder();
    if (!analysis.enabled()) {
      return message.setOff(true).build();
    }
    message
        .setFalseRollbackPpm(ppm(analysis.falseRollback()))
        .setWarmUp(ProtoWriting.duration(analysis.warmUp()));
    if (policy.conduct().baselinePpm().isPresent()) {
      message
          .getControlBuilder()
          .getBaselineBuilder()
          .setEndpointsPpm(policy.conduct().baselinePpm().getAsInt());
    } else {
      message.getControlBuilder().setStable(true);
    }
    setIfPresent(analysis.ruleOutErrors(), message.getRuleOutBuilder()::setErrorsPpm);
    setIfPresent(analysis.ruleOutLatency(), message.getRuleOutBuilder()::setLatencyPpm);
    analysis.metrics().forEach(metric -> message.addMetrics(metric(metric)));
    noVerdict(policy, message);
    return message.build();
  }

  private static void noVerdict(CanaryPolicy policy, dev.serin.v1.Analysis.Builder message) {
    message
        .getOnInconclusiveBuilder()
        .setAfter(ProtoWriting.duration(policy.onInconclusive().after()))
        .setThen(
            switch (policy.onInconclusive().then()) {
              case AUTO -> OnInconclusive.Then.AUTO;
              case HOLD -> OnInconclusive.Then.HOLD;
              case ADVANCE -> OnInconclusive.Then.ADVANCE;
              case ROLLBACK -> OnInconclusive.Then.ROLLBACK;
            });
    message
        .getOnMetricsLostBuilder()
        .setAfter(ProtoWriting.duration(policy.onMetricsLost().after()))
        .setThen(ProtoWriting.exit(new CanaryPolicy.Exit.Hold()));
  }

  private static void setIfPresent(OptionalDouble ratio, java.util.function.IntConsumer set) {
    ratio.ifPresent(r -> set.accept(ppm(r)));
  }

  private static Metric metric(Analysis.Metric metric) {
    Metric.Builder message = Metric.newBuilder().setName(metric.name()).setDryRun(metric.dryRun());
    switch (metric) {
      case Analysis.Metric.Errors errors ->
          message.getErrorsBuilder().setWorseBy(harm(errors.worseBy()));
      case Analysis.Metric.ErrorsAtMost atMost ->
          message.getErrorsBuilder().setAtMostPpm(ppm(atMost.ratio()));
      case Analysis.Metric.Latency latency ->
          message
              .getLatencyBuilder()
              .setQuantilePpm(ppm(latency.quantile()))
              .getWorseByBuilder()
              .setRelativePpm(ppm(latency.worseBy()));
    }
    return message.build();
  }

  static dev.serin.v1.Harm harm(Harm harm) {
    dev.serin.v1.Harm.Builder message = dev.serin.v1.Harm.newBuilder();
    int difference = AnalysisReading.ppm(harm.delta());
    if (Harm.percentagePoints(AnalysisReading.ratio(difference)).equals(harm)) {
      return message.setDifferencePpm(difference).build();
    }
    int relative = AnalysisReading.ppm(harm.rho() - 1);
    if (Harm.relative(AnalysisReading.ratio(relative)).equals(harm)) {
      return message.setRelativePpm(relative).build();
    }
    throw new IllegalArgumentException(
        harm + " (expected: percentage points or a relative margin, in parts per million)");
  }

  /** Exactly, or not at all: a number that drifts here would judge differently after a restart. */
  static int ppm(double ratio) {
    int ppm = AnalysisReading.ppm(ratio);
    if (AnalysisReading.ratio(ppm) != ratio) {
      throw new IllegalArgumentException(ratio + " (expected: whole parts per million)");
    }
    return ppm;
  }
}
