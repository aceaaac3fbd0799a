package dev.serin.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.net.InetAddresses;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.Places;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.RuntimeLayer;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.ExecutionException;

/**
 * The configuration of the whole mesh at one moment: services and the plans that are in force.
 *
 * <p>Immutable; safe from any thread. What a group of proxies is served is computed when it is
 * first asked for. {@link #with} makes the next configuration and keeps what did not change, so a
 * new weight costs the encoding of one virtual host, and the copying of the route table it is in.
 */
public final class MeshConfig {
  /** A mesh without services. */
  public static final MeshConfig EMPTY =
      new MeshConfig(
          ImmutableMap.of(),
          PublishedHosts.NONE,
          ImmutableSortedMap.of(),
          ImmutableList.of(),
          null);

  /**
   * Proxies say themselves where their listeners bind, and every sidecar may say something else; so
   * many renderings are kept at a time.
   */
  private static final int MAX_RENDERED = 16_384;

  private static final Comparator<ServiceState> BY_NAME =
      Comparator.comparing(state -> state.service().name());

  /** In the order of their names. */
  private final ImmutableMap<ResourceName, ServicePart> services;

  private final PublishedHosts hosts;
  private final ImmutableSortedMap<Integer, PortPart> ports;
  private final ImmutableList<Refusal> problems;
  private final PublishedClusters clusters;

  /** What groups, and this configuration and the next, have in common is one object. */
  private final ConcurrentMap<String, TypeResources> shared;

  private final ConcurrentMap<Needs, Rendered> rendered =
      CacheBuilder.newBuilder().maximumSize(MAX_RENDERED).<Needs, Rendered>build().asMap();

  private final BaseOverlay overlay;

  /** By what a proxy's bases have, for as long as some proxy's have that. */
  private final Cache<Base, ConcurrentMap<Needs, Rendered>> renderedOver =
      CacheBuilder.newBuilder().weakKeys().build();

  /** The places that some plan tells apart. */
  private final Places places;

  /**
   * What a rendering depends on: groups that differ in nothing but their version or a place that
   * nobody asks about are served the same object.
   */
  private record Needs(Capabilities capabilities, boolean listens, String bindAddress) {}

  private MeshConfig(
      ImmutableMap<ResourceName, ServicePart> services,
      PublishedHosts hosts,
      ImmutableSortedMap<Integer, PortPart> ports,
      ImmutableList<Refusal> problems,
      @org.jspecify.annotations.Nullable MeshConfig before) {
    this.services = services;
    this.hosts = hosts;
    this.ports = ports;
    this.places =
        services.values().stream().map(ServicePart::places).reduce(Places.NONE, Places::and);
    this.overlay =
        before == null || before.services.isEmpty()
            ? BaseOverlay.of(services.values())
            : before.overlay.next(services.values());
    this.shared =
        before == null || before.services.isEmpty()
            ? CacheBuilder.newBuilder().weakValues().<String, TypeResources>build().asMap()
            : before.shared;
    this.clusters =
        PublishedClusters.of(services.values(), before == null ? null : before.clusters);
    this.problems =
        ImmutableList.<Refusal>builder().addAll(problems).addAll(clusters.problems()).build();
  }

  /** A configuration from nothing. Prefer {@link #with} where there is an earlier one. */
  public static MeshConfig of(Collection<ServiceState> services, Collection<TrafficPlan> plans) {
    return EMPTY.with(services, plans);
  }

