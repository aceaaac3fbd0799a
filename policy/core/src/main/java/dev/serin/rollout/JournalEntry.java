package dev.serin.rollout;

import dev.serin.policy.ResourceName;
import java.time.Instant;

/**
 * One event that changed a rollout, and what came of it.
 *
 * @param seq counts a rollout's entries from 1, without a gap
 */
public record JournalEntry(
    ResourceName rollout, long seq, Instant at, Event event, Outcome outcome) {

  /** What the audit log shows, and what a replay must come to. */
  public record Outcome(Phase phase, int step, int weightPpm, long generation, String reason) {
    static Outcome of(RolloutState state) {
      return new Outcome(
          state.phase(),
          state.step(),
          state.split().weightPpm(),
          state.split().generation(),
          state.reason());
    }
  }

  /** The entry to append before the effects of {@code decision} are carried out. */
  public static JournalEntry of(long seq, Event event, Decision decision) {
    return new JournalEntry(
        decision.state().spec().name(), seq, event.at(), event, Outcome.of(decision.state()));
  }
}
