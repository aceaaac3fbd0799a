package dev.serin.rollout;

import java.time.Instant;
import java.util.Optional;

/**
 * Something outside of a rollout that speaks against its growth. It stops nothing else: bakes,
 * guards, shrinking and rollbacks go on.
 *
 * @param detail as a clause with its numbers: what it is, and what it waits for
 * @param until when it ends by itself; empty where nobody can tell
 */
public record Block(Source source, String detail, Optional<Instant> until) {

  /** What speaks. */
  public enum Source {
    /** A freeze, or hours in which the policy is closed. */
    CALENDAR,
    /** A rollout that has to be promoted before. */
    DEPENDENCY,
    /** The other members of a release. */
    RELEASE,
    /** Mesh clusters that come before. */
    WAVE
  }
}
