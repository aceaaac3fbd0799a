package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.Proxy;
import dev.serin.ads.SnapshotSource;
import dev.serin.mesh.Attachment;
import dev.serin.mesh.Base;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.Rendered;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.Snapshot;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/** One configuration of the mesh, with the services and plans that it was made from. Immutable. */
record Published(
    MeshConfig config,
    ImmutableSortedMap<ResourceName, ServiceState> services,
    ImmutableSortedMap<ResourceName, TrafficPlan> plans,
    Bases bases)
    implements SnapshotSource {

  static final Published NOTHING = over(Bases.NONE);

  /** No services over these bases. */
  static Published over(Bases bases) {
    return new Published(MeshConfig.EMPTY, ImmutableSortedMap.of(), ImmutableSortedMap.of(), bases);
  }

  /** The next configuration, sharing with this one whatever is equal. */
  Published with(
      Map<ResourceName, ServiceState> nextServices, Map<ResourceName, TrafficPlan> nextPlans) {
    return new Published(
        config.with(nextServices.values(), nextPlans.values()),
        ImmutableSortedMap.copyOf(nextServices),
        ImmutableSortedMap.copyOf(nextPlans),
        bases);
  }

  /** What bases have as it came, and what services publish at their stable versions. */
  Published untouched() {
    TreeMap<ResourceName, ServiceState> states = new TreeMap<>();
    services.forEach((name, state) -> {
      if (state.service().isPublished()) {
        states.put(name, state.as(Attachment.DETACHED));
      }
    });
    return with(states, ImmutableSortedMap.of());
  }

  /**
   * The same with a rollout at one of its steps.
   *
   * @param step 0 is before the first, and one more than the last is after the promotion
   */
  Published at(RolloutState rollout, int step) {
    ResourceName service = rollout.spec().service();
    boolean promoted = step > rollout.lastStep();
    TreeMap<ResourceName, ServiceState> states = new TreeMap<>(services);
    states.computeIfPresent(
        service,
        (name, state) ->
            state.at(promoted ? rollout.spec().to() : rollout.from()).as(Attachment.ATTACHED));
    TreeMap<ResourceName, TrafficPlan> steps = new TreeMap<>(plans);
    steps.remove(service);
    if (step > 0 && !promoted) {
      steps.put(service, rollout.planAt(step));
    }
    return with(states, steps);
  }

  @Override
  public Snapshot snapshot(Proxy proxy) {
    return rendered(proxy).snapshot();
  }

  Rendered rendered(Proxy proxy) {
    return config.render(proxy.group(), bases.of(proxy));
  }

  /** What two bases of a proxy, or a base and the services, both have. */
  ImmutableSortedSet<String> clashes(Proxy proxy) {
    return config.clashes(proxy.group(), bases.of(proxy));
  }

  /** The resources that say where requests of a service go, of all proxies together. */
  ImmutableSet<ResourceKey> tables(ResourceName service) {
    return Stream.concat(Stream.of(Base.NONE), bases.inUse().stream())
        .flatMap(base -> config.routeTables(service, base, true).stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  /** Those of them that this proxy may ask for. */
  ImmutableSet<ResourceKey> tables(ResourceName service, Proxy proxy) {
    return config.routeTables(service, bases.of(proxy), proxy.group().layer());
  }

  /** Whether a proxy is to have the service in this resource; not where it is refused for it. */
  boolean isFor(Proxy proxy, ResourceKey table, ResourceName service) {
    return tables(service, proxy).contains(table)
        && rendered(proxy).refusals().stream()
            .noneMatch(refusal -> refusal.service().equals(service));
  }

  /**
   * Whether this is what proxies like that were, or are, served under the name. What bases have
   * changes without a word of ours: so what was laid over them is remembered by its version.
   */
  boolean has(Proxy proxy, ResourceKey table, String version) {
    return config.hasMade(table, version)
        || snapshot(proxy)
            .resource(table.typeUrl(), table.name())
            .filter(resource -> resource.version().equals(version))
            .isPresent();
  }

  /** Whether both serve every proxy the same for this service. */
  boolean samePlan(ResourceName service, Published other) {
    return Optional.ofNullable(plans.get(service))
        .equals(Optional.ofNullable(other.plans.get(service)));
  }
}
