package dev.serin.rollout;

import java.time.Instant;

/**
 * The last decision.
 *
 * @param actor a person, or {@link #SERIN}
 * @param what happened and on which numbers, as the beginning of a sentence
 */
public record Decided(Instant at, String actor, String what) {

  /** Serin itself. */
  public static final String SERIN = "serin";
}
