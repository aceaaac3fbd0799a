package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import java.util.List;

/**
 * A rollout's history read back. An event that left the state as it was needs no entry, so equal
 * states are how a writer knows what to leave out.
 */
public final class Journal {

  private Journal() {}

  /** The state after {@code entries}, applied in their order to a snapshot or the first state. */
  public static RolloutState replay(RolloutState from, List<JournalEntry> entries) {
    RolloutState state = from;
    for (JournalEntry entry : entries) {
      state = Rollout.next(state, entry.event()).state();
    }
    return state;
  }

  /**
   * Where a replay comes to something else than was written, or the numbering has a gap: one
   * sentence for each. Empty is as it should be; anything else means that the deciding code changed
   * under a running rollout, or that the journal was damaged.
   */
  public static ImmutableList<String> divergences(RolloutState from, List<JournalEntry> entries) {
    ImmutableList.Builder<String> found = ImmutableList.builder();
    RolloutState state = from;
    long expected = entries.isEmpty() ? 0 : entries.getFirst().seq();
    for (JournalEntry entry : entries) {
      if (entry.seq() != expected) {
        found.add("entry %d (expected: %d)".formatted(entry.seq(), expected));
      }
      expected = entry.seq() + 1;
      state = Rollout.next(state, entry.event()).state();
      JournalEntry.Outcome now = JournalEntry.Outcome.of(state);
      if (!now.equals(entry.outcome())) {
        found.add("entry %d: %s (expected: %s)".formatted(entry.seq(), now, entry.outcome()));
      }
    }
    return found.build();
  }
}
