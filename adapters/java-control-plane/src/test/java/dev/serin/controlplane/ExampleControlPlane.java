package dev.serin.controlplane;

import io.envoyproxy.controlplane.cache.SnapshotCache;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.grpc.Server;
import io.grpc.inprocess.InProcessServerBuilder;
import java.io.IOException;
import java.util.List;

/**
 * A control plane as one finds it: a cache, its snapshots, a server. The line that changes is the
 * one that makes the cache.
 */
final class ExampleControlPlane implements AutoCloseable {
  static final String GROUP = "edge";

  // Before: SnapshotCache<String, Snapshot> cache = new SimpleCache<>(node -> node.getCluster());
  final CanarySnapshotCache<String> cache =
      CanarySnapshotCache.over(new SimpleCache<>(node -> node.getCluster()));

  private final Server server;

  ExampleControlPlane(String name) throws IOException {
    publish(cache, "7");
    V3DiscoveryServer discovery = new V3DiscoveryServer(cache);
    server =
        InProcessServerBuilder.forName(name)
            .addService(discovery.getAggregatedDiscoveryServiceImpl())
            .build()
            .start();
  }

  /** Routes of two services, of which Serin will be told of one. */
  static void publish(SnapshotCache<String, Snapshot> cache, String version) {
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .setName("http")
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName("shop")
                    .addDomains("*")
                    .addRoutes(to("/cart", "cart-v1"))
                    .addRoutes(to("/", "checkout-v1")))
            .build();
    cache.setSnapshot(
        GROUP,
        Snapshot.create(
            List.of(cluster("cart-v1"), cluster("checkout-v1"), cluster("checkout-v2")),
            List.of(),
            List.of(),
            List.of(routes),
            List.of(),
            version));
  }

  private static Cluster cluster(String name) {
    return Cluster.newBuilder().setName(name).build();
  }

  private static Route to(String prefix, String cluster) {
    return Route.newBuilder()
        .setName(cluster)
        .setMatch(RouteMatch.newBuilder().setPrefix(prefix))
        .setRoute(RouteAction.newBuilder().setCluster(cluster))
        .build();
  }

  @Override
  public void close() {
    server.shutdownNow();
  }
}
