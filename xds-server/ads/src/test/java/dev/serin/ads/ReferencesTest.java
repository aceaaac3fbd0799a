package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import org.junit.jupiter.api.Test;

/** What resources name. */
final class ReferencesTest {
  private static Resource split(int canary) {
    RouteConfiguration routes =
        RouteConfiguration.newBuilder()
            .setName("r")
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .setName("h")
                    .addDomains("*")
                    .addRoutes(
                        Route.newBuilder()
                            .setRoute(
                                RouteAction.newBuilder()
                                    .setWeightedClusters(
                                        WeightedCluster.newBuilder()
                                            .addClusters(part("canary", canary))
                                            .addClusters(part("stable", 100 - canary))))))
            .build();
    return Resource.of(TypeUrls.ROUTES, "r", routes.toByteString());
  }

  private static WeightedCluster.ClusterWeight part(String cluster, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(cluster)
        .setWeight(UInt32Value.of(weight))
        .build();
  }

  /** A thousand names were kept for every version that some rollout's weights had led to. */
  @Test
  void versionsThatDifferInWeightsShareTheNamesThatTheyPointAt() {
    References references = new References();
    ImmutableSortedSet<String> names = references.of(split(10));
    assertThat(names).containsExactly("canary", "stable");
    assertThat(references.of(split(20))).isSameAs(names);
  }
}
