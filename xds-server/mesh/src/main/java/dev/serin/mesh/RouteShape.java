package dev.serin.mesh;

import com.google.common.collect.ImmutableSet;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.TreeSet;

/** Routes without their weights: what decides whether a change could be rejected by a proxy. */
final class RouteShape {
  private RouteShape() {}

  /** Compares the two renderings for every kind of proxy that either tells apart. */
  static boolean sameForEveryProxy(ServicePart one, ServicePart other) {
    TreeSet<String> regions = new TreeSet<>(one.regions());
    regions.addAll(other.regions());
    regions.add("");
    for (String region : regions) {
      for (Capabilities kind : kinds(region)) {
        ServicePart.Published mine = one.published(kind);
        ServicePart.Published theirs = other.published(kind);
        if (!mine.refusals().equals(theirs.refusals())
            || !of(mine.host()).equals(of(theirs.host()))) {
          return false;
        }
      }
    }
    return true;
  }

  private static ImmutableSet<Capabilities> kinds(String region) {
    return ImmutableSet.of(
        new Capabilities(true, Capabilities.Cookies.NATIVE, region),
        new Capabilities(true, Capabilities.Cookies.BY_HEADER, region),
        new Capabilities(false, Capabilities.Cookies.BY_HEADER, region),
        new Capabilities(false, Capabilities.Cookies.NONE, region));
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
