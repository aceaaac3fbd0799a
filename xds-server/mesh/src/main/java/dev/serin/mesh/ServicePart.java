package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.ClusterNames;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.Split;
import dev.serin.mesh.overlay.VersionHeader;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/**
 * What one service contributes to the configuration. Kept from one {@link MeshConfig} to the next
 * while nothing about the service changes, and its encoded bytes with it.
 */
final class ServicePart {

  /** The virtual host, encoded as that field of a RouteConfiguration. */
  record Published(VirtualHost host, ByteString field, ImmutableList<Refusal> refusals) {}

  private final ServiceState state;
  private final Optional<TrafficPlan> plan;
  private final ImmutableSortedSet<String> hosts;
  private final ImmutableList<Resource> versionClusters;
  private final CohortClusters cohortClusters;
  private final ImmutableSortedMap<String, ClusterRole> roles;
  private final Optional<Split> split;
  private final ImmutableList<Refusal> problems;
  private final Map<Capabilities, Published> published = new ConcurrentHashMap<>();

  private ServicePart(
      ServiceState state,
      Optional<TrafficPlan> plan,
      ImmutableSortedSet<String> hosts,
      @Nullable ServicePart before) {
    MeshService service = state.service();
    this.state = state;
    this.plan = plan;
    this.hosts = hosts;
    ImmutableList<String> wrong =
        plan.map(present -> Split.problems(service, present)).orElse(ImmutableList.of());
    this.problems = problems(wrong);
    this.split = wrong.isEmpty() ? plan.map(p -> Split.of(service, p)) : Optional.empty();
    boolean sameService = before != null && before.state.service().equals(service);
    this.versionClusters =
        sameService ? Objects.requireNonNull(before).versionClusters : versionClusters(service);
    ImmutableSortedMap<String, ClusterRole> cohortRoles =
        split.map(ServicePart::cohortRoles).orElse(ImmutableSortedMap.of());
    this.cohortClusters =
        sameService && Objects.requireNonNull(before).cohortClusters.roles().equals(cohortRoles)
            ? before.cohortClusters
            : CohortClusters.of(service, cohortRoles);
    ImmutableSortedMap<String, ClusterRole> allRoles = roles(service, cohortRoles);
    this.roles = before != null && before.roles.equals(allRoles) ? before.roles : allRoles;
  }

  /** Returns {@code before} itself when nothing changed. */
  static ServicePart of(
      ServiceState state,
      Optional<TrafficPlan> plan,
      ImmutableSortedSet<String> hosts,
      @Nullable ServicePart before) {
    return before != null
            && before.state.equals(state)
            && before.plan.equals(plan)
            && before.hosts.equals(hosts)
        ? before
        : new ServicePart(state, plan, hosts, before);
  }

  ResourceName name() {
    return state.service().name();
  }

  int port() {
    return state.service().port();
  }

  ImmutableSortedSet<String> hosts() {
    return hosts;
  }

  /** Whether it has a virtual host. */
  boolean isPublished() {
    return !hosts.isEmpty();
  }

  /** Clusters and endpoints of every version; a step of a rollout leaves them alone. */
  ImmutableList<Resource> versionClusters() {
    return versionClusters;
  }

  /** Clusters and endpoints of the cohorts that the plan names. */
  ImmutableList<Resource> cohortClusters() {
    return cohortClusters.resources();
  }

  /** What each cluster stands for, ours or the base's. */
  ImmutableSortedMap<String, ClusterRole> roles() {
    return roles;
  }

  ImmutableList<Refusal> problems() {
    return problems;
  }

  ImmutableSortedSet<String> regions() {
    return split.map(Split::regions).orElse(ImmutableSortedSet.of());
  }

  Published published(Capabilities capabilities) {
    return published.computeIfAbsent(capabilities.amongRegions(regions()), this::publish);
  }

