package dev.serin.rollout;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.serin.plan.Terms;
import dev.serin.policy.Ppm;

/**
 * The shares in force.
 *
 * @param cohortPpm only cohorts with a share of their own above 0
 * @param generation counts the splits of a rollout from 1; 0 is before the first
 * @param terms what holds beside the shares
 */
public record Split(
    int weightPpm, ImmutableSortedMap<String, Integer> cohortPpm, long generation, Terms terms) {

  /** Nothing has been published. */
  public static final Split NONE = new Split(0, ImmutableSortedMap.of(), 0, Terms.NONE);

  public Split {
    Ppm.require("weight", weightPpm);
    cohortPpm.forEach((cohort, ppm) -> Ppm.require("cohort " + cohort, ppm));
  }

  /** Whether any request, or a copy of one, can reach another version than stable. */
  public boolean exposes() {
    return weightPpm > 0 || !cohortPpm.isEmpty() || terms.expose();
  }

  /** A cohort's effective share: never below that of the split. */
  public int effectivePpm(String cohort) {
    return Math.max(cohortPpm.getOrDefault(cohort, 0), weightPpm);
  }

  /** Whether anybody has more of another version than stable than under {@code other}. */
  public boolean exceeds(Split other) {
    return weightPpm > other.weightPpm
        || !terms.areWithin(other.terms)
        || Sets.union(cohortPpm.keySet(), other.cohortPpm.keySet()).stream()
            .anyMatch(cohort -> effectivePpm(cohort) > other.effectivePpm(cohort));
  }

  Split zero() {
    return new Split(0, ImmutableSortedMap.of(), generation + 1, terms.atZero());
  }

  /** A weight that is no step's: what lasts for a step ends with it. */
  Split withWeight(int ppm) {
    return new Split(
        ppm, cohortPpm, generation + 1, ppm == 0 ? terms.atZero() : terms.betweenSteps());
  }

  /** The same shares without what lasts for a step. */
  Split betweenSteps() {
    return new Split(weightPpm, cohortPpm, generation + 1, terms.betweenSteps());
  }

  /** One weight for everyone on the way back. */
  Split loweredTo(int ppm) {
    return new Split(ppm, ImmutableSortedMap.of(), generation + 1, terms.atZero());
  }

  /** Everyone, whoever was excluded, to the canary. */
  Split toAll() {
    return new Split(Ppm.ALL, cohortPpm, generation + 1, Terms.NONE);
  }

  /** What both allow, as the next generation of this split. */
  Split loweredTo(Split other) {
    ImmutableSortedMap.Builder<String, Integer> cohorts = ImmutableSortedMap.naturalOrder();
    cohortPpm.forEach((cohort, ppm) -> {
      int least = Math.min(ppm, other.cohortPpm.getOrDefault(cohort, 0));
      if (least > 0) {
        cohorts.put(cohort, least);
      }
    });
    return new Split(
        Math.min(weightPpm, other.weightPpm),
        cohorts.build(),
        generation + 1,
        terms.both(other.terms));
  }
}
