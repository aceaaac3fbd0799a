package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import dev.serin.mesh.overlay.AddedCluster;
import dev.serin.mesh.overlay.Baseline;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.ClusterNames;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Places;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.RuntimeLayer;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.Split;
import dev.serin.mesh.overlay.VersionHeader;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
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
  private final ImmutableSortedSet<String> stamps;
  private final ImmutableSortedSet<String> hosts;
  private final ImmutableList<Resource> versionClusters;
  private final AddedClusters addedClusters;
  private final ImmutableSortedMap<String, ClusterRole> roles;
  private final Optional<Split> split;
  private final ServiceRouting routing;
  private final ServiceRouting routingToStable;
  private final ImmutableSortedMap<String, String> baseCopies;
  private final ImmutableList<Refusal> problems;
  private final ImmutableList<Refusal> planProblems;
  private final Map<Capabilities, Published> published = new ConcurrentHashMap<>();

  private ServicePart(
      ServiceState state,
      Optional<TrafficPlan> plan,
      ImmutableSortedSet<String> stamps,
      ImmutableSortedSet<String> hosts,
      @Nullable ServicePart before) {
    MeshService service = state.service();
    this.state = state;
    this.plan = plan;
    this.stamps = stamps;
    this.hosts = hosts;
    ImmutableList<String> wrong = plan.map(state::problems).orElse(ImmutableList.of());
    this.planProblems =
        wrong.stream()
            .map(problem -> new Refusal(name(), problem))
            .collect(ImmutableList.toImmutableList());
    this.problems = allProblems();
    this.split = wrong.isEmpty() ? plan.map(p -> Split.of(service, p)) : Optional.empty();
    boolean sameService = before != null && before.state.service().equals(service);
    Optional<Baseline> baseline = split.flatMap(Split::baseline);
    this.versionClusters =
        sameService
                && Objects.requireNonNull(before).split.flatMap(Split::baseline).equals(baseline)
            ? before.versionClusters
            : versionClusters(service, baseline);
    ImmutableList<AddedCluster> added =
        ImmutableList.<AddedCluster>builder()
            .addAll(split.map(Split::added).orElse(ImmutableList.of()))
            .addAll(ServiceRouting.added(service, stamps))
            .build();
    this.addedClusters =
        sameService && Objects.requireNonNull(before).addedClusters.clusters().equals(added)
            ? before.addedClusters
            : AddedClusters.of(service, added);
    ImmutableSortedMap<String, ClusterRole> allRoles = roles(service, added);
    this.roles = before != null && before.roles.equals(allRoles) ? before.roles : allRoles;
    this.routing = ServiceRouting.of(service, state.stable(), split.map(Split::plan), stamps);
    this.routingToStable = routing.withoutSplit();
    this.baseCopies = baseCopies(service, added);
  }

  /**
   * Returns {@code before} itself when nothing changed.
   *
   * @param stamps the versions of other services whose choice it follows
   */
  static ServicePart of(
      ServiceState state,
      Optional<TrafficPlan> plan,
      ImmutableSortedSet<String> stamps,
      ImmutableSortedSet<String> hosts,
      @Nullable ServicePart before) {
    return before != null
            && before.state.equals(state)
            && before.plan.equals(plan)
            && before.stamps.equals(stamps)
            && before.hosts.equals(hosts)
        ? before
        : new ServicePart(state, plan, stamps, hosts, before);
  }

  ResourceName name() {
    return state.service().name();
  }

  int port() {
    return state.service().port();
  }

  /** Whether routes of bases that lead to it stay as they are. */
  boolean isDetached() {
    return state.isDetached();
  }

  ImmutableSortedSet<String> hosts() {
    return hosts;
  }

  /** Whether it has a virtual host. */
  boolean isPublished() {
    return !hosts.isEmpty();
  }

  /**
   * Clusters and endpoints of every version; a step of a rollout leaves them alone. A rollout with
   * a control group takes endpoints from stable's for its time.
   */
  ImmutableList<Resource> versionClusters() {
    return versionClusters;
  }

  /** Clusters and endpoints that the plan needs besides those of the versions. */
  ImmutableList<Resource> addedClusters() {
    return addedClusters.resources();
  }

  /** What each cluster stands for, ours or the base's. */
  ImmutableSortedMap<String, ClusterRole> roles() {
    return roles;
  }

  ImmutableList<Refusal> problems() {
    return problems;
  }

  /** Those of them for which no proxy has the plan. */
  ImmutableList<Refusal> planProblems() {
    return planProblems;
  }

  Places places() {
    return split.map(Split::places).orElse(Places.NONE);
  }

  Published published(Capabilities capabilities) {
    return published.computeIfAbsent(capabilities.among(places()), this::publish);
  }

  private Published publish(Capabilities capabilities) {
    RouteConfiguration base = RouteConfiguration.newBuilder().addVirtualHosts(baseHost()).build();
    Overlay.Result<RouteConfiguration> overlaid =
        Overlay.apply(base, ImmutableList.of(routing()), capabilities, HttpFilters.PUBLISHED);
    return new Published(
        overlaid.routes().getVirtualHosts(0),
        Encoding.bytes(
            RouteConfiguration.newBuilder()
                .addVirtualHosts(overlaid.routes().getVirtualHosts(0))
                .build()),
        overlaid.refusals());
  }

  /** The weights of the rollout for proxies that take them from the runtime layer. */
  ImmutableSortedMap<String, Integer> runtime() {
    return split.map(RuntimeLayer::weights).orElse(ImmutableSortedMap.of());
  }

  /** How routes of a base that lead to it are found, and where they lead then. */
  ServiceRouting routing() {
    return routing;
  }

  /** The same without the split, for proxies that cannot have it. */
  ServiceRouting routingToStable() {
    return routingToStable;
  }

  /** The clusters that are to be copies of a base's own, which these are. */
  ImmutableSortedMap<String, String> baseCopies() {
    return baseCopies;
  }

  private static ImmutableSortedMap<String, String> baseCopies(
      MeshService service, ImmutableList<AddedCluster> added) {
    TreeMap<String, String> originals = new TreeMap<>();
    for (AddedCluster cluster : added) {
      if (cluster instanceof AddedCluster.Copy copy
          && service.versions().get(copy.version()) instanceof Backend.EnvoyCluster base) {
        originals.put(copy.name(), base.cluster());
      }
    }
    return ImmutableSortedMap.copyOf(originals);
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

  private ImmutableList<Refusal> allProblems() {
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
    all.addAll(planProblems);
    if (plan.isPresent() && !isPublished() && !isInBase(state.stable())) {
      all.add(
          new Refusal(
              name(), "no published route leads to it (expected: hosts and port of its own)"));
    }
    return all.build();
  }

  private boolean isInBase(String version) {
    return state.service().versions().get(version) instanceof Backend.EnvoyCluster;
  }

  private static ImmutableList<Resource> versionClusters(
      MeshService service, Optional<Baseline> baseline) {
    ImmutableList.Builder<Resource> resources = ImmutableList.builder();
    service
        .versions()
        .forEach((version, backend) ->
            resources.addAll(
                ServiceClusters.render(
                    service,
                    baseline.map(part -> part.backend(service, version)).orElse(backend),
                    ClusterNames.cluster(service.name(), version))));
    return resources.build();
  }

  private static ImmutableSortedMap<String, ClusterRole> roles(
      MeshService service, ImmutableList<AddedCluster> added) {
    TreeMap<String, ClusterRole> roles = new TreeMap<>();
    for (AddedCluster cluster : added) {
      roles.put(
          cluster.name(),
          new ClusterRole(
              service.name(),
              cluster.version(),
              cluster.cohort(),
              cluster instanceof AddedCluster.Fallback));
    }
    for (String version : service.versions().keySet()) {
      roles.putIfAbsent(
          ClusterNames.splitCluster(service, version),
          new ClusterRole(service.name(), version, Optional.empty()));
    }
    return ImmutableSortedMap.copyOf(roles);
  }

  private record AddedClusters(
      ImmutableList<AddedCluster> clusters, ImmutableList<Resource> resources) {

    static AddedClusters of(MeshService service, ImmutableList<AddedCluster> clusters) {
      ImmutableList.Builder<Resource> resources = ImmutableList.builder();
      for (AddedCluster cluster : clusters) {
        resources.addAll(
            switch (cluster) {
              case AddedCluster.Copy copy ->
                  ServiceClusters.render(service, copy.version(), copy.name());
              case AddedCluster.Part part ->
                  ServiceClusters.render(
                      service, new Backend.Endpoints(part.endpoints()), part.name());
              case AddedCluster.Fallback fallback ->
                  ImmutableList.of(ServiceClusters.fallback(fallback));
            });
      }
      return new AddedClusters(clusters, resources.build());
    }
  }
}
