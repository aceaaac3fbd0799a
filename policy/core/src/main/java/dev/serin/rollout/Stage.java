package dev.serin.rollout;

import java.time.Instant;

/**
 * Where a rollout stands on its course, whether or not a hold or a pause lies over it. The phase
 * that users see follows from the three.
 */
public sealed interface Stage {
  record Pending() implements Stage {}

  /**
   * Something stands before a step: the calendar, an approval, a hook, endpoints.
   *
   * @param step the step that waits, from 1, one more than there are for the promotion; the shares
   *     of the one before stay in force
   */
  record Waiting(int step) implements Stage {}

  /** The split has been published and the fleet has not accepted it yet. */
  record Converging(Instant since) implements Stage {}

  /**
   * The fleet has accepted the split.
   *
   * @param since the instant of convergence, moved on by what does not count: holds and pauses
   */
  record Baking(Instant since) implements Stage {}

  /** All traffic goes to the canary, and the fleet has not accepted that yet. */
  record Promoting(Instant since) implements Stage {}

  /** Promoted, and undone in one push until then. */
  record KeptWarm(Instant until) implements Stage {}

  record Succeeded() implements Stage {}

  /**
   * On the way back.
   *
   * @param since when the weight in force was sent
   */
  record RollingBack(Instant since) implements Stage {}

  record RolledBack() implements Stage {}

  record Superseded(String by) implements Stage {}
}
