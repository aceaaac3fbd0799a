package dev.serin.e2e.features;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.DiscoveryServerCallbacks;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/**
 * Somebody else's control plane: java-control-plane's own server and cache, with the clusters
 * {@code shop-v1} and {@code shop-v2}, the listener {@code edge} and its routes to the first.
 */
final class OtherControlPlane implements AutoCloseable {
  private static final String EVERYONE = "everyone";

  private final int port = ServerUnderTest.freePort();
  private final SimpleCache<String> cache = new SimpleCache<>(node -> EVERYONE);
  private final Set<String> nodes = ConcurrentHashMap.newKeySet();
  private final Queue<String> refusals = new ConcurrentLinkedQueue<>();
  private @Nullable Server server;
  private long versions;

  /**
   * What it has.
   *
   * @param host the name of the routes' one virtual host
   * @param timeoutSeconds of its route; below zero it is nothing that an Envoy takes
   */
  record Shop(List<Integer> v1, List<Integer> v2, String host, int timeoutSeconds) {}

  /** Serves it, and beside it a cluster that no Envoy takes. */
  void serveWithBrokenCluster(Shop shop) {
    serve(
        shop,
        ImmutableList.of(
            cluster("shop-v1"),
            cluster("shop-v2"),
            Cluster.newBuilder()
                .setName("broken")
                .setConnectTimeout(Duration.newBuilder().setSeconds(-1))
                .build()));
  }

  OtherControlPlane() throws IOException {}

  int port() {
    return port;
  }

  /** The nodes that have come to it. */
  Set<String> nodes() {
    return Set.copyOf(nodes);
  }

  /** The words with which something was rejected. */
  List<String> refusals() {
    return List.copyOf(refusals);
  }

  void serve(Shop shop) {
    serve(shop, ImmutableList.of(cluster("shop-v1"), cluster("shop-v2")));
  }

  private void serve(Shop shop, ImmutableList<Cluster> clusters) {
    String version = Long.toString(++versions);
    cache.setSnapshot(
        EVERYONE,
        Snapshot.create(
            clusters,
            "c" + clusters.size(),
            ImmutableList.of(endpoints("shop-v1", shop.v1()), endpoints("shop-v2", shop.v2())),
            version,
            ImmutableList.of(listener()),
            "1",
            ImmutableList.of(routes(shop)),
            version,
            ImmutableList.of(),
            "1"));
  }

  void start() throws IOException {
    V3DiscoveryServer discovery = new V3DiscoveryServer(new Seen(), cache);
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .addService(discovery.getAggregatedDiscoveryServiceImpl())
            .build()
            .start();
  }

  void stop() throws InterruptedException {
    Server running = server;
    if (running != null) {
      running.shutdownNow().awaitTermination();
      server = null;
    }
  }

  private final class Seen implements DiscoveryServerCallbacks {
    @Override
    public void onV3StreamRequest(long stream, DiscoveryRequest request) {
      note(request.getNode().getId(), request.hasErrorDetail(), request.getErrorDetail());
    }

    @Override
    public void onV3StreamDeltaRequest(long stream, DeltaDiscoveryRequest request) {
      note(request.getNode().getId(), request.hasErrorDetail(), request.getErrorDetail());
    }

    private void note(String node, boolean refused, com.google.rpc.Status why) {
      if (!node.isEmpty()) {
        nodes.add(node);
      }
      if (refused) {
        refusals.add(why.getMessage());
      }
    }

    @Override
    public void onV3StreamResponse(
        long stream, DiscoveryRequest request, DiscoveryResponse response) {}

    @Override
    public void onV3StreamDeltaResponse(
        long stream, DeltaDiscoveryRequest request, DeltaDiscoveryResponse response) {}
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setResourceApiVersion(ApiVersion.V3)
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .build();
  }

  private static Cluster cluster(String name) {
    return Cluster.newBuilder()
        .setName(name)
        .setConnectTimeout(Duration.newBuilder().setSeconds(1))
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(Cluster.EdsClusterConfig.newBuilder().setEdsConfig(ads()))
        .build();
  }

  private static ClusterLoadAssignment endpoints(String cluster, List<Integer> ports) {
    LocalityLbEndpoints.Builder locality =
        LocalityLbEndpoints.newBuilder().setLoadBalancingWeight(UInt32Value.of(1));
    for (int one : ports) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
                      .setAddress(address(one))));
    }
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(cluster)
        .addEndpoints(locality)
        .build();
  }

  private static Address address(int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress("127.0.0.1").setPortValue(port))
        .build();
  }

  private static RouteConfiguration routes(Shop shop) {
    return RouteConfiguration.newBuilder()
        .setName("edge-routes")
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName(shop.host())
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setName("all")
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster("shop-v1")
                                .setTimeout(
                                    Duration.newBuilder().setSeconds(shop.timeoutSeconds())))))
        .build();
  }

  private static Listener listener() {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("edge")
            .setRds(Rds.newBuilder().setRouteConfigName("edge-routes").setConfigSource(ads()))
            .addHttpFilters(
                HttpFilter.newBuilder()
                    .setName("envoy.filters.http.router")
                    .setTypedConfig(packed(Router.getDefaultInstance())))
            .build();
    return Listener.newBuilder()
        .setName("edge")
        .setAddress(address(0))
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(
                    Filter.newBuilder()
                        .setName("envoy.filters.network.http_connection_manager")
                        .setTypedConfig(packed(manager))))
        .build();
  }

  private static Any packed(Message message) {
    return Any.pack(message);
  }

  @Override
  public void close() {
    try {
      stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
