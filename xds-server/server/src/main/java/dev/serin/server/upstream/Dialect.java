package dev.serin.server.upstream;

import dev.serin.mesh.BaseSnapshots;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.StreamObserver;

/**
 * A variant of the protocol, as far as a stream of it is handled.
 *
 * @param <Q> its request
 * @param <R> its response
 */
interface Dialect<Q, R> {
  Dialect<DiscoveryRequest, DiscoveryResponse> FULL =
      new Dialect<>() {
        @Override
        public UpstreamType<DiscoveryRequest, DiscoveryResponse> type(
            String typeUrl, BaseSnapshots shared) {
          return new FullType(typeUrl, shared);
        }

        @Override
        public String typeUrl(DiscoveryResponse response) {
          return response.getTypeUrl();
        }

        @Override
        public DiscoveryRequest withNode(DiscoveryRequest request, Node node) {
          return request.toBuilder().setNode(node).build();
        }

        @Override
        public void open(
            AggregatedDiscoveryServiceStub stub, StreamObserver<DiscoveryResponse> responses) {
          var unused = stub.streamAggregatedResources(responses);
        }
      };

  Dialect<DeltaDiscoveryRequest, DeltaDiscoveryResponse> DELTA =
      new Dialect<>() {
        @Override
        public UpstreamType<DeltaDiscoveryRequest, DeltaDiscoveryResponse> type(
            String typeUrl, BaseSnapshots shared) {
          return new DeltaType(typeUrl, shared);
        }

        @Override
        public String typeUrl(DeltaDiscoveryResponse response) {
          return response.getTypeUrl();
        }

        @Override
        public DeltaDiscoveryRequest withNode(DeltaDiscoveryRequest request, Node node) {
          return request.toBuilder().setNode(node).build();
        }

        @Override
        public void open(
            AggregatedDiscoveryServiceStub stub, StreamObserver<DeltaDiscoveryResponse> responses) {
          var unused = stub.deltaAggregatedResources(responses);
        }
      };

  /** A type of which nothing is known yet. */
  UpstreamType<Q, R> type(String typeUrl, BaseSnapshots shared);

  String typeUrl(R response);

  Q withNode(Q request, Node node);

  /** Opens a stream; the observer is handed the requests' side when it starts. */
  void open(AggregatedDiscoveryServiceStub stub, StreamObserver<R> responses);
}
