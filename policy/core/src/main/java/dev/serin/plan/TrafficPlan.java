package dev.serin.plan;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.serin.policy.Cohort;
import dev.serin.policy.Conduct;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import java.util.OptionalInt;
import java.util.Set;

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
 * @param cohorts the definitions of the cohorts that have a share or are excluded, and of those
 *     that they name
 * @param sticky tried in order; empty is a draw per request
 * @param salt of the sticky hash: one per service, so that two services' canary users are
 *     independent
 * @param generation counts the splits of a rollout: evidence of one generation never counts for
 *     another
 * @param terms what holds beside the canary's shares; the weight and the variants' shares are at
 *     most everything. To keep every user where he is while the weight grows, the canary is listed
 *     first, then stable, then the variants by name
 * @param conduct how requests are handled, whatever the shares
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
    long generation,
    Terms terms,
    Conduct conduct) {

  public TrafficPlan {
    Ppm.require("weight of " + rollout, weightPpm);
    cohortPpm.forEach((cohort, ppm) -> Ppm.require("cohort " + cohort + " of " + rollout, ppm));
    requireDefined(cohortPpm.keySet(), cohorts.keySet());
    requireDefined(terms.excluded(), cohorts.keySet());
    cohorts.values().forEach(cohort -> requireDefined(cohort.named(), cohorts.keySet()));
    int variants = terms.variants().totalPpm();
    if (weightPpm + variants > Ppm.ALL) {
      throw new IllegalArgumentException(
          "weight %d and variants %d of %s (expected: at most 1000000 ppm together)"
              .formatted(weightPpm, variants, rollout));
    }
  }

  /** A plan that does nothing but divide requests between two versions. */
  public TrafficPlan(
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
    this(
        rollout,
        service,
        stable,
        canary,
        weightPpm,
        cohortPpm,
        cohorts,
        sticky,
        salt,
        generation,
        Terms.NONE,
        Conduct.NONE);
  }

  private static void requireDefined(Set<String> named, Set<String> defined) {
    if (!defined.containsAll(named)) {
      throw new IllegalArgumentException("cohorts " + named + " (expected: of " + defined + ")");
    }
  }

  /** The canary's effective share of a cohort, never below that of the split. */
  public int effectivePpm(String cohort) {
    int own = cohortPpm.getOrDefault(cohort, 0);
    return own == 0 ? weightPpm : Math.max(own, weightPpm);
  }

  /** Stable's share of the split: what canary and variants leave. */
  public int stablePpm() {
    return Ppm.ALL - weightPpm - terms.variants().totalPpm();
  }

  /**
   * The control group's share of the split, which is part of stable's: as large as the canary's,
   * but no larger than the part of stable's endpoints that it has, or than what stable has; empty
   * where all of stable is the control.
   */
  public OptionalInt baselinePpm() {
    OptionalInt endpoints = conduct.baselinePpm();
    return endpoints.isEmpty()
        ? endpoints
        : OptionalInt.of(Math.min(Math.min(weightPpm, endpoints.getAsInt()), stablePpm()));
  }

  /** Who has what of the split, by version. */
  public ImmutableSortedMap<String, Integer> splitPpm() {
    return ImmutableSortedMap.<String, Integer>naturalOrder()
        .putAll(terms.variants().ppm())
        .put(canary, weightPpm)
        .put(stable, stablePpm())
        .build();
  }

  /** The same for other shares of the cohorts that it names, or of fewer, and other terms. */
  public TrafficPlan withShares(
      int weight, ImmutableSortedMap<String, Integer> shares, Terms others) {
    return new TrafficPlan(
        rollout,
        service,
        stable,
        canary,
        weight,
        shares,
        definitions(cohorts, shares.keySet(), others.excluded()),
        sticky,
        salt,
        generation,
        others,
        conduct);
  }

  /** The definitions that a plan with these shares and exclusions needs. */
  public static ImmutableSortedMap<String, Cohort> definitions(
      ImmutableSortedMap<String, Cohort> all, Set<String> shared, Set<String> excluded) {
    return Cohort.closure(all, Sets.union(shared, excluded));
  }

  /** Everyone to the canary, without anything that some proxies cannot honour. */
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
        generation,
        Terms.NONE,
        Conduct.NONE);
  }

  /** Whether any request, or a copy of one, can reach another version than stable. */
  public boolean exposesCanary() {
    return weightPpm > 0 || terms.expose() || cohortPpm.values().stream().anyMatch(ppm -> ppm > 0);
  }
}
