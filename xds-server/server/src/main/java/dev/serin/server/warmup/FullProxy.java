package dev.serin.server.warmup;

import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;

/** A proxy of the state-of-the-world variant. */
final class FullProxy extends SimulatedProxy<DiscoveryRequest, DiscoveryResponse> {
  FullProxy(String id, Runnable gotRoutes) {
    super(id, gotRoutes);
  }

  @Override
  StreamObserver<DiscoveryRequest> open(AggregatedDiscoveryServiceStub stub) {
    return stub.streamAggregatedResources(this);
  }

  @Override
  DiscoveryRequest ask(String typeUrl) {
    return DiscoveryRequest.newBuilder()
        .setTypeUrl(typeUrl)
        .addAllResourceNames(Names.of(typeUrl))
        .build();
  }

  @Override
  DiscoveryRequest from(Node node, DiscoveryRequest request) {
    return request.toBuilder().setNode(node).build();
  }

  @Override
  DiscoveryRequest accept(DiscoveryResponse response) {
    return ask(response.getTypeUrl()).toBuilder()
        .setVersionInfo(response.getVersionInfo())
        .setResponseNonce(response.getNonce())
        .build();
  }

  @Override
  String typeUrl(DiscoveryResponse response) {
    return response.getTypeUrl();
  }
}
