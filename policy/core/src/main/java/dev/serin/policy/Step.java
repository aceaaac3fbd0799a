package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * One step of a policy. It changes what it names; everything else carries over from the step
 * before.
 *
 * @param name for the reader; unique in the policy
 * @param weightPpm the canary's share of the requests that no cohort catches
 * @param cohortPpm the canary's share of each cohort that the step names
 * @param bake how long the step lasts at least once the fleet has converged on it
 * @param leastCanaryRequests requests that the canary must have answered in this step, cohorts
 *     included
 * @param treatment lasts for this step only
 * @param threshold what it takes to enter the step
 */
public record Step(
    String name,
    OptionalInt weightPpm,
    ImmutableSortedMap<String, Integer> cohortPpm,
    Duration bake,
    long leastCanaryRequests,
    Treatment treatment,
    Threshold threshold) {

  public Step {
    weightPpm.ifPresent(ppm -> Ppm.require("weight of step " + name, ppm));
    cohortPpm.forEach((cohort, ppm) -> Ppm.require("cohort " + cohort + " of step " + name, ppm));
    if (bake.isNegative()) {
      throw new IllegalArgumentException(
          "bake of step " + name + ": " + bake + " (expected: 0s or more)");
    }
    if (leastCanaryRequests < 0) {
      throw new IllegalArgumentException(
          "least of step " + name + ": " + leastCanaryRequests + " (expected: 0 or more)");
    }
    boolean nothing = weightPpm.isEmpty() && cohortPpm.isEmpty() && treatment.isNone();
    if (nothing && bake.isZero() && threshold.approval().isEmpty()) {
      throw new IllegalArgumentException(
          "step " + name + " names neither a change, an approval nor a bake");
    }
  }

  /** Whether there is nothing to send and nothing to wait for once it may be entered. */
  public boolean isGateOnly() {
    boolean nothing = weightPpm.isEmpty() && cohortPpm.isEmpty() && treatment.isNone();
    return nothing && bake.isZero() && leastCanaryRequests == 0;
  }

  /** The same without an approval. */
  Step granted() {
    return new Step(
        name,
        weightPpm,
        cohortPpm,
        bake,
        leastCanaryRequests,
        treatment,
        new Threshold(Optional.empty(), threshold.noReturn()));
  }

  /** A step that nobody has to agree to. */
  public Step(
      String name,
      OptionalInt weightPpm,
      ImmutableSortedMap<String, Integer> cohortPpm,
      Duration bake,
      long leastCanaryRequests,
      Treatment treatment) {
    this(name, weightPpm, cohortPpm, bake, leastCanaryRequests, treatment, Threshold.NONE);
  }

  /** A step that divides requests and does nothing else to them. */
  public Step(
      String name,
      OptionalInt weightPpm,
      ImmutableSortedMap<String, Integer> cohortPpm,
      Duration bake,
      long leastCanaryRequests) {
    this(name, weightPpm, cohortPpm, bake, leastCanaryRequests, Treatment.NONE);
  }
}
