package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * A plan together with the Envoy clusters of the versions it divides traffic between.
 *
 * @param arms of the randomised split
 * @param variants the clusters of the further versions of the split, by version
 * @param cohortArms of each cohort that the plan gives a share or keeps on stable
 * @param shadows the clusters that get copies of requests, by version
 * @param baseline the part of stable that the canary is compared with, where the plan wants one
 */
public record Split(
    TrafficPlan plan,
    Arms arms,
    ImmutableSortedMap<String, String> variants,
    ImmutableSortedMap<String, Arms> cohortArms,
    ImmutableSortedMap<String, String> shadows,
    Optional<Baseline> baseline) {

  /** A cohort that no policy can name: requests that follow the version of a call before. */
  public static final String CHAIN = "(chain)";

  /** A cohort that no policy can name: copies of requests, whose answers nobody waits for. */
  public static final String SHADOW = "(shadow)";

  /** A cohort that no policy can name: the part of stable that the canary is compared with. */
  public static final String BASELINE = "(baseline)";

  /** What is wrong with a plan for this service; empty when {@link #of} can be called. */
  public static ImmutableList<String> problems(MeshService service, TrafficPlan plan) {
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (String version : versions(plan)) {
      if (!service.versions().containsKey(version)) {
        problems.add(
            "version "
                + version
                + " of rollout "
                + plan.rollout()
                + " (expected: one of "
                + service.versions().keySet()
                + ")");
      }
    }
    for (String version : service.versions().keySet()) {
      for (String arm : List.of(plan.canary(), plan.stable())) {
        // Evidence comes under a cluster's name: it must be that of one version alone.
        if (!version.equals(arm)
            && !version.equals(plan.canary())
            && ClusterNames.splitCluster(service, version)
                .equals(ClusterNames.splitCluster(service, arm))) {
          problems.add(
              "versions "
                  + version
                  + " and "
                  + arm
                  + " share cluster "
                  + ClusterNames.splitCluster(service, arm)
                  + " (expected: one each)");
        }
      }
    }
    Baseline.problem(service, plan.stable(), plan.conduct()).ifPresent(problems::add);
    return problems.build();
  }

  private static ImmutableSortedSet<String> versions(TrafficPlan plan) {
    ImmutableSortedSet.Builder<String> versions =
        ImmutableSortedSet.<String>naturalOrder()
            .add(plan.canary(), plan.stable())
            .addAll(plan.terms().variants().ppm().keySet());
    plan.terms()
        .treatment()
        .mirror()
        .ifPresent(mirror -> versions.addAll(mirror.targets(plan.canary())));
    return versions.build();
  }

  /** Names the clusters of a plan that has no {@link #problems}. */
  public static Split of(MeshService service, TrafficPlan plan) {
    return new Split(
        plan,
        new Arms(
            ClusterNames.splitCluster(service, plan.canary()),
            ClusterNames.splitCluster(service, plan.stable())),
        named(
            plan.terms().variants().ppm().keySet(),
            version -> ClusterNames.splitCluster(service, version)),
        named(
            Sets.union(plan.cohortPpm().keySet(), plan.terms().excluded()),
            cohort ->
                new Arms(
                    ClusterNames.cohortCluster(service.name(), plan.canary(), cohort),
                    ClusterNames.cohortCluster(service.name(), plan.stable(), cohort))),
        named(
            plan.terms()
                .treatment()
                .mirror()
                .map(mirror -> mirror.targets(plan.canary()))
                .orElse(ImmutableList.of()),
            version -> ClusterNames.shadowCluster(service.name(), version)),
        Baseline.of(service, plan));
  }

  private static <T> ImmutableSortedMap<String, T> named(
      Iterable<String> keys, Function<String, T> value) {
    ImmutableSortedMap.Builder<String, T> named = ImmutableSortedMap.naturalOrder();
    keys.forEach(key -> named.put(key, value.apply(key)));
    return named.buildOrThrow();
  }

  /** The same division for those who cannot tell users apart: only of a plan that gives all. */
  Split toAll() {
    return new Split(
        plan.toAll(),
        arms,
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        ImmutableSortedMap.of(),
        Optional.empty());
  }

  /** Where requests for the canary go: to its cluster, or to that which falls back to stable. */
  String canaryOf(Arms of) {
    return plan.conduct().retryAtStable() ? ClusterNames.fallbackCluster(of.canary()) : of.canary();
  }

  /** The clusters that the plan needs besides those of the versions. */
  public ImmutableList<AddedCluster> added() {
    List<AddedCluster> added = new ArrayList<>();
    cohortArms.forEach((cohort, of) -> {
      if (!plan.terms().excluded().contains(cohort)) {
        added.add(new AddedCluster.Copy(of.canary(), plan.canary(), Optional.of(cohort)));
        addFallback(added, of, Optional.of(cohort));
      }
      added.add(new AddedCluster.Copy(of.stable(), plan.stable(), Optional.of(cohort)));
    });
    shadows.forEach((version, cluster) ->
        added.add(new AddedCluster.Copy(cluster, version, Optional.of(SHADOW))));
    addFallback(added, arms, Optional.empty());
    baseline.ifPresent(
        part -> added.add(new AddedCluster.Part(part.cluster(), part.version(), part.endpoints())));
    return ImmutableList.copyOf(added);
  }

  private void addFallback(List<AddedCluster> added, Arms of, Optional<String> cohort) {
    if (plan.conduct().retryAtStable()) {
      added.add(
          new AddedCluster.Fallback(canaryOf(of), plan.canary(), cohort, of.canary(), of.stable()));
    }
  }

  /** The places of proxies that any cohort of the plan asks about. */
  public Places places() {
    return Places.of(plan.cohorts().values());
  }
}
