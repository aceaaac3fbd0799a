package dev.serin.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import dev.serin.policy.Cohort;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;

/**
 * Where one service's requests go at one moment: the output of a rollout and the input of the
 * overlay.
 *
 * <p>{@code weightPpm} is the canary's share of the requests that no cohort catches. A cohort's
 * effective share is the larger of its own and {@code weightPpm}; a cohort that is absent from
 * {@code cohortPpm}, or at 0, belongs to the split. Where cohorts overlap the larger effective
 * share wins, then the name.
 *
 * @param rollout whose plan this is
 * @param stable the version that keeps the rest
 * @param canary the version that is released
 * @param cohorts the definitions of the cohorts that {@code cohortPpm} names
 * @param sticky tried in order; empty is a draw per request
 * @param salt of the sticky hash: one per service, so that two services' canary users are
 *     independent
 * @param generation counts the splits of a rollout: evidence of one generation never counts for
 *     another
 */
public record TrafficPlan(
    ResourceName rollout,
    ResourceName service,
    String stable,
    String canary,
    int weightPpm,
    ImmutableSortedMap<String, Integer> cohortPpm,
    ImmutableSortedMap<String, Cohort> cohorts,
    ImmutableList<StickySource> sticky,
    String salt,
    long generation) {

  public TrafficPlan {
    Ppm.require("weight of " + rollout, weightPpm);
    cohortPpm.forEach((cohort, ppm) -> Ppm.require("cohort " + cohort + " of " + rollout, ppm));
    if (!cohorts.keySet().containsAll(cohortPpm.keySet())) {
      throw new IllegalArgumentException(
          "cohorts " + cohortPpm.keySet() + " (expected: of " + cohorts.keySet() + ")");
    }
  }

  /** The canary's effective share of a cohort, never below that of the split. */
  public int effectivePpm(String cohort) {
    int own = cohortPpm.getOrDefault(cohort, 0);
    return own == 0 ? weightPpm : Math.max(own, weightPpm);
  }

  /** The same for other shares of the cohorts that it names, or of fewer. */
  public TrafficPlan withShares(int weight, ImmutableSortedMap<String, Integer> shares) {
    return new TrafficPlan(
        rollout,
        service,
        stable,
        canary,
        weight,
        shares,
        ImmutableSortedMap.copyOf(Maps.filterKeys(cohorts, shares::containsKey)),
        sticky,
        salt,
        generation);
  }

  /** Everyone to the canary, without cohorts and hashes, which change nothing then. */
  public TrafficPlan toAll() {
    return new TrafficPlan(
        rollout,
        service,
        stable,
        canary,
        Ppm.ALL,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        salt,
        generation);
  }

  /** Whether any request can reach the canary. */
  public boolean exposesCanary() {
    return weightPpm > 0 || cohortPpm.values().stream().anyMatch(ppm -> ppm > 0);
  }
}
