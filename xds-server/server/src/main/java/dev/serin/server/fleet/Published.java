package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.Proxy;
import dev.serin.ads.SnapshotSource;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.Rendered;
import dev.serin.mesh.Resource;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import java.util.Map;
import java.util.Optional;

/** One configuration of the mesh, with the services and plans that it was made from. Immutable. */
record Published(
    MeshConfig config,
    ImmutableSortedMap<ResourceName, ServiceState> services,
    ImmutableSortedMap<ResourceName, TrafficPlan> plans)
    implements SnapshotSource {

  static final Published NOTHING =
      new Published(MeshConfig.EMPTY, ImmutableSortedMap.of(), ImmutableSortedMap.of());

  /** The next configuration, sharing with this one whatever is equal. */
  Published with(
      Map<ResourceName, ServiceState> nextServices, Map<ResourceName, TrafficPlan> nextPlans) {
    return new Published(
        config.with(nextServices.values(), nextPlans.values()),
        ImmutableSortedMap.copyOf(nextServices),
        ImmutableSortedMap.copyOf(nextPlans));
  }

  @Override
  public Snapshot snapshot(Proxy proxy) {
    return config.render(proxy.group()).snapshot();
  }

  /** The version of a RouteConfiguration for a proxy; empty where the service is refused for it. */
  Optional<String> version(Proxy proxy, String routeConfiguration, ResourceName service) {
    Rendered rendered = config.render(proxy.group());
    if (rendered.refusals().stream().anyMatch(refusal -> refusal.service().equals(service))) {
      return Optional.empty();
    }
    return rendered.snapshot().resource(TypeUrls.ROUTES, routeConfiguration).map(Resource::version);
  }

  /** Whether both serve every proxy the same for this service. */
  boolean samePlan(ResourceName service, Published other) {
    return Optional.ofNullable(plans.get(service))
        .equals(Optional.ofNullable(other.plans.get(service)));
  }
}
