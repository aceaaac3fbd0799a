package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import java.util.List;

/**
 * A plan together with the Envoy clusters of the versions it divides traffic between.
 *
 * @param arms of the randomised split
 * @param cohortArms of each cohort that the plan names
 */
public record Split(TrafficPlan plan, Arms arms, ImmutableSortedMap<String, Arms> cohortArms) {

  /** What is wrong with a plan for this service; empty when {@link #of} can be called. */
  public static ImmutableList<String> problems(MeshService service, TrafficPlan plan) {
    ImmutableList.Builder<String> problems = ImmutableList.builder();
    for (String version : List.of(plan.canary(), plan.stable())) {
      if (!service.versions().containsKey(version)) {
        problems.add(
            "version "
                + version
                + " of rollout "
                + plan.rollout()
                + " (expected: one of "
                + service.versions().keySet()
                + ")");
      } else if (!plan.cohortPpm().isEmpty()
          && service.versions().get(version) instanceof Backend.EnvoyCluster base) {
        problems.add(
            "cohorts "
                + plan.cohortPpm().keySet()
                + " with version "
                + version
                + " in the base's cluster "
                + base.cluster()
                + " (expected: a version that Serin publishes, since cohort traffic needs clusters"
                + " of its own)");
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
    return problems.build();
  }

  /** Names the clusters of a plan that has no {@link #problems}. */
  public static Split of(MeshService service, TrafficPlan plan) {
    ImmutableSortedMap.Builder<String, Arms> cohorts = ImmutableSortedMap.naturalOrder();
    for (String cohort : plan.cohortPpm().keySet()) {
      cohorts.put(
          cohort,
          new Arms(
              ClusterNames.cohortCluster(service.name(), plan.canary(), cohort),
              ClusterNames.cohortCluster(service.name(), plan.stable(), cohort)));
    }
    return new Split(
        plan,
        new Arms(
            ClusterNames.splitCluster(service, plan.canary()),
            ClusterNames.splitCluster(service, plan.stable())),
        cohorts.build());
  }

  /** The same division for those who cannot tell users apart: only of a plan that gives all. */
  Split toAll() {
    return new Split(plan.toAll(), arms, ImmutableSortedMap.of());
  }

  /** The regions that any cohort of the plan asks about. */
  public ImmutableSortedSet<String> regions() {
    return plan.cohorts().values().stream()
        .flatMap(cohort -> cohort.conditions().stream())
        .filter(Cohort.Condition.ProxyRegion.class::isInstance)
        .map(condition -> ((Cohort.Condition.ProxyRegion) condition).region())
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }
}
