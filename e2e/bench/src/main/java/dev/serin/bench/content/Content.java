package dev.serin.bench.content;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What is served. The driver makes it and writes it to a file, every server reads that file: a
 * serialised {@code DeltaDiscoveryResponse}, which Go programs read as easily.
 *
 * <p>A push sets the weight of the first virtual host of one RouteConfiguration, {@link
 * #changing()}. That host stands at the beginning of the resource, so that a client finds the
 * weight without reading all of it.
 */
public record Content(
    ImmutableList<Cluster> clusters,
    ImmutableList<ClusterLoadAssignment> endpoints,
    ImmutableList<Listener> listeners,
    ImmutableList<RouteConfiguration> routes) {

  /** Content of one shape. */
  public static Content of(Shape shape) {
    ImmutableList.Builder<Cluster> clusters = ImmutableList.builder();
    ImmutableList.Builder<ClusterLoadAssignment> endpoints = ImmutableList.builder();
    ImmutableList.Builder<Listener> listeners = ImmutableList.builder();
    ImmutableList.Builder<RouteConfiguration> routes = ImmutableList.builder();
    for (int i = 0; i < shape.clusters(); i++) {
      clusters.add(Resources.cluster(i));
      endpoints.add(Resources.endpoints(i));
    }
    int hosts = shape.clusters() / shape.routeConfigs();
    for (int i = 0; i < shape.routeConfigs(); i++) {
      listeners.add(Resources.listener(i));
      routes.add(Resources.routes(routesName(i), i * hosts, (i + 1) * hosts, shape.clusters()));
    }
    return new Content(clusters.build(), endpoints.build(), listeners.build(), routes.build());
  }

  static String routesName(int i) {
    return "routes-%03d".formatted(i);
  }

  /** The RouteConfiguration that pushes change, with this weight. */
  public RouteConfiguration changing(int weight) {
    RouteConfiguration base = changing();
    VirtualHost host = base.getVirtualHosts(0);
    WeightedCluster before = host.getRoutes(0).getRoute().getWeightedClusters();
    RouteConfiguration.Builder changed = base.toBuilder();
    changed
        .getVirtualHostsBuilder(0)
        .getRoutesBuilder(0)
        .getRouteBuilder()
        .setWeightedClusters(
            Resources.split(
                before.getClusters(0).getName(), before.getClusters(1).getName(), weight));
    return changed.build();
  }

  /** The RouteConfiguration that pushes change, before any did: in the midst of the others. */
  public RouteConfiguration changing() {
    return routes.get(routes.size() / 2);
  }

  /** How a client finds a weight in the bytes of the changing RouteConfiguration. */
  public Marker marker(int weight) {
    String canary =
        changing()
            .getVirtualHosts(0)
            .getRoutes(0)
            .getRoute()
            .getWeightedClusters()
            .getClusters(0)
            .getName();
    return new Marker(
        changing().getName().getBytes(java.nio.charset.StandardCharsets.UTF_8),
        Resources.clusterWeight(canary, weight).toByteArray());
  }

  /** All RouteConfigurations, the changing one with this weight. */
  public ImmutableList<RouteConfiguration> routes(int weight) {
    RouteConfiguration changed = changing(weight);
    return routes.stream()
        .map(one -> one.getName().equals(changed.getName()) ? changed : one)
        .collect(ImmutableList.toImmutableList());
  }

  /** The cluster that only this proxy has, where configurations differ: the first one, renamed. */
  public Cluster own(String nodeId) {
    return clusters.get(0).toBuilder().setName(ownName(nodeId)).build();
  }

  /** The name of a proxy. */
  public static String nodeId(int i) {
    return "proxy-%05d".formatted(i);
  }

  public static String ownName(String nodeId) {
    return "own-" + nodeId;
  }

  /** The names that a proxy asks for, by type; none for the types it asks for as a whole. */
  public ImmutableMap<XdsType, ImmutableList<String>> names() {
    return ImmutableMap.of(
        XdsType.CLUSTERS,
        ImmutableList.of(),
        XdsType.ENDPOINTS,
        endpoints.stream()
            .map(ClusterLoadAssignment::getClusterName)
            .collect(ImmutableList.toImmutableList()),
        XdsType.LISTENERS,
        ImmutableList.of(),
        XdsType.ROUTES,
        routes.stream().map(RouteConfiguration::getName).collect(ImmutableList.toImmutableList()));
  }

  /** How many resources of a type there are. */
  public int count(XdsType type) {
    return switch (type) {
      case CLUSTERS -> clusters.size();
      case ENDPOINTS -> endpoints.size();
      case LISTENERS -> listeners.size();
      case ROUTES -> routes.size();
    };
  }

  /** Every resource with its name, encoded. */
  public ImmutableList<Resource> encoded() {
    ImmutableList.Builder<Resource> all = ImmutableList.builder();
    clusters.forEach(one -> all.add(encoded(XdsType.CLUSTERS, one.getName(), one)));
    endpoints.forEach(one -> all.add(encoded(XdsType.ENDPOINTS, one.getClusterName(), one)));
    listeners.forEach(one -> all.add(encoded(XdsType.LISTENERS, one.getName(), one)));
    routes.forEach(one -> all.add(encoded(XdsType.ROUTES, one.getName(), one)));
    return all.build();
  }

  /** A resource as it travels; no message here has a map, so its bytes depend on it alone. */
  public static Resource encoded(XdsType type, String name, Message message) {
    return Resource.newBuilder()
        .setName(name)
        .setResource(Any.newBuilder().setTypeUrl(type.url()).setValue(message.toByteString()))
        .build();
  }

  /** Writes the file that servers read. */
  public void write(Path file) throws IOException {
    Files.write(
        file, DeltaDiscoveryResponse.newBuilder().addAllResources(encoded()).build().toByteArray());
  }

  /** Reads what {@link #write} wrote. */
  public static Content read(Path file) throws IOException {
    ImmutableList.Builder<Cluster> clusters = ImmutableList.builder();
    ImmutableList.Builder<ClusterLoadAssignment> endpoints = ImmutableList.builder();
    ImmutableList.Builder<Listener> listeners = ImmutableList.builder();
    ImmutableList.Builder<RouteConfiguration> routes = ImmutableList.builder();
    for (Resource one :
        DeltaDiscoveryResponse.parseFrom(Files.readAllBytes(file)).getResourcesList()) {
      switch (typeOf(one)) {
        case CLUSTERS -> clusters.add(one.getResource().unpack(Cluster.class));
        case ENDPOINTS -> endpoints.add(one.getResource().unpack(ClusterLoadAssignment.class));
        case LISTENERS -> listeners.add(one.getResource().unpack(Listener.class));
        case ROUTES -> routes.add(one.getResource().unpack(RouteConfiguration.class));
      }
    }
    return new Content(clusters.build(), endpoints.build(), listeners.build(), routes.build());
  }

  private static XdsType typeOf(Resource one) throws InvalidProtocolBufferException {
    byte[] url = one.getResource().getTypeUrlBytes().toByteArray();
    return XdsType.of(url, url.length);
  }
}
