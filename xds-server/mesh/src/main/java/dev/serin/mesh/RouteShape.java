package dev.serin.mesh;

import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.Collection;

/** Routes without their weights: what decides whether a change could be rejected by a proxy. */
final class RouteShape {
  private RouteShape() {}

  /** Compares the two renderings for every kind of proxy among these groups. */
  static boolean same(ServicePart one, ServicePart other, Collection<ProxyGroup> groups) {
    return groups.stream()
        .map(ProxyGroup::capabilities)
        .distinct()
        .allMatch(kind -> {
          ServicePart.Published mine = one.published(kind);
          ServicePart.Published theirs = other.published(kind);
          return mine.refusals().equals(theirs.refusals())
              && of(mine.host()).equals(of(theirs.host()));
        });
  }

  private static VirtualHost of(VirtualHost host) {
    VirtualHost.Builder shape = host.toBuilder();
    for (Route.Builder route : shape.getRoutesBuilderList()) {
      if (route.getRoute().hasWeightedClusters()) {
        for (ClusterWeight.Builder weight :
            route.getRouteBuilder().getWeightedClustersBuilder().getClustersBuilderList()) {
          weight.setWeight(UInt32Value.getDefaultInstance());
        }
      }
    }
    return shape.build();
  }
}
