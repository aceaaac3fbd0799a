package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.serin.ads.StagedSource.Candidate;
import dev.serin.ads.StagedSource.Lane;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.Terms;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.CanaryPolicy.Convergence;
import dev.serin.policy.ResourceName;
import dev.serin.server.fleet.KindState.Offer;
import dev.serin.server.fleet.KindState.Refusal;
import java.time.Instant;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Decides what a kind of proxies is served on the way to a target. What gives nobody more of a
 * canary, and what differs in weights alone from what the kind has accepted, it has at once. Of the
 * other changes one rollout's is tried at a time, and the others stay at what was accepted last: so
 * what a probe rejects is that rollout's. Immutable and pure.
 *
 * @param rules of the rollouts under way, by service
 */
record Lanes(Variants variants, ImmutableSortedMap<ResourceName, Convergence> rules) {

  static final Lanes NOTHING =
      new Lanes(new Variants(Published.NOTHING, ImmutableList.of()), ImmutableSortedMap.of());

  /**
   * A kind as it is seen.
   *
   * @param groups of its connected proxies, at least one
   * @param routes the RouteConfigurations that they ask for; none when that is not known yet
   * @param others the other resources with routes of rollouts that they ask for
   */
  record Sight(Set<ProxyGroup> groups, Set<String> routes, Set<ResourceKey> others) {
    boolean isKnown() {
      return !routes.isEmpty() || !others.isEmpty();
    }

    boolean asksFor(ResourceKey table) {
      return table.typeUrl().equals(TypeUrls.ROUTES)
          ? routes.contains(table.name())
          : others.contains(table);
    }
  }

  /**
   * What a kind is served, and what it has then.
   *
   * @param isUnderWay whether something is to be tried, by somebody or as soon as there is somebody
   */
  record Chosen(KindState state, Lane lane, Published current, boolean isUnderWay) {}

  Chosen choose(KindState known, Sight sight, Instant now) {
    TreeMap<ResourceName, TrafficPlan> current = new TreeMap<>();
    TreeMap<ResourceName, TrafficPlan> untried = new TreeMap<>();
    TreeMap<ResourceName, Refusal> refused = new TreeMap<>();
    variants
        .target()
        .plans()
        .forEach((service, plan) -> {
          Optional<TrafficPlan> accepted = accepted(known, plan);
          if (isHarmless(plan, accepted, sight.groups())) {
            current.put(service, plan);
            return;
          }
          accepted.ifPresent(before -> current.put(service, lowered(before, plan)));
          Refusal refusal = known.refused().get(service);
          if (refusal != null && isAlike(plan, refusal.plan(), sight.groups())) {
            refused.put(service, refusal);
          } else {
            untried.put(service, plan);
          }
        });
    Optional<Offer> offer = offer(known.offered(), untried, sight, now);
    Published served = variants.of(current);
    return new Chosen(
        new KindState(
            ImmutableSortedMap.copyOf(current), ImmutableSortedMap.copyOf(refused), offer),
        new Lane(served, offer.map(o -> candidate(o, current, untried))),
        served,
        !untried.isEmpty());
  }

  private Candidate candidate(
      Offer offer, Map<ResourceName, TrafficPlan> current, Map<ResourceName, TrafficPlan> untried) {
    TreeMap<ResourceName, TrafficPlan> plans = new TreeMap<>(current);
    plans.put(offer.service(), get(untried, offer.service()));
    int probes = get(rules, offer.service()).probe();
    return new Candidate(offer.service(), variants.of(plans), probes);
  }

  private static <T> T get(Map<ResourceName, T> map, ResourceName service) {
    T found = map.get(service);
    if (found == null) {
      throw new IllegalStateException(service + " is not among " + map.keySet());
    }
    return found;
  }

  /** What the kind has of the same release. */
  private static Optional<TrafficPlan> accepted(KindState known, TrafficPlan plan) {
    return Optional.ofNullable(known.accepted().get(plan.service()))
        .filter(before -> before.rollout().equals(plan.rollout()))
        .filter(before -> before.canary().equals(plan.canary()));
  }