  /**
   * The configuration of exactly these services and plans, which shares with this one whatever is
   * equal.
   */
  public MeshConfig with(Collection<ServiceState> states, Collection<TrafficPlan> plans) {
    ImmutableList.Builder<Refusal> problems = ImmutableList.builder();
    // Of ten thousand services in the order of their names, as a catalogue has them, each is looked
    // at a few times here at every step: by hash, and none is sorted again.
    Map<ResourceName, ServiceState> byName = LinkedHashMap.newLinkedHashMap(states.size());
    for (ServiceState state : ImmutableList.sortedCopyOf(BY_NAME, states)) {
      if (byName.putIfAbsent(state.service().name(), state) != null) {
        problems.add(new Refusal(state.service().name(), "is given twice (expected: once)"));
      }
    }
    Map<ResourceName, TrafficPlan> planOf = plansByService(plans, byName.keySet(), problems);
    PublishedHosts nextHosts =
        PublishedHosts.of(
            byName.values().stream()
                .map(ServiceState::service)
                .collect(ImmutableList.toImmutableList()),
            hosts);
    problems.addAll(nextHosts.problems());
    ImmutableList<TrafficPlan> followed =
        planOf.values().stream()
            .filter(plan -> !plan.conduct().follow().isEmpty())
            .collect(ImmutableList.toImmutableList());

    ImmutableMap.Builder<ResourceName, ServicePart> parts =
        ImmutableMap.builderWithExpectedSize(byName.size());
    TreeMap<Integer, List<ServicePart>> onPort = new TreeMap<>();
    byName.forEach((name, state) -> {
      ServicePart part =
          ServicePart.of(
              state,
              Optional.ofNullable(planOf.get(name)),
              state.stamps(followed),
              nextHosts.byService().getOrDefault(name, ImmutableSortedSet.of()),
              services.get(name));
      parts.put(name, part);
      problems.addAll(part.problems());
      if (part.isPublished()) {
        onPort.computeIfAbsent(part.port(), port -> new ArrayList<>()).add(part);
      }
    });
    ImmutableSortedMap.Builder<Integer, PortPart> nextPorts = ImmutableSortedMap.naturalOrder();
    onPort.forEach((port, on) -> nextPorts.put(port, PortPart.of(port, on, ports.get(port))));
    return new MeshConfig(
        parts.buildOrThrow(), nextHosts, nextPorts.build(), problems.build(), this);
  }

  private static Map<ResourceName, TrafficPlan> plansByService(
      Collection<TrafficPlan> plans,
      java.util.Set<ResourceName> known,
      ImmutableList.Builder<Refusal> problems) {
    TreeMap<ResourceName, TrafficPlan> byService = new TreeMap<>();
    for (TrafficPlan plan : plans) {
      if (!known.contains(plan.service())) {
        problems.add(
            new Refusal(
                plan.service(), "has rollout " + plan.rollout() + " (expected: a known service)"));
      } else if (byService.putIfAbsent(plan.service(), plan) != null) {
        problems.add(
            new Refusal(
                plan.service(),
                "has rollout "
                    + plan.rollout()
                    + " beside "
                    + byService.get(plan.service()).rollout()
                    + " (expected: one plan a service)"));
      }
    }
    return byService;
  }

  /**
   * What is wrong whatever the proxy: hosts that two services want, plans for unknown versions. The
   * rest of the configuration stands.
   */
  public ImmutableList<Refusal> problems() {
    return problems;
  }

  /** What the proxies of a group are served; one object for all groups with equal needs. */
  public Rendered render(ProxyGroup group) {
    return rendered.computeIfAbsent(needs(group), this::compute);
  }

