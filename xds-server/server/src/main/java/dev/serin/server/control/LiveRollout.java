package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import java.time.Instant;
import java.util.Optional;

/**
 * A rollout with its place in the journal.
 *
 * @param tally what its canary has answered so far
 * @param fleet the proxies of each mesh cluster as they were counted last, those out of reach among
 *     them; a new split starts with no counts of its own
 * @param seq of its last journal entry
 * @param snapshotSeq of the last entry that a stored snapshot includes; 0 is none
 * @param revision of its last change
 */
public record LiveRollout(
    RolloutState state,
    Tally tally,
    Optional<Instant> started,
    Optional<Instant> finished,
    ImmutableSortedMap<String, Integer> fleet,
    long seq,
    long snapshotSeq,
    long revision) {

  /** Neither a draft nor over: it has, or may get, traffic. */
  public boolean isRunning() {
    return state.phase() != Phase.PENDING && !state.isOver();
  }

  /** A snapshot of it is stored with its last entry. */
  LiveRollout snapshotted() {
    return new LiveRollout(state, tally, started, finished, fleet, seq, seq, revision);
  }

  LiveRollout at(long changedIn) {
    return new LiveRollout(state, tally, started, finished, fleet, seq, snapshotSeq, changedIn);
  }

  /** What a snapshot holds of it. */
  record Checkpoint(
      RolloutState state,
      Tally tally,
      Optional<Instant> started,
      Optional<Instant> finished,
      ImmutableSortedMap<String, Integer> fleet) {}

  Checkpoint checkpoint() {
    return new Checkpoint(state, tally, started, finished, fleet);
  }
}
