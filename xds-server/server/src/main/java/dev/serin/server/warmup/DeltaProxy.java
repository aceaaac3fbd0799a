package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;

/** A proxy of the incremental variant that accepts everything. */
final class DeltaProxy
    implements ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> {
  private final String id;
  private final Runnable gotRoutes;
  private ClientCallStreamObserver<DeltaDiscoveryRequest> requests;

  /**
   * @param gotRoutes called at every response with routes
   */
  @SuppressWarnings("NullAway.Init") // gRPC hands the requests over before anything else
  DeltaProxy(String id, Runnable gotRoutes) {
    this.id = id;
    this.gotRoutes = gotRoutes;
  }

  void connect(Channel channel) {
    var call = AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(this);
    call.onNext(
        ask(TypeUrls.CLUSTER)
            .setNode(Node.newBuilder().setId(id).setCluster("warm-up").setUserAgentName("warm-up"))
            .build());
    for (String type : ImmutableList.of(TypeUrls.ENDPOINTS, TypeUrls.LISTENER, TypeUrls.ROUTES)) {
      call.onNext(ask(type).build());
    }
  }

  private static DeltaDiscoveryRequest.Builder ask(String typeUrl) {
    return DeltaDiscoveryRequest.newBuilder()
        .setTypeUrl(typeUrl)
        .addAllResourceNamesSubscribe(Names.of(typeUrl));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> stream) {
    requests = stream;
  }

  @Override
  public void onNext(DeltaDiscoveryResponse response) {
    requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce())
            .build());
    if (response.getTypeUrl().equals(TypeUrls.ROUTES)) {
      gotRoutes.run();
    }
  }

  @Override
  public void onError(Throwable ended) {
    // Its channel was shut down.
  }

  @Override
  public void onCompleted() {}
}