  /** The same over what the bases of these proxies have; one object for equal bases and needs. */
  public Rendered render(ProxyGroup group, Base base) {
    if (base.isEmpty()) {
      return render(group);
    }
    try {
      return renderedOver
          .get(base, ConcurrentHashMap::new)
          .computeIfAbsent(needs(group), needs -> compute(needs, base));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private Rendered compute(Needs needs, Base base) {
    Rendered own = rendered.computeIfAbsent(needs, this::compute);
    BaseOverlay.Result overlaid = overlay.on(base, needs.capabilities());
    return new Rendered(
        base.with(own.snapshot(), overlaid.changed()),
        ImmutableList.<Refusal>builder()
            .addAll(own.refusals())
            .addAll(overlaid.refusals())
            .build());
  }

  private Needs needs(ProxyGroup group) {
    Capabilities capabilities = group.capabilities().among(places);
    boolean listens =
        switch (group.client()) {
          case ENVOY, UNKNOWN -> true;
          case GRPC -> false;
        };
    return new Needs(capabilities, listens, listens ? group.bindAddress() : "");
  }

  private Rendered compute(Needs needs) {
    ImmutableList.Builder<Resource> routes = ImmutableList.builder();
    ImmutableList.Builder<Resource> listeners = ImmutableList.builder();
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    services.values().forEach(service -> refusals.addAll(service.planProblems()));
    boolean canBind = needs.listens() && InetAddresses.isInetAddress(needs.bindAddress());
    for (PortPart port : ports.values()) {
      PortPart.Routes onPort = port.routes(needs.capabilities());
      routes.add(onPort.resource());
      refusals.addAll(onPort.refusals());
      if (canBind) {
        listeners.add(port.listener(needs.bindAddress()));
      } else if (!needs.listens()) {
        listeners.addAll(port.clientListeners());
      }
    }
    if (!canBind && needs.listens()) {
      services.values().stream()
          .filter(ServicePart::isPublished)
          .forEach(service ->
              refusals.add(
                  new Refusal(
                      service.name(),
                      "SERIN_BIND: " + needs.bindAddress() + " (expected: an IP address)")));
    }
    ImmutableList<Resource> layer =
        needs.capabilities().layer() ? ImmutableList.of(layer()) : ImmutableList.of();
    Snapshot snapshot =
        Snapshot.of(
            ImmutableSortedMap.of(
                TypeUrls.CLUSTER, clusters.clusters(),
                TypeUrls.ENDPOINTS, clusters.endpoints(),
                TypeUrls.LISTENER, shared(TypeUrls.LISTENER, listeners.build()),
                TypeUrls.ROUTES, shared(TypeUrls.ROUTES, routes.build()),
                TypeUrls.RUNTIME, shared(TypeUrls.RUNTIME, layer)));
    return new Rendered(snapshot, refusals.build());
  }

  /** The whole layer at once: what it does not name goes back to what the route tables say. */
  private Resource layer() {
    TreeMap<String, Integer> numbers = new TreeMap<>();
    services.values().forEach(service -> numbers.putAll(service.runtime()));
    return Resource.of(
        TypeUrls.RUNTIME, RuntimeLayer.NAME, Encoding.bytes(RuntimeLayer.of(numbers)));
  }

  private TypeResources shared(String typeUrl, ImmutableList<Resource> resources) {
    TypeResources made = TypeResources.of(resources);
    return shared.computeIfAbsent(typeUrl + made.version(), key -> made);
  }

  /** What every Envoy cluster that takes traffic of a service stands for, by its name. */
  public ImmutableSortedMap<String, ClusterRole> clusterRoles() {
    return clusters.roles();
  }

  /**
   * The RouteConfigurations that a step of the service changes; none where no published route leads
   * to it.
   */
  public ImmutableSortedSet<String> routeConfigurations(ResourceName service) {
    ServicePart part = services.get(service);
    return part == null || !part.isPublished()
        ? ImmutableSortedSet.of()
        : ImmutableSortedSet.of(PortPart.name(part.port()));
  }

  /**
   * What a step of the service changes for proxies with these bases: the published
   * RouteConfigurations, the resources of the bases with routes that lead to it, and the runtime
   * layer for those that have it.
   *
   * @param layer whether these proxies have it
   */
  public ImmutableSet<ResourceKey> routeTables(ResourceName service, Base base, boolean layer) {
    ServicePart part = services.get(service);
    ImmutableSet.Builder<ResourceKey> tables = ImmutableSet.builder();
    routeConfigurations(service)
        .forEach(name -> tables.add(new ResourceKey(TypeUrls.ROUTES, name)));
    if (part != null && !part.isDetached() && !base.isEmpty()) {
      base.naming(part.routing().anchors()).forEach(found -> tables.add(ResourceKey.of(found)));
    }
    if (layer && part != null && !part.isDetached()) {
      tables.add(new ResourceKey(TypeUrls.RUNTIME, RuntimeLayer.NAME));
    }
    return tables.build();
  }

  /**
   * Whether this configuration, laid over some base, has made that version of a resource, or left
   * it so. Told of what was rendered lately.
   */
  public boolean hasMade(ResourceKey resource, String version) {
    return overlay.has(resource.typeUrl(), resource.name(), version);
  }

  /** What two bases of a proxy, or a base and the services, both have: the first one's counts. */
  public ImmutableSortedSet<String> clashes(ProxyGroup group, Base base) {
    return base.isEmpty() ? ImmutableSortedSet.of() : base.clashes(render(group).snapshot());
  }

  /**
   * Whether the routes of the service are the same in both but for the weights, for the proxies of
   * these groups. Then a change from one to the other can break nothing that the first has not
   * broken.
   */
  public boolean structurallyEqual(
      ResourceName service, MeshConfig other, Collection<ProxyGroup> groups) {
    ServicePart mine = services.get(service);
    ServicePart theirs = other.services.get(service);
    if (mine == null || theirs == null || mine.port() != theirs.port()) {
      return false;
    }
    return mine.equals(theirs) || RouteShape.same(mine, theirs, groups);
  }
}
