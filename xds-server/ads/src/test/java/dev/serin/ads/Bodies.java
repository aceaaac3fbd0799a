package dev.serin.ads;

import com.google.protobuf.Any;
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
import java.util.Arrays;
import java.util.List;

/** Small resources for tests; the mark is content, so another mark is another version. */
final class Bodies {
  private Bodies() {}

  static Resource cluster(String name, String mark) {
    Cluster body =
        Cluster.newBuilder()
            .setName(name)
            .setAltStatName(mark)
            .setType(Cluster.DiscoveryType.EDS)
            .build();
    return Resource.of(TypeUrls.CLUSTER, name, body.toByteString());
  }

  /** An endpoint set whose version does not cover its cluster, as a foreign base may bring it. */
  static Resource endpoints(String name, String mark) {
    ClusterLoadAssignment body =
        ClusterLoadAssignment.newBuilder()
            .setClusterName(name)
            .putNamedEndpoints(
                mark, io.envoyproxy.envoy.config.endpoint.v3.Endpoint.getDefaultInstance())
            .build();
    return Resource.of(TypeUrls.ENDPOINTS, name, body.toByteString());
  }

  static Resource listener(String name, String mark) {
    Listener body = Listener.newBuilder().setName(name).setStatPrefix(mark).build();
    return Resource.of(TypeUrls.LISTENER, name, body.toByteString());
  }

  static Resource route(String name, String mark, String... clusters) {
    WeightedCluster.Builder split = WeightedCluster.newBuilder();
    for (String cluster : clusters) {
      split.addClusters(
          WeightedCluster.ClusterWeight.newBuilder().setName(cluster).setWeight(UInt32Value.of(1)));
    }
    RouteConfiguration body =
        RouteConfiguration.newBuilder()
            .setName(name)
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName(mark)
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                            .setRoute(RouteAction.newBuilder().setWeightedClusters(split))))
            .build();
    return Resource.of(TypeUrls.ROUTES, name, body.toByteString());
  }

  static Snapshot snapshot(Resource... resources) {
    return Snapshot.of(List.of(resources));
  }

  /** Clusters a and b with endpoints, a listener and a route that splits between {@code routed}. */
  static Snapshot mesh(String mark, String... routed) {
    return snapshot(
        cluster("a", "1"),
        endpoints("a", "1"),
        cluster("b", "1"),
        endpoints("b", "1"),
        listener("l", "1"),
        route("r", mark, routed));
  }

  static List<Any> bodies(Resource... resources) {
    return Arrays.stream(resources).map(Resource::body).toList();
  }
}
