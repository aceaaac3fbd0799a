package dev.serin.server.warmup;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.stub.StreamObserver;

/** A proxy of the incremental variant. */
final class DeltaProxy extends SimulatedProxy<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  DeltaProxy(String id, Runnable gotRoutes) {
    super(id, gotRoutes);
  }

  @Override
  StreamObserver<DeltaDiscoveryRequest> open(AggregatedDiscoveryServiceStub stub) {
    return stub.deltaAggregatedResources(this);
  }

  @Override
  DeltaDiscoveryRequest ask(String typeUrl) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(typeUrl)
        .addAllResourceNamesSubscribe(Names.of(typeUrl))
        .build();
  }

  @Override
  DeltaDiscoveryRequest from(Node node, DeltaDiscoveryRequest request) {
    return request.toBuilder().setNode(node).build();
  }

  @Override
  DeltaDiscoveryRequest accept(DeltaDiscoveryResponse response) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(response.getTypeUrl())
        .setResponseNonce(response.getNonce())
        .build();
  }

  @Override
  String typeUrl(DeltaDiscoveryResponse response) {
    return response.getTypeUrl();
  }
}
