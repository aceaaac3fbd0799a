package dev.serin.mesh;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/**
 * Lays the services of one configuration over bases: of all that a base has, only what holds routes
 * to one of the services is read and written anew, and that once for equal proxies. Safe from any
 * thread.
 */
final class BaseOverlay {
  /**
   * So many bytes of results are kept, of this configuration and those before and after it: a step
   * leaves its tables behind, and what is forgotten is done again.
   */
  private static final long MAX_DONE_BYTES =
      Math.max(16L << 20, Runtime.getRuntime().maxMemory() / 8);

  /** Of a result whose table is the base's, and beside the bytes of every other. */
  private static final int DONE_BYTES = 512;

  /** So many versions are known to be of this configuration. */
  private static final int MAX_MADE = 65_536;

  private final ImmutableCollection<ServicePart> services;
  private final Cache<Work, Done> done;
  private final Cache<Made, Boolean> made = CacheBuilder.newBuilder().maximumSize(MAX_MADE).build();

  /** A resource that holds routes, and what is laid over it. */
  private record Work(
      Resource resource,
      ImmutableList<ServiceRouting> services,
      Capabilities capabilities,
      HttpFilters filters) {

    /** The clusters by which routes that may change are known. */
    ImmutableSet<String> anchors() {
      return services.stream()
          .filter(service -> !service.isAtRest())
          .flatMap(service -> service.anchors().stream())
          .collect(ImmutableSet.toImmutableSet());
    }
  }

  private record Done(Resource resource, ImmutableList<Refusal> refusals) {}

  /** A version of a resource as this configuration has it. */
  private record Made(String typeUrl, String name, String version) {}

  /**
   * What the services change in a base.
   *
   * @param changed by type: other content, and clusters that are added
   */
  record Result(
      ImmutableMap<String, ImmutableList<Resource>> changed, ImmutableList<Refusal> refusals) {}

  private BaseOverlay(ImmutableCollection<ServicePart> services, Cache<Work, Done> done) {
    this.services = services;
    this.done = done;
  }

  /** A configuration's, which remembers nothing. */
  static BaseOverlay of(ImmutableCollection<ServicePart> services) {
    return new BaseOverlay(
        services,
        CacheBuilder.newBuilder()
            .maximumWeight(MAX_DONE_BYTES)
            .weigher(BaseOverlay::bytes)
            .build());
  }

  /** The next configuration's, which shares what was done. */
  BaseOverlay next(ImmutableCollection<ServicePart> nextServices) {
    return new BaseOverlay(nextServices, done);
  }

  Result on(Base base, Capabilities capabilities) {
    Map<String, List<Resource>> changed = new TreeMap<>();
    List<Refusal> refusals = new ArrayList<>();
    Map<Resource, List<ServiceRouting>> concerned = new LinkedHashMap<>();
    for (ServicePart service : services) {
      if (service.isDetached()) {
        continue;
      }
      ServiceRouting routing = service.routing();
      ImmutableList<Resource> routes = base.naming(routing.anchors());
      if (!routes.isEmpty()) {
        ServiceRouting possible = withCohorts(service, routing, base, changed, refusals);
        routes.forEach(
            resource -> concerned.computeIfAbsent(resource, r -> new ArrayList<>()).add(possible));
      }
    }
    concerned.forEach((resource, routings) -> {
      Done result =
          done(
              new Work(
                  resource, ImmutableList.copyOf(routings), capabilities, base.filters(resource)));
      refusals.addAll(result.refusals());
      Resource after = result.resource();
      made.put(new Made(after.typeUrl(), after.name(), after.version()), true);
      if (!after.equals(resource)) {
        changed.computeIfAbsent(after.typeUrl(), t -> new ArrayList<>()).add(after);
      }
    });
    ImmutableMap.Builder<String, ImmutableList<Resource>> byType = ImmutableMap.builder();
    changed.forEach((type, resources) -> byType.put(type, ImmutableList.copyOf(resources)));
    return new Result(
        byType.buildOrThrow(), refusals.stream().distinct().collect(toImmutableList()));
  }

  /** Whether this configuration has made, or left, that version of a resource of some base. */
  boolean has(String typeUrl, String name, String version) {
    return made.getIfPresent(new Made(typeUrl, name, version)) != null;
  }

  /** Adds the clusters of cohorts, or leaves the split out where the base lacks what they copy. */
  private static ServiceRouting withCohorts(
      ServicePart service,
      ServiceRouting routing,
      Base base,
      Map<String, List<Resource>> changed,
      List<Refusal> refusals) {
    List<Resource> copies = new ArrayList<>();
    List<String> lacking = new ArrayList<>();
    service
        .baseCopies()
        .forEach((cohort, original) -> {
          Resource cluster = base.resource(TypeUrls.CLUSTER, original);
          if (cluster == null) {
            lacking.add(original);
          } else {
            copies.add(copy(cluster, cohort));
          }
        });
    if (!lacking.isEmpty()) {
      refusals.add(
          new Refusal(
              service.name(),
              "needs copies of clusters "
                  + lacking.stream().distinct().toList()
                  + " (expected: in the base, as resources)"));
      return service.routingToStable();
    }
    if (!copies.isEmpty()) {
      changed.computeIfAbsent(TypeUrls.CLUSTER, t -> new ArrayList<>()).addAll(copies);
    }
    return routing;
  }

  /** A base's cluster under another name, with statistics of its own and the same endpoints. */
  private static Resource copy(Resource original, String name) {
    try {
      Cluster cluster = Cluster.parseFrom(original.value());
      Cluster.Builder copy = cluster.toBuilder().setName(name).clearAltStatName();
      if (cluster.getType() == Cluster.DiscoveryType.EDS
          && cluster.getEdsClusterConfig().getServiceName().isEmpty()) {
        copy.getEdsClusterConfigBuilder().setServiceName(cluster.getName());
      }
      return Resource.of(TypeUrls.CLUSTER, name, Encoding.bytes(copy.build()));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("cluster " + original.name() + " does not parse", e);
    }
  }

  private static int bytes(Work work, Done done) {
    return done.resource().equals(work.resource())
        ? DONE_BYTES
        : DONE_BYTES + done.resource().value().size();
  }

  private Done done(Work work) {
    try {
      return done.get(work, () -> overlaid(work));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static Done overlaid(Work work) throws InvalidProtocolBufferException {
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    RouteTables.Change change =
        (table, own) -> {
          var result =
              Overlay.apply(
                  table, work.services(), work.capabilities(), own.orElse(work.filters()));
          refusals.addAll(result.refusals());
          return result.routes();
        };
    Resource before = work.resource();
    Resource after =
        before.typeUrl().equals(TypeUrls.ROUTES)
            ? TableParts.of(before).rewritten(before, work.anchors(), change)
            : RouteTables.rewritten(before, change);
    return new Done(after, refusals.build());
  }
}
