package dev.serin.policy;

import com.google.common.collect.ImmutableSortedSet;
import java.time.Duration;

/**
 * People who have to agree before a step is entered. Once given, an approval holds for the rest of
 * the rollout.
 *
 * @param by the roles whose members may approve; empty is everybody
 * @param minimum how many different people, 1..20
 * @param timeout how long they are waited for
 * @param onTimeout what happens then
 */
public record Approval(
    ImmutableSortedSet<String> by, int minimum, Duration timeout, CanaryPolicy.Exit onTimeout) {

  /** More people than this are no gate but a wall. */
  public static final int MOST_PEOPLE = 20;

  /** One person of any role within a day, else hold. */
  public static final Approval DEFAULT =
      new Approval(ImmutableSortedSet.of(), 1, Duration.ofHours(24), new CanaryPolicy.Exit.Hold());

  public Approval {
    if (minimum < 1 || minimum > MOST_PEOPLE) {
      throw new IllegalArgumentException(
          "minimum: " + minimum + " (expected: 1.." + MOST_PEOPLE + ")");
    }
    if (timeout.isNegative() || timeout.isZero()) {
      throw new IllegalArgumentException("timeout: " + timeout + " (expected: above 0s)");
    }
  }
}
