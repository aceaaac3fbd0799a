package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import dev.serin.plan.TrafficPlan;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Event;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import java.util.Optional;

/**
 * Where tests put a bug into the simulated server, to see that it is found. What stands here is the
 * product; nobody outside of this package can put anything else in its place.
 */
interface Seams {

  /** Without a bug. */
  Seams NONE = new Seams() {};

  /** The machine, in life and in replay: a pure function. */
  default Decision decide(RolloutState state, Event event) {
    return Rollout.next(state, event);
  }

  /** Whether effects wait until the journal is on disk. */
  default boolean journalsFirst() {
    return true;
  }

  /** What a server that starts reads of the journal. */
  default ImmutableList<JournalEntry> recovered(ImmutableList<JournalEntry> durable) {
    return durable;
  }

  /** What a server that starts serves. */
  default Optional<TrafficPlan> served(RolloutState recovered) {
    return recovered.plan();
  }

  /** Whether the store refuses a leader that another one has replaced. */
  default boolean fences() {
    return true;
  }

  /** Whether a proxy is sent again what it has refused. */
  default boolean sendsRefusedAgain() {
    return false;
  }

  /** Whether a proxy's report is held against those of the others. */
  default boolean doubtsLoneReports() {
    return true;
  }
}
