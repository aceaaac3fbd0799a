package dev.serin.server.control;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.util.List;

/** What a response says to a proxy of the soak, whatever variant it speaks. */
record SoakResponse(
    String type,
    String nonce,
    String version,
    ImmutableMap<String, Kept> resources,
    List<String> removed) {

  /** A resource as a proxy keeps it. */
  record Kept(String version, ByteString body) {}

  static SoakResponse of(DiscoveryResponse m) {
    ImmutableMap.Builder<String, Kept> resources = ImmutableMap.builder();
    m.getResourcesList().forEach(any -> resources.put(name(any), new Kept("", any.getValue())));
    return new SoakResponse(
        m.getTypeUrl(), m.getNonce(), m.getVersionInfo(), resources.buildOrThrow(), List.of());
  }

  static SoakResponse of(DeltaDiscoveryResponse m) {
    ImmutableMap.Builder<String, Kept> resources = ImmutableMap.builder();
    m.getResourcesList()
        .forEach(
            r -> resources.put(r.getName(), new Kept(r.getVersion(), r.getResource().getValue())));
    return new SoakResponse(
        m.getTypeUrl(),
        m.getNonce(),
        m.getSystemVersionInfo(),
        resources.buildOrThrow(),
        m.getRemovedResourcesList());
  }

  private static String name(Any any) {
    try {
      return switch (any.getTypeUrl()) {
        case TypeUrls.CLUSTER -> Cluster.parseFrom(any.getValue()).getName();
        case TypeUrls.ENDPOINTS -> ClusterLoadAssignment.parseFrom(any.getValue()).getClusterName();
        case TypeUrls.LISTENER -> Listener.parseFrom(any.getValue()).getName();
        case TypeUrls.ROUTES -> RouteConfiguration.parseFrom(any.getValue()).getName();
        default ->
            throw new AssertionError(any.getTypeUrl() + " (expected: one that was asked for)");
      };
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
