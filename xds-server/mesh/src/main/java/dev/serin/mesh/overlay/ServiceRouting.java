package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the requests of one service go, and the names under which a base's routes lead to it.
 *
 * @param anchors the clusters by which a route of a base is known to be the service's: that of its
 *     first stable version, which a base written before any release names, and that of the present
 *     one
 * @param clusters those of any version of the service: a base's route that divides between them
 *     alone is the service's own
 * @param stable the cluster of the present stable version
 * @param split how a rollout divides the requests; empty where nobody is to reach a canary: then
 *     the route is the one from before the rollout, which every proxy has taken, also one that
 *     refused the split
 */
public record ServiceRouting(
    ResourceName service,
    ImmutableSortedSet<String> anchors,
    ImmutableSortedSet<String> clusters,
    String stable,
    Optional<Split> split) {

  /**
   * Names the clusters of a service.
   *
   * @param stable its present stable version; one of the service's
   * @param plan has no {@link Split#problems}; its own stable version goes before that of the
   *     service, since they move one after the other
   */
  public static ServiceRouting of(MeshService service, String stable, Optional<TrafficPlan> plan) {
    String present = plan.map(TrafficPlan::stable).orElse(stable);
    return new ServiceRouting(
        service.name(),
        Stream.of(service.initialStable(), present)
            .map(version -> ClusterNames.splitCluster(service, version))
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo)),
        service.versions().keySet().stream()
            .map(version -> ClusterNames.splitCluster(service, version))
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo)),
        ClusterNames.splitCluster(service, present),
        plan.filter(TrafficPlan::exposesCanary).map(p -> Split.of(service, p)));
  }

  /** The same division for those who cannot tell users apart: only of a plan that gives all. */
  ServiceRouting toAll() {
    return new ServiceRouting(service, anchors, clusters, stable, split.map(Split::toAll));
  }

  /** All to stable. */
  ServiceRouting withoutSplit() {
    return new ServiceRouting(service, anchors, clusters, stable, Optional.empty());
  }
}
