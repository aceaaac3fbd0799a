package dev.serin.server.api;

import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Forecast;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.LiveRollout;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.ClusterStatus;
import dev.serin.v1.ConvergenceStatus;
import dev.serin.v1.Interval;
import dev.serin.v1.MetricVerdict;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.StepStatus;
import dev.serin.v1.Verdict;
import java.time.Instant;

/** A rollout as the API shows it. */
final class RolloutView {
  private RolloutView() {}

  /** A rollout as the answer to a call of which something is told. */
  static Rollout of(LiveRollout live, String note) {
    Rollout rollout = of(live);
    return note.isEmpty()
        ? rollout
        : rollout.toBuilder().setStatus(rollout.getStatus().toBuilder().setNote(note)).build();
  }

  static Rollout of(LiveRollout live) {
    RolloutSpec spec = live.state().spec();
    return ProtoCodec.toProto(spec).toBuilder()
        .setName(Names.full(Names.ROLLOUTS, spec.name()))
        .setApiVersion("serin.dev/v1")
        .setKind("Rollout")
        .setStatus(status(live))
        .setEtag(etag(live))
        .build();
  }

  /** Changes with every decision, not with every window of evidence. */
  static String etag(LiveRollout live) {
    RolloutState state = live.state();
    return state.split().generation()
        + "-"
        + state.phase().name().toLowerCase(java.util.Locale.ROOT)
        + "-"
        + Long.toString(state.since().toEpochMilli(), Character.MAX_RADIX);
  }

  private static RolloutStatus status(LiveRollout live) {
    dev.serin.rollout.RolloutStatus shown = dev.serin.rollout.RolloutStatus.of(live.state());
    RolloutStatus.Builder status =
        RolloutStatus.newBuilder()
            .setPhase(phase(shown.phase()))
            .setReason(shown.reason())
            .setVerdict(verdict(shown.verdict()))
            .setSince(Times.of(shown.since()))
            .setStable(live.state().from())
            .setWeightPpm(shown.splitPpm())
            .putAllCohortPpm(shown.cohortPpm())
            .setGeneration(shown.generation())
            .setRevision(live.revision())
            .setCanaryRequests(live.tally().canaryRequests())
            .setSpoiledRequests(live.tally().spoiled())
            .setUrgent(shown.urgent())
            .setLowPower(shown.lowPower());
    shown
        .step()
        .ifPresent(step ->
            status.setStep(StepStatus.newBuilder().setIndex(step.index()).setName(step.name())));
    Forecast.of(live.state(), Instant.now())
        .ifPresent(forecast -> {
          var seen = dev.serin.v1.Forecast.newBuilder().setNote(forecast.note());
          forecast.promoted().ifPresent(at -> seen.setPromoted(Times.of(at)));
          status.setForecast(seen);
        });
    shown.nextTransition().ifPresent(due -> status.setNextTransition(Times.of(due)));
    live.started().ifPresent(at -> status.setStarted(Times.of(at)));
    live.finished().ifPresent(at -> status.setFinished(Times.of(at)));
    shown
        .clusters()
        .forEach(cluster ->
            status.addClusters(
                ClusterStatus.newBuilder()
                    .setName(cluster.name())
                    .setPhase(phase(cluster.phase()))
                    .setStep(status.getStep())
                    .putAllSplitPpm(live.state().planOf(live.state().split()).splitPpm())
                    .setConvergence(convergence(cluster.convergence()))
                    .setVerdict(Verdict.newBuilder().setState(state(cluster.verdict())))));
    return status.build();
  }

  private static ConvergenceStatus convergence(ClusterConvergence counts) {
    return ConvergenceStatus.newBuilder()
        .setWant(counts.want())
        .setAcked(counts.acked())
        .setNacked(counts.nacked())
        .setSilent(counts.silent())
        .setUnreachable(counts.unreachable())
        .build();
  }

  static Verdict verdict(dev.serin.judge.Verdict verdict) {
    Verdict.Builder out =
        Verdict.newBuilder()
            .setState(state(verdict.state()))
            .setEvidence(verdict.evidence())
            .setBound(verdict.bound());
    for (dev.serin.judge.Verdict.MetricVerdict metric : verdict.metrics()) {
      MetricVerdict.Builder one =
          MetricVerdict.newBuilder()
              .setName(metric.name())
              .setState(state(metric.state()))
              .setCanary(metric.canary())
              .setControl(metric.control())
              .setEstimate(metric.estimate())
              .setEvidence(metric.evidence())
              .setBound(metric.bound())
              .setRequests(metric.requests());
      metric
          .interval()
          .ifPresent(interval ->
              one.setInterval(
                  Interval.newBuilder().setLow(interval.low()).setHigh(interval.high())));
      out.addMetrics(one);
    }
    return out.build();
  }

  private static Verdict.State state(dev.serin.judge.Verdict.State state) {
    return switch (state) {
      case HEALTHY -> Verdict.State.HEALTHY;
      case UNHEALTHY -> Verdict.State.UNHEALTHY;
      case INCONCLUSIVE -> Verdict.State.INCONCLUSIVE;
      case INSUFFICIENT_DATA -> Verdict.State.INSUFFICIENT_DATA;
      case METRICS_LOST -> Verdict.State.METRICS_LOST;
    };
  }

  static RolloutStatus.Phase phase(Phase phase) {
    return switch (phase) {
      case PENDING -> RolloutStatus.Phase.PENDING;
      case WAITING -> RolloutStatus.Phase.WAITING;
      case PROGRESSING -> RolloutStatus.Phase.PROGRESSING;
      case HOLDING -> RolloutStatus.Phase.HOLDING;
      case PAUSED -> RolloutStatus.Phase.PAUSED;
      case PROMOTING -> RolloutStatus.Phase.PROMOTING;
      case SUCCEEDED -> RolloutStatus.Phase.SUCCEEDED;
      case ROLLING_BACK -> RolloutStatus.Phase.ROLLING_BACK;
      case ROLLED_BACK -> RolloutStatus.Phase.ROLLED_BACK;
      case SUPERSEDED -> RolloutStatus.Phase.SUPERSEDED;
    };
  }
}
