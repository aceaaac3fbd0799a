package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.Rule.Requirement;
import dev.serin.mesh.overlay.Rule.Share;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.MeshService;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import java.util.Collection;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * Where the requests of one service go, and the names under which a base's routes lead to it.
 * Immutable.
 */
public final class ServiceRouting {
  private final ResourceName service;
  private final ImmutableSortedSet<String> anchors;
  private final ImmutableSortedSet<String> clusters;
  private final String stable;
  private final Optional<Split> split;
  private final ImmutableList<Rule> follows;

  private ServiceRouting(
      ResourceName service,
      ImmutableSortedSet<String> anchors,
      ImmutableSortedSet<String> clusters,
      String stable,
      Optional<Split> split,
      ImmutableList<Rule> follows) {
    this.service = service;
    this.anchors = anchors;
    this.clusters = clusters;
    this.stable = stable;
    this.split = split;
    this.follows = follows;
  }

  /**
   * Names the clusters of a service.
   *
   * @param stable its present stable version; one of the service's
   * @param plan has no {@link Split#problems}; its own stable version goes before that of the
   *     service, since they move one after the other
   * @param stamps the versions of other services whose choice this one follows: {@link #stamps}
   */
  public static ServiceRouting of(
      MeshService service, String stable, Optional<TrafficPlan> plan, Collection<String> stamps) {
    String present = plan.map(TrafficPlan::stable).orElse(stable);
    String cluster = ClusterNames.splitCluster(service, present);
    return new ServiceRouting(
        service.name(),
        Stream.of(service.initialStable(), present)
            .map(version -> ClusterNames.splitCluster(service, version))
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo)),
        service.versions().keySet().stream()
            .map(version -> ClusterNames.splitCluster(service, version))
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo)),
        cluster,
        plan.filter(TrafficPlan::exposesCanary).map(p -> Split.of(service, p)),
        ImmutableSortedSet.copyOf(stamps).stream()
            .map(version -> following(service, version, cluster))
            .collect(ImmutableList.toImmutableList()));
  }

  /**
   * The versions that a service is to follow down the call chain: the canaries of the plans that
   * name it.
   */
  public static ImmutableSortedSet<String> stamps(
      ResourceName service, Collection<TrafficPlan> plans) {
    if (plans.isEmpty()) {
      return ImmutableSortedSet.of();
    }
    return plans.stream()
        .filter(TrafficPlan::exposesCanary)
        .filter(plan -> plan.service().tenant().equals(service.tenant()))
        .filter(plan -> plan.conduct().follow().contains(service.name()))
        .map(TrafficPlan::canary)
        .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
  }

  /** A service without the version stays on stable and hands the stamp on to those after it. */
  private static Rule following(MeshService service, String version, String stable) {
    boolean hasIt = service.versions().containsKey(version);
    String own = ClusterNames.splitCluster(service, version);
    return new Rule(
        "|chain/" + version,
        ImmutableList.of(new Requirement.Header(VersionHeader.NAME, new TextMatch.Exact(version))),
        ImmutableList.of(
            hasIt
                ? new Share(
                    Optional.of(version),
                    ClusterNames.chainCluster(service.name(), version),
                    own,
                    Ppm.ALL,
                    Ppm.ALL,
                    false)
                : new Share(Optional.empty(), stable, stable, Ppm.ALL, Ppm.ALL, false)),
        Optional.empty(),
        false);
  }

  /** The clusters that a service needs to follow versions of others. */
  public static ImmutableList<AddedCluster> added(MeshService service, Collection<String> stamps) {
    return ImmutableSortedSet.copyOf(stamps).stream()
        .filter(service.versions()::containsKey)
        .map(version ->
            new AddedCluster.Copy(
                ClusterNames.chainCluster(service.name(), version),
                version,
                Optional.of(Split.CHAIN)))
        .collect(ImmutableList.toImmutableList());
  }

  public ResourceName service() {
    return service;
  }

  /**
   * The clusters by which a route of a base is known to be the service's: that of its first stable
   * version, which a base written before any release names, and that of the present one.
   */
  public ImmutableSortedSet<String> anchors() {
    return anchors;
  }

  /**
   * The clusters of any version of the service: a base's route that divides between them alone is
   * the service's own.
   */
  ImmutableSortedSet<String> clusters() {
    return clusters;
  }

  /** The cluster of the present stable version. */
  String stable() {
    return stable;
  }

  /**
   * How a rollout divides the requests; empty where nobody is to reach a canary: then the route is
   * the one from before the rollout, which every proxy has taken, also one that refused the split.
   */
  Optional<Split> split() {
    return split;
  }

  /** Rules before those of the split, for requests that carry the stamp of a version. */
  ImmutableList<Rule> follows() {
    return follows;
  }

  /**
   * Whether routes of a base stay as they came: nothing is divided, nobody is followed, and the
   * version that the base names is the stable one. Of many services nearly all are so at a time.
   */
  public boolean isAtRest() {
    return split.isEmpty() && follows.isEmpty() && anchors.size() == 1;
  }

  /** Whether a stamp that a client sends would be believed by this service or one that follows. */
  boolean isChained() {
    return !follows.isEmpty()
        || split.filter(s -> !s.plan().conduct().follow().isEmpty()).isPresent();
  }

  /** The same division for those who cannot tell users apart: only of a plan that gives all. */
  ServiceRouting toAll() {
    return new ServiceRouting(service, anchors, clusters, stable, split.map(Split::toAll), follows);
  }

  /** All to stable. */
  public ServiceRouting withoutSplit() {
    return new ServiceRouting(service, anchors, clusters, stable, Optional.empty(), follows);
  }
}
