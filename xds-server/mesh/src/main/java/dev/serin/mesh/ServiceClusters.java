package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import com.google.protobuf.BoolValue;
import com.google.protobuf.ByteString;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.overlay.AddedCluster;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.type.v3.CodecClientType;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.List;

/** Renders a version of a service as the Envoy cluster, and endpoints, that Serin publishes. */
public final class ServiceClusters {
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  private static final Duration CONNECT_TIMEOUT = Duration.ofSeconds(1);
  private static final Duration CHECK_INTERVAL = Duration.ofSeconds(5);
  private static final Duration CHECK_TIMEOUT = Duration.ofSeconds(1);

  /** No limit: Envoy has no word for it. */
  private static final int MOST_RETRIES = 1_000_000;

  private ServiceClusters() {}

  /** The resources of one cluster; none for a version whose cluster the base has. */
  public static ImmutableList<Resource> render(
      MeshService service, String version, String clusterName) {
    return render(
        service,
        java.util.Objects.requireNonNull(service.versions().get(version), version),
        clusterName);
  }

  /** The same for what stands behind a version, or a part of it. */
  public static ImmutableList<Resource> render(
      MeshService service, Backend backend, String clusterName) {
    return switch (backend) {
      case Backend.EnvoyCluster base -> ImmutableList.of();
      case Backend.Dns dns -> byDns(service, clusterName, List.of(dns.target()));
      // Envoy refuses names as discovered endpoints; it resolves them in a cluster of this type.
      case Backend.Endpoints fixed ->
          fixed.endpoints().stream().allMatch(e -> InetAddresses.isInetAddress(e.host()))
              ? byDiscovery(service, clusterName, fixed.endpoints())
              : byDns(service, clusterName, fixed.endpoints());
    };
  }

  /**
   * An aggregate of two clusters. Its endpoints, and how they are reached, are theirs; only the
   * limit of retries under way is its own. Those go to a cluster that would have had the request
   * without the canary, so they are not limited.
   */
  public static Resource fallback(AddedCluster.Fallback fallback) {
    Cluster cluster =
        Cluster.newBuilder()
            .setName(fallback.name())
            .setConnectTimeout(duration(CONNECT_TIMEOUT))
            .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
            .setClusterType(
                Cluster.CustomClusterType.newBuilder()
                    .setName("envoy.clusters.aggregate")
                    .setTypedConfig(
                        Encoding.any(
                            ClusterConfig.newBuilder()
                                .addClusters(fallback.first())
                                .addClusters(fallback.then())
                                .build())))
            .setCircuitBreakers(
                CircuitBreakers.newBuilder()
                    .addThresholds(
                        CircuitBreakers.Thresholds.newBuilder()
                            .setMaxRetries(UInt32Value.of(MOST_RETRIES))))
            .build();
    return Resource.of(TypeUrls.CLUSTER, fallback.name(), Encoding.bytes(cluster));
  }