  private boolean isHarmless(
      TrafficPlan plan, Optional<TrafficPlan> accepted, Collection<ProxyGroup> groups) {
    Convergence rule = rules.get(plan.service());
    return rule == null
        || rule.probe() == 0
        || accepted.filter(plan::equals).isPresent()
        || !raises(plan, accepted.orElse(null))
        || variants.differsInWeightsAlone(plan.service(), accepted, groups);
  }

  private boolean isAlike(TrafficPlan plan, TrafficPlan other, Collection<ProxyGroup> groups) {
    return plan.rollout().equals(other.rollout())
        && variants.differsInWeightsAlone(plan.service(), Optional.of(other), groups);
  }

  /** Whether anybody gets more of the canary. */
  private static boolean raises(TrafficPlan plan, @Nullable TrafficPlan before) {
    if (before == null) {
      return plan.exposesCanary();
    }
    return plan.weightPpm() > before.weightPpm()
        || !plan.terms().areWithin(before.terms())
        || Sets.union(plan.cohortPpm().keySet(), before.cohortPpm().keySet()).stream()
            .anyMatch(cohort -> plan.effectivePpm(cohort) > before.effectivePpm(cohort));
  }

  /**
   * What was accepted, as far as it is in force still: what a step lowers beside what it raises
   * waits for nobody.
   */
  private static TrafficPlan lowered(TrafficPlan accepted, TrafficPlan plan) {
    int weight = Math.min(accepted.weightPpm(), plan.weightPpm());
    ImmutableSortedMap.Builder<String, Integer> cohorts = ImmutableSortedMap.naturalOrder();
    accepted
        .cohortPpm()
        .forEach((cohort, ppm) -> {
          int least = Math.min(ppm, plan.effectivePpm(cohort));
          if (least > weight) {
            cohorts.put(cohort, least);
          }
        });
    ImmutableSortedMap<String, Integer> shares = cohorts.build();
    Terms terms = accepted.terms().both(plan.terms());
    boolean same =
        weight == accepted.weightPpm()
            && shares.equals(accepted.cohortPpm())
            && terms.equals(accepted.terms());
    return same ? accepted : accepted.withShares(weight, shares, terms);
  }

  /**
   * The change that is tried: the one that was, until its time is over and others wait. A change
   * that nobody of the kind asks for has nobody to try it, and is in nobody's way.
   */
  private Optional<Offer> offer(
      Optional<Offer> before,
      TreeMap<ResourceName, TrafficPlan> untried,
      Sight sight,
      Instant now) {
    ImmutableList<TrafficPlan> waiting =
        untried.values().stream()
            .filter(plan ->
                !sight.isKnown()
                    || variants.target().tables(plan.service()).stream().anyMatch(sight::asksFor))
            .collect(ImmutableList.toImmutableList());
    if (waiting.isEmpty()) {
      return Optional.empty();
    }
    Optional<Offer> same =
        before.filter(
            offer -> waiting.stream().anyMatch(plan -> plan.service().equals(offer.service())));
    if (same.isPresent()) {
      Offer offer = same.get();
      long generation = get(untried, offer.service()).generation();
      if (generation != offer.generation()) {
        return Optional.of(new Offer(offer.service(), generation, now));
      }
      if (waiting.size() == 1 || now.isBefore(until(offer))) {
        return same;
      }
    }
    TrafficPlan next =
        waiting.stream()
            .filter(
                plan -> before.isPresent() && plan.service().compareTo(before.get().service()) > 0)
            .findFirst()
            .orElse(waiting.getFirst());
    return Optional.of(new Offer(next.service(), next.generation(), now));
  }

  /** All resources with routes that rollouts under way change. */
  ImmutableSet<ResourceKey> tables() {
    return rules.keySet().stream()
        .flatMap(service -> variants.target().tables(service).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** When another change gets its turn although nobody has answered. */
  Instant until(Offer offer) {
    return offer.since().plus(get(rules, offer.service()).timeout());
  }
}
