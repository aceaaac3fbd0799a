package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;
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
 */
public record Step(
    String name,
    OptionalInt weightPpm,
    ImmutableSortedMap<String, Integer> cohortPpm,
    Duration bake,
    long leastCanaryRequests,
    Treatment treatment) {

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
    if (weightPpm.isEmpty() && cohortPpm.isEmpty() && treatment.isNone() && bake.isZero()) {
      throw new IllegalArgumentException("step " + name + " names neither a change nor a bake");
    }
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
