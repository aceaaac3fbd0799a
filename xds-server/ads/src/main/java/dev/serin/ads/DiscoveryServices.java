package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.extension.v3.ExtensionConfigDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.listener.v3.ListenerDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.RouteDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.ScopedRoutesDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.VirtualHostDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.runtime.v3.RuntimeDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.secret.v3.SecretDiscoveryServiceGrpc;
import io.grpc.BindableService;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.ServiceDescriptor;
import org.jspecify.annotations.Nullable;

/**
 * The discovery services with their streaming methods ("RPC services and methods for each
 * variant"). Methods of one answer are not offered.
 */
final class DiscoveryServices {
  private DiscoveryServices() {}

  /** Makes what serves one method. */
  interface Handlers {
    /**
     * The handler of one method.
     *
     * @param onlyType the one type of the service; empty for the aggregated one
     * @param label of the metric that counts its streams
     */
    ServerCallHandler<Ask, Outgoing> of(Variant variant, String onlyType, String label);
  }

  static ImmutableList<BindableService> all(Handlers handlers) {
    return ImmutableList.of(
        service(
            handlers,
            AggregatedDiscoveryServiceGrpc.getServiceDescriptor(),
            AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(),
            AggregatedDiscoveryServiceGrpc.getDeltaAggregatedResourcesMethod(),
            "",
            "ads"),
        service(
            handlers,
            ClusterDiscoveryServiceGrpc.getServiceDescriptor(),
            ClusterDiscoveryServiceGrpc.getStreamClustersMethod(),
            ClusterDiscoveryServiceGrpc.getDeltaClustersMethod(),
            TypeUrls.CLUSTER,
            "cds"),
        service(
            handlers,
            EndpointDiscoveryServiceGrpc.getServiceDescriptor(),
            EndpointDiscoveryServiceGrpc.getStreamEndpointsMethod(),
            EndpointDiscoveryServiceGrpc.getDeltaEndpointsMethod(),
            TypeUrls.ENDPOINTS,
            "eds"),
        service(
            handlers,
            ListenerDiscoveryServiceGrpc.getServiceDescriptor(),
            ListenerDiscoveryServiceGrpc.getStreamListenersMethod(),
            ListenerDiscoveryServiceGrpc.getDeltaListenersMethod(),
            TypeUrls.LISTENER,
            "lds"),
        service(
            handlers,
            RouteDiscoveryServiceGrpc.getServiceDescriptor(),
            RouteDiscoveryServiceGrpc.getStreamRoutesMethod(),
            RouteDiscoveryServiceGrpc.getDeltaRoutesMethod(),
            TypeUrls.ROUTES,
            "rds"),
        service(
            handlers,
            ScopedRoutesDiscoveryServiceGrpc.getServiceDescriptor(),
            ScopedRoutesDiscoveryServiceGrpc.getStreamScopedRoutesMethod(),
            ScopedRoutesDiscoveryServiceGrpc.getDeltaScopedRoutesMethod(),
            TypeUrls.SCOPED_ROUTES,
            "srds"),
        service(
            handlers,
            VirtualHostDiscoveryServiceGrpc.getServiceDescriptor(),
            null,
            VirtualHostDiscoveryServiceGrpc.getDeltaVirtualHostsMethod(),
            TypeUrls.VIRTUAL_HOST,
            "vhds"),
        service(
            handlers,
            RuntimeDiscoveryServiceGrpc.getServiceDescriptor(),
            RuntimeDiscoveryServiceGrpc.getStreamRuntimeMethod(),
            RuntimeDiscoveryServiceGrpc.getDeltaRuntimeMethod(),
            TypeUrls.RUNTIME,
            "rtds"),
        service(
            handlers,
            SecretDiscoveryServiceGrpc.getServiceDescriptor(),
            SecretDiscoveryServiceGrpc.getStreamSecretsMethod(),
            SecretDiscoveryServiceGrpc.getDeltaSecretsMethod(),
            TypeUrls.SECRET,
            "sds"),
        service(
            handlers,
            ExtensionConfigDiscoveryServiceGrpc.getServiceDescriptor(),
            ExtensionConfigDiscoveryServiceGrpc.getStreamExtensionConfigsMethod(),
            ExtensionConfigDiscoveryServiceGrpc.getDeltaExtensionConfigsMethod(),
            TypeUrls.EXTENSION,
            "ecds"));
  }

  /**
   * One service.
   *
   * @param full its state-of-the-world method; virtual hosts have none
   */
  private static BindableService service(
      Handlers handlers,
      ServiceDescriptor generated,
      @Nullable MethodDescriptor<?, ?> full,
      MethodDescriptor<?, ?> delta,
      String onlyType,
      String label) {
    ServiceDescriptor.Builder offered =
        ServiceDescriptor.newBuilder(generated.getName())
            .setSchemaDescriptor(generated.getSchemaDescriptor());
    MethodDescriptor<Ask, Outgoing> deltaMethod = Wire.method(delta, Variant.INCREMENTAL);
    offered.addMethod(deltaMethod);
    if (full == null) {
      return () ->
          ServerServiceDefinition.builder(offered.build())
              .addMethod(deltaMethod, handlers.of(Variant.INCREMENTAL, onlyType, "delta-" + label))
              .build();
    }
    MethodDescriptor<Ask, Outgoing> fullMethod = Wire.method(full, Variant.STATE_OF_THE_WORLD);
    offered.addMethod(fullMethod);
    return () ->
        ServerServiceDefinition.builder(offered.build())
            .addMethod(fullMethod, handlers.of(Variant.STATE_OF_THE_WORLD, onlyType, label))
            .addMethod(deltaMethod, handlers.of(Variant.INCREMENTAL, onlyType, "delta-" + label))
            .build();
  }
}
