package dev.serin.bench.content;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.Message;
import com.google.protobuf.UInt32Value;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.Endpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;

/** Resources of the size that meshes have: five domains a host, five endpoints a cluster. */
final class Resources {
  static final int TOTAL_WEIGHT = 1_000_000;

  private static final int ENDPOINTS = 5;

  /** What no push ever sets. */
  private static final int RESTING_WEIGHT = 0;

  private Resources() {}

  static String clusterName(int i) {
    return "cluster-%04d".formatted(i);
  }

  static Cluster cluster(int i) {
    return Cluster.newBuilder()
        .setName(clusterName(i))
        .setType(Cluster.DiscoveryType.EDS)
        .setEdsClusterConfig(
            Cluster.EdsClusterConfig.newBuilder()
                .setEdsConfig(ads())
                .setServiceName(clusterName(i)))
        .setConnectTimeout(seconds(5))
        .setLbPolicy(Cluster.LbPolicy.LEAST_REQUEST)
        .setAltStatName("outbound_8080_v1_service_%04d_shop_svc_cluster_local_one".formatted(i))
        .build();
  }

  static ClusterLoadAssignment endpoints(int i) {
    LocalityLbEndpoints.Builder locality =
        LocalityLbEndpoints.newBuilder()
            .setLocality(Locality.newBuilder().setRegion("eu-west-1").setZone("eu-west-1a"));
    for (int e = 0; e < ENDPOINTS; e++) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  Endpoint.newBuilder()
                      .setAddress(
                          address("10.%d.%d.%d".formatted(i / 250, i % 250, 100 + e), 8080)))
              .setLoadBalancingWeight(UInt32Value.of(1)));
    }
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(clusterName(i))
        .addEndpoints(locality)
        .build();
  }

  static Listener listener(int i) {
    Any router = any(Router.getDefaultInstance());
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("ingress")
            .setRds(
                Rds.newBuilder().setConfigSource(ads()).setRouteConfigName(Content.routesName(i)))
            .addHttpFilters(
                HttpFilter.newBuilder().setName("envoy.filters.http.router").setTypedConfig(router))
            .build();
    return Listener.newBuilder()
        .setName("listener-%03d".formatted(i))
        .setAddress(address("0.0.0.0", 10_000 + i))
        .addFilterChains(
            FilterChain.newBuilder()
                .addFilters(
                    Filter.newBuilder()
                        .setName("envoy.filters.network.http_connection_manager")
                        .setTypedConfig(any(manager))))
        .build();
  }

  /** The virtual hosts {@code from} to {@code to} of {@code all}. */
  static RouteConfiguration routes(String name, int from, int to, int all) {
    RouteConfiguration.Builder routes = RouteConfiguration.newBuilder().setName(name);
    for (int i = from; i < to; i++) {
      routes.addVirtualHosts(host(i, (i + 1) % all));
    }
    return routes.build();
  }

  /** The virtual hosts {@code from} to {@code to}, each of which leads to a cluster of its own. */
  static RouteConfiguration plainRoutes(String name, int from, int to) {
    RouteConfiguration.Builder routes = RouteConfiguration.newBuilder().setName(name);
    for (int i = from; i < to; i++) {
      routes.addVirtualHosts(host(i, RouteAction.newBuilder().setCluster(clusterName(i))));
    }
    return routes.build();
  }

  private static VirtualHost host(int stable, int canary) {
    return host(
        stable,
        RouteAction.newBuilder()
            .setWeightedClusters(split(clusterName(canary), clusterName(stable), RESTING_WEIGHT)));
  }

  private static VirtualHost host(int i, RouteAction.Builder action) {
    String service = "service-%04d".formatted(i);
    return VirtualHost.newBuilder()
        .setName("virtual-host-%04d".formatted(i))
        .addDomains(service)
        .addDomains(service + ".shop")
        .addDomains(service + ".shop.svc")
        .addDomains(service + ".shop.svc.cluster.local")
        .addDomains(service + ".shop.svc.cluster.local:8080")
        .addRoutes(
            Route.newBuilder()
                .setName("default-route-of-" + service)
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(
                    action
                        .setTimeout(seconds(15))
                        .setRetryPolicy(
                            RetryPolicy.newBuilder()
                                .setRetryOn(
                                    "connect-failure,refused-stream,unavailable,cancelled,"
                                        + "retriable-status-codes")
                                .setNumRetries(UInt32Value.of(2))
                                .setPerTryTimeout(seconds(3)))))
        .build();
  }

  static WeightedCluster split(String canary, String stable, int weight) {
    return WeightedCluster.newBuilder()
        .addClusters(clusterWeight(canary, weight))
        .addClusters(clusterWeight(stable, TOTAL_WEIGHT - weight))
        .build();
  }

  static WeightedCluster.ClusterWeight clusterWeight(String cluster, int weight) {
    return WeightedCluster.ClusterWeight.newBuilder()
        .setName(cluster)
        .setWeight(UInt32Value.of(weight))
        .build();
  }

  private static Any any(Message message) {
    return Any.newBuilder()
        .setTypeUrl("type.googleapis.com/" + message.getDescriptorForType().getFullName())
        .setValue(message.toByteString())
        .build();
  }

  private static ConfigSource ads() {
    return ConfigSource.newBuilder()
        .setAds(AggregatedConfigSource.getDefaultInstance())
        .setResourceApiVersion(ApiVersion.V3)
        .build();
  }

  private static Address address(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }

  private static Duration seconds(int seconds) {
    return Duration.newBuilder().setSeconds(seconds).build();
  }
}
