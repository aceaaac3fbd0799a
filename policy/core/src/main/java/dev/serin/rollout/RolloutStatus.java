package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Verdict;
import java.time.Instant;
import java.util.Optional;

/**
 * What a rollout shows of itself.
 *
 * @param step empty before the first
 * @param manual whether the weight was set by hand
 * @param actor of the last decision
 * @param urgent whether bakes and what of the calendar allows it are skipped
 * @param lowPower whether a step was left because traffic was too little to tell
 */
public record RolloutStatus(
    Phase phase,
    String reason,
    Optional<StepStatus> step,
    int splitPpm,
    ImmutableSortedMap<String, Integer> cohortPpm,
    long generation,
    boolean manual,
    ImmutableList<ClusterStatus> clusters,
    Verdict verdict,
    Optional<HoldCause> holdCause,
    Optional<Rejection> rejection,
    String stable,
    String actor,
    boolean lowPower,
    boolean urgent,
    Instant since,
    Optional<Instant> nextTransition) {

  /**
   * A step by its number and name.
   *
   * @param index from 1
   */
  public record StepStatus(int index, int count, String name) {}

  /** One mesh cluster's part. All move together as long as there are no waves. */
  public record ClusterStatus(
      String name,
      Phase phase,
      int step,
      int splitPpm,
      ClusterConvergence convergence,
      Verdict.State verdict) {}

  /** What {@code state} shows. */
  public static RolloutStatus of(RolloutState state) {
    Ramp ramp = state.ramp();
    int next = state.stage() instanceof Stage.Waiting(int step) ? step : state.step();
    int index = Math.min(next, ramp.last()); // the promotion belongs to the last
    Optional<StepStatus> status =
        index == 0
            ? Optional.empty()
            : Optional.of(new StepStatus(index, ramp.last(), ramp.step(index).name()));
    Verdict verdict = state.verdict();
    ImmutableList<ClusterStatus> clusters =
        state.clusters().entrySet().stream()
            .map(e ->
                new ClusterStatus(
                    e.getKey(),
                    state.phase(),
                    index,
                    state.split().weightPpm(),
                    e.getValue(),
                    verdict.state()))
            .collect(ImmutableList.toImmutableList());
    return new RolloutStatus(
        state.phase(),
        state.reason(),
        status,
        state.split().weightPpm(),
        state.split().cohortPpm(),
        state.split().generation(),
        state.manual(),
        clusters,
        verdict,
        state.hold().map(Hold::cause),
        state.rejection(),
        state.stable(),
        state.decided().actor(),
        state.lowPower(),
        state.passage().urgent().isPresent(),
        state.since(),
        state.nextTransition());
  }
}
