package dev.serin.policy;

import com.google.common.collect.ImmutableSortedSet;

/**
 * Who is told what of a rollout.
 *
 * @param channel the name of a Channel of the same tenant
 * @param events never empty
 */
public record Subscription(String channel, ImmutableSortedSet<Event> events) {

  /** What people are told. */
  public enum Event {
    STARTED,
    ADVANCED,
    HELD,
    ROLLED_BACK,
    PROMOTED,
    APPROVAL_NEEDED,
    UNREACHED
  }

  public Subscription {
    if (events.isEmpty()) {
      throw new IllegalArgumentException("events: [] (expected: at least one)");
    }
  }
}