  private Published publish(Capabilities capabilities) {
    RouteConfiguration base = RouteConfiguration.newBuilder().addVirtualHosts(baseHost()).build();
    Overlay.Result<RouteConfiguration> overlaid =
        Overlay.apply(base, ImmutableList.of(routing()), capabilities);
    return new Published(
        overlaid.routes().getVirtualHosts(0),
        Encoding.bytes(overlaid.routes()),
        overlaid.refusals());
  }

  private ServiceRouting routing() {
    return ServiceRouting.of(state.service(), state.stable(), split.map(Split::plan));
  }

  private VirtualHost baseHost() {
    String name = ClusterNames.service(name());
    VirtualHost.Builder host = VirtualHost.newBuilder().setName(name);
    hosts.forEach(h -> host.addAllDomains(PublishedHosts.domains(h, port())));
    return host.addRoutes(
            Route.newBuilder()
                .setName(name)
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(
                    RouteAction.newBuilder()
                        .setCluster(ClusterNames.splitCluster(state.service(), stable()))
                        .setTimeout(ServiceClusters.duration(state.service().upstream().timeout())))
                .addRequestHeadersToAdd(VersionHeader.of(stable()))
                .addResponseHeadersToAdd(VersionHeader.of(stable())))
        .build();
  }

  /** A plan's own stable version goes before that of the service: they move one after the other. */
  private String stable() {
    return split.map(s -> s.plan().stable()).orElse(state.stable());
  }

  private ImmutableList<Refusal> problems(ImmutableList<String> ofPlan) {
    ImmutableList.Builder<Refusal> all = ImmutableList.builder();
    if (!state.service().versions().containsKey(state.stable())) {
      all.add(
          new Refusal(
              name(),
              "stable: "
                  + state.stable()
                  + " (expected: one of "
                  + state.service().versions().keySet()
                  + ")"));
    }
    ofPlan.forEach(problem -> all.add(new Refusal(name(), problem)));
    if (plan.isPresent() && !isPublished()) {
      all.add(
          new Refusal(
              name(), "no published route leads to it (expected: hosts and port of its own)"));
    }
    return all.build();
  }

  private static ImmutableList<Resource> versionClusters(MeshService service) {
    ImmutableList.Builder<Resource> resources = ImmutableList.builder();
    for (String version : service.versions().keySet()) {
      resources.addAll(
          ServiceClusters.render(service, version, ClusterNames.cluster(service.name(), version)));
    }
    return resources.build();
  }

  private static ImmutableSortedMap<String, ClusterRole> roles(
      MeshService service, ImmutableSortedMap<String, ClusterRole> ofCohorts) {
    TreeMap<String, ClusterRole> roles = new TreeMap<>(ofCohorts);
    for (String version : service.versions().keySet()) {
      roles.putIfAbsent(
          ClusterNames.splitCluster(service, version),
          new ClusterRole(service.name(), version, Optional.empty()));
    }
    return ImmutableSortedMap.copyOf(roles);
  }

  private static ImmutableSortedMap<String, ClusterRole> cohortRoles(Split split) {
    ResourceName service = split.plan().service();
    ImmutableSortedMap.Builder<String, ClusterRole> roles = ImmutableSortedMap.naturalOrder();
    split
        .cohortArms()
        .forEach((cohort, arms) -> {
          roles.put(
              arms.canary(), new ClusterRole(service, split.plan().canary(), Optional.of(cohort)));
          roles.put(
              arms.stable(), new ClusterRole(service, split.plan().stable(), Optional.of(cohort)));
        });
    return roles.build();
  }

  private record CohortClusters(
      ImmutableSortedMap<String, ClusterRole> roles, ImmutableList<Resource> resources) {

    static CohortClusters of(MeshService service, ImmutableSortedMap<String, ClusterRole> roles) {
      ImmutableList.Builder<Resource> resources = ImmutableList.builder();
      roles.forEach((cluster, role) ->
          resources.addAll(ServiceClusters.render(service, role.version(), cluster)));
      return new CohortClusters(roles, resources.build());
    }
  }
}