  private static ImmutableList<Resource> byDns(
      MeshService service, String name, List<Endpoint> targets) {
    Cluster cluster =
        common(service, name)
            .setType(Cluster.DiscoveryType.STRICT_DNS)
            .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_PREFERRED)
            .setLoadAssignment(assignment(name, targets))
            .build();
    return ImmutableList.of(Resource.of(TypeUrls.CLUSTER, name, Encoding.bytes(cluster)));
  }

  private static ImmutableList<Resource> byDiscovery(
      MeshService service, String name, List<Endpoint> endpoints) {
    Cluster cluster =
        common(service, name)
            .setType(Cluster.DiscoveryType.EDS)
            .setEdsClusterConfig(
                Cluster.EdsClusterConfig.newBuilder().setEdsConfig(Listeners.overAds()))
            .build();
    ByteString bytes = Encoding.bytes(cluster);
    // Envoy warms a changed cluster until it is sent endpoints again: their version covers it.
    return ImmutableList.of(
        Resource.of(TypeUrls.CLUSTER, name, bytes),
        Resource.of(TypeUrls.ENDPOINTS, name, Encoding.bytes(assignment(name, endpoints)), bytes));
  }

  private static Cluster.Builder common(MeshService service, String name) {
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(name)
            .setConnectTimeout(duration(CONNECT_TIMEOUT))
            .putTypedExtensionProtocolOptions(HTTP_OPTIONS, Encoding.any(httpOptions(service)))
            // Without it a canary of one ejected endpoint is panicked into use again.
            .setCommonLbConfig(
                Cluster.CommonLbConfig.newBuilder()
                    .setHealthyPanicThreshold(Percent.getDefaultInstance()))
            .setCircuitBreakers(
                CircuitBreakers.newBuilder()
                    .addThresholds(
                        CircuitBreakers.Thresholds.newBuilder().setTrackRemaining(true)));
    service
        .upstream()
        .healthCheckPath()
        .ifPresent(path -> cluster.addHealthChecks(healthCheck(service, path)));
    return cluster;
  }

  private static io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions httpOptions(
      MeshService service) {
    var protocol =
        io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.ExplicitHttpConfig
            .newBuilder();
    switch (service.protocol()) {
      case HTTP -> protocol.setHttpProtocolOptions(Http1ProtocolOptions.getDefaultInstance());
      case HTTP2, GRPC ->
          protocol.setHttp2ProtocolOptions(Http2ProtocolOptions.getDefaultInstance());
    }
    return io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder()
        .setCommonHttpProtocolOptions(
            HttpProtocolOptions.newBuilder()
                .setIdleTimeout(duration(service.upstream().idleTimeout())))
        .setExplicitHttpConfig(protocol)
        .build();
  }

  private static HealthCheck healthCheck(MeshService service, String path) {
    CodecClientType codec =
        switch (service.protocol()) {
          case HTTP -> CodecClientType.HTTP1;
          case HTTP2, GRPC -> CodecClientType.HTTP2;
        };
    return HealthCheck.newBuilder()
        .setTimeout(duration(CHECK_TIMEOUT))
        .setInterval(duration(CHECK_INTERVAL))
        // Envoy's default of a minute would keep a version without traffic, a canary, unseen.
        .setNoTrafficInterval(duration(CHECK_INTERVAL))
        .setUnhealthyThreshold(UInt32Value.of(3))
        .setHealthyThreshold(UInt32Value.of(1))
        .setReuseConnection(BoolValue.of(true))
        .setHttpHealthCheck(
            HealthCheck.HttpHealthCheck.newBuilder().setPath(path).setCodecClientType(codec))
        .build();
  }

  private static ClusterLoadAssignment assignment(String cluster, List<Endpoint> endpoints) {
    // A gRPC client ignores a locality without a weight.
    LocalityLbEndpoints.Builder locality =
        LocalityLbEndpoints.newBuilder().setLoadBalancingWeight(UInt32Value.of(1));
    locality.getLocalityBuilder();
    for (Endpoint endpoint : endpoints) {
      locality.addLbEndpoints(
          LbEndpoint.newBuilder()
              .setEndpoint(
                  io.envoyproxy.envoy.config.endpoint.v3.Endpoint.newBuilder()
                      .setAddress(address(endpoint.host(), endpoint.port()))));
    }
    return ClusterLoadAssignment.newBuilder()
        .setClusterName(cluster)
        .addEndpoints(locality)
        .build();
  }

  static Address address(String host, int port) {
    return Address.newBuilder()
        .setSocketAddress(SocketAddress.newBuilder().setAddress(host).setPortValue(port))
        .build();
  }

  static com.google.protobuf.Duration duration(Duration duration) {
    return com.google.protobuf.Duration.newBuilder()
        .setSeconds(duration.getSeconds())
        .setNanos(duration.getNano())
        .build();
  }
}
