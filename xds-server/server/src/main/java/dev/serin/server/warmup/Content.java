package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/** What a simulated fleet is served: of the shape of a small mesh, and meant for nobody. */
final class Content {
  private static final int MILLION = 1_000_000;

  static final ImmutableList<String> CLUSTERS =
      IntStream.range(0, 10).mapToObj(i -> "warm-up-" + i).collect(ImmutableList.toImmutableList());

  static final String ROUTES = "warm-up";

  private static final ImmutableList<Resource> FIXED = fixed();

  private Content() {}

  /** Everything, with another weight in its route. */
  static Snapshot at(int weight) {
    WeightedCluster.Builder split = WeightedCluster.newBuilder();
    split.addClusters(part(0, weight % MILLION)).addClusters(part(1, MILLION - weight % MILLION));
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .setName(ROUTES)
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName("all")
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                            .setRoute(RouteAction.newBuilder().setWeightedClusters(split))))
            .build();
    return Snapshot.of(
        ImmutableList.<Resource>builder()
            .addAll(FIXED)
            .add(resource(TypeUrls.ROUTES, ROUTES, routes))
            .build());
  }

  private static WeightedCluster.ClusterWeight part(int cluster, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(CLUSTERS.get(cluster))
        .setWeight(UInt32Value.of(weight))
        .build();
  }

  private static ImmutableList<Resource> fixed() {
    List<Resource> all = new ArrayList<>();
    for (String name : CLUSTERS) {
      Cluster cluster =
          Cluster.newBuilder().setName(name).setType(Cluster.DiscoveryType.EDS).build();
      all.add(resource(TypeUrls.CLUSTER, name, cluster));
      all.add(
          resource(
              TypeUrls.ENDPOINTS,
              name,
              ClusterLoadAssignment.newBuilder().setClusterName(name).build()));
    }
    all.add(resource(TypeUrls.LISTENER, ROUTES, Listener.newBuilder().setName(ROUTES).build()));
    return ImmutableList.copyOf(all);
  }

  private static Resource resource(String typeUrl, String name, Message body) {
    return Resource.of(typeUrl, name, body.toByteString());
  }
}
