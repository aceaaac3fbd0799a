package dev.serin.ads;

import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.extension.v3.ExtensionConfigDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.listener.v3.ListenerDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.RouteDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.ScopedRoutesDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.VirtualHostDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.runtime.v3.RuntimeDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.MethodDescriptor;
import org.jspecify.annotations.Nullable;

/** The methods of the service for one type, as clients know them. */
record OneType(
    @Nullable MethodDescriptor<DiscoveryRequest, DiscoveryResponse> full,
    MethodDescriptor<DeltaDiscoveryRequest, DeltaDiscoveryResponse> delta) {

  static OneType of(String typeUrl) {
    return switch (typeUrl) {
      case TypeUrls.CLUSTER ->
          new OneType(
              ClusterDiscoveryServiceGrpc.getStreamClustersMethod(),
              ClusterDiscoveryServiceGrpc.getDeltaClustersMethod());
      case TypeUrls.ENDPOINTS ->
          new OneType(
              EndpointDiscoveryServiceGrpc.getStreamEndpointsMethod(),
              EndpointDiscoveryServiceGrpc.getDeltaEndpointsMethod());
      case TypeUrls.LISTENER ->
          new OneType(
              ListenerDiscoveryServiceGrpc.getStreamListenersMethod(),
              ListenerDiscoveryServiceGrpc.getDeltaListenersMethod());
      case TypeUrls.ROUTES ->
          new OneType(
              RouteDiscoveryServiceGrpc.getStreamRoutesMethod(),
              RouteDiscoveryServiceGrpc.getDeltaRoutesMethod());
      case TypeUrls.SCOPED_ROUTES ->
          new OneType(
              ScopedRoutesDiscoveryServiceGrpc.getStreamScopedRoutesMethod(),
              ScopedRoutesDiscoveryServiceGrpc.getDeltaScopedRoutesMethod());
      case TypeUrls.VIRTUAL_HOST ->
          new OneType(null, VirtualHostDiscoveryServiceGrpc.getDeltaVirtualHostsMethod());
      case TypeUrls.RUNTIME ->
          new OneType(
              RuntimeDiscoveryServiceGrpc.getStreamRuntimeMethod(),
              RuntimeDiscoveryServiceGrpc.getDeltaRuntimeMethod());
      case TypeUrls.SECRET ->
          new OneType(
              SecretDiscoveryServiceGrpc.getStreamSecretsMethod(),
              SecretDiscoveryServiceGrpc.getDeltaSecretsMethod());
      case TypeUrls.EXTENSION ->
          new OneType(
              ExtensionConfigDiscoveryServiceGrpc.getStreamExtensionConfigsMethod(),
              ExtensionConfigDiscoveryServiceGrpc.getDeltaExtensionConfigsMethod());
      default -> throw new IllegalArgumentException(typeUrl + " (expected: a type with a service)");
    };
  }
}
