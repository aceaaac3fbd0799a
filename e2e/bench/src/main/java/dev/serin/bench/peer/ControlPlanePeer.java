package dev.serin.bench.peer;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.bench.content.Content;
import io.envoyproxy.controlplane.cache.v3.SimpleCache;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import io.envoyproxy.controlplane.server.DefaultExecutorGroup;
import io.envoyproxy.controlplane.server.V3DiscoveryServer;
import io.envoyproxy.controlplane.server.serializer.CachedProtoResourcesSerializer;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * java-control-plane's SimpleCache and discovery server: as they come, or tuned by the two lines
 * that help most, its caching serializer and gRPC's direct executor.
 */
final class ControlPlanePeer implements Peer {
  private static final String FIXED_VERSION = "1";
  private static final String EVERYONE = "everyone";

  private final Content content;
  private final boolean tuned;
  private final SimpleCache<String> cache;
  private @Nullable Server running;

  /** By node, where every proxy has a cluster of its own. */
  private final ImmutableMap<String, ImmutableList<Cluster>> ownClusters;

  ControlPlanePeer(Content content, int proxies, boolean tuned) {
    this.content = content;
    this.tuned = tuned;
    this.cache = new SimpleCache<>(node -> proxies > 0 ? node.getId() : EVERYONE);
    ImmutableMap.Builder<String, ImmutableList<Cluster>> byNode = ImmutableMap.builder();
    for (int i = 0; i < proxies; i++) {
      String node = Content.nodeId(i);
      byNode.put(
          node,
          ImmutableList.<Cluster>builder()
              .addAll(content.clusters())
              .add(content.own(node))
              .build());
    }
    this.ownClusters = byNode.buildOrThrow();
  }

  @Override
  public int start() throws IOException {
    push(0);
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    V3DiscoveryServer server;
    if (tuned) {
      builder.directExecutor();
      server =
          new V3DiscoveryServer(
              ImmutableList.of(),
              cache,
              new DefaultExecutorGroup(),
              new CachedProtoResourcesSerializer());
    } else {
      server = new V3DiscoveryServer(cache);
    }
    Server started = builder.addService(server.getAggregatedDiscoveryServiceImpl()).build().start();
    running = started;
    return started.getPort();
  }

  @Override
  public void close() {
    if (running != null) {
      running.shutdownNow();
    }
  }

  @Override
  public void push(int weight) {
    ImmutableList<RouteConfiguration> routes = content.routes(weight);
    String version = "w" + weight;
    if (ownClusters.isEmpty()) {
      cache.setSnapshot(EVERYONE, snapshot(content.clusters(), routes, version));
    }
    ownClusters.forEach(
        (node, clusters) -> cache.setSnapshot(node, snapshot(clusters, routes, version)));
  }

  private Snapshot snapshot(
      Iterable<Cluster> clusters, Iterable<RouteConfiguration> routes, String version) {
    return Snapshot.create(
        clusters,
        FIXED_VERSION,
        content.endpoints(),
        FIXED_VERSION,
        content.listeners(),
        FIXED_VERSION,
        routes,
        version,
        ImmutableList.of(),
        FIXED_VERSION);
  }
}
