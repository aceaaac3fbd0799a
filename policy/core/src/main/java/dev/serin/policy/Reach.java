package dev.serin.policy;

import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalInt;

/**
 * How far a rollout goes, and after whom.
 *
 * @param upToPpm the weight that it goes no further than by itself; empty is to the end
 * @param dependsOn names of rollouts of the same tenant that have to be promoted first
 * @param observe judge only: whatever else divides the traffic, nothing of it is changed
 */
public record Reach(OptionalInt upToPpm, ImmutableSortedSet<String> dependsOn, boolean observe) {

  /** To the end, after nobody. */
  public static final Reach WHOLE = new Reach(OptionalInt.empty(), ImmutableSortedSet.of(), false);

  public Reach {
    upToPpm.ifPresent(ppm -> Ppm.require("upTo", ppm));
  }

  /** What was written before rollouts had a reach goes to the end. */
  public static Reach absent() {
    return WHOLE;
  }
}
