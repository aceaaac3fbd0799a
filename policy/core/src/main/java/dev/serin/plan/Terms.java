package dev.serin.plan;

import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.policy.Treatment;
import dev.serin.policy.Variants;

/**
 * What holds beside the canary's shares for as long as a split is in force.
 *
 * @param variants fixed shares of further versions
 * @param excluded cohorts whose requests stay on stable, whatever other cohort they are in
 * @param treatment of the step in force
 */
public record Terms(Variants variants, ImmutableSortedSet<String> excluded, Treatment treatment) {

  public static final Terms NONE =
      new Terms(Variants.NONE, ImmutableSortedSet.of(), Treatment.NONE);

  /** What was written before there were terms had none. */
  public static Terms absent() {
    return NONE;
  }

  /** Whether a request, or a copy of one, can reach a version besides canary and stable by them. */
  public boolean expose() {
    return !variants.equals(Variants.NONE) || treatment.mirror().isPresent();
  }

  /** Whether {@code other} allows all that these do. */
  public boolean areWithin(Terms other) {
    return treatment.isWithin(other.treatment)
        && variants.both(other.variants).equals(variants)
        && excluded.containsAll(other.excluded);
  }

  /** What both allow. */
  public Terms both(Terms other) {
    return new Terms(
        variants.both(other.variants),
        ImmutableSortedSet.copyOf(Sets.union(excluded, other.excluded)),
        treatment.both(other.treatment));
  }

  /** Without what lasts for a step. */
  public Terms betweenSteps() {
    return new Terms(variants, excluded, Treatment.NONE);
  }

  /** For a split that sends everyone to stable. */
  public Terms atZero() {
    return new Terms(Variants.NONE, excluded, Treatment.NONE);
  }
}
