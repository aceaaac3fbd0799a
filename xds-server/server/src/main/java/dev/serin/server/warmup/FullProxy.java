package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;

/** A proxy of the state-of-the-world variant that accepts everything. */
final class FullProxy implements ClientResponseObserver<DiscoveryRequest, DiscoveryResponse> {
  private final String id;
  private final Runnable gotRoutes;
  private ClientCallStreamObserver<DiscoveryRequest> requests;

  /**
   * @param gotRoutes called at every response with routes
   */
  @SuppressWarnings("NullAway.Init") // gRPC hands the requests over before anything else
  FullProxy(String id, Runnable gotRoutes) {
    this.id = id;
    this.gotRoutes = gotRoutes;
  }

  void connect(Channel channel) {
    var call = AggregatedDiscoveryServiceGrpc.newStub(channel).streamAggregatedResources(this);
    call.onNext(
        ask(TypeUrls.CLUSTER)
            .setNode(Node.newBuilder().setId(id).setCluster("warm-up").setUserAgentName("warm-up"))
            .build());
    for (String type : ImmutableList.of(TypeUrls.ENDPOINTS, TypeUrls.LISTENER, TypeUrls.ROUTES)) {
      call.onNext(ask(type).build());
    }
  }

  private static DiscoveryRequest.Builder ask(String typeUrl) {
    return DiscoveryRequest.newBuilder().setTypeUrl(typeUrl).addAllResourceNames(Names.of(typeUrl));
  }

  @Override
  public void beforeStart(ClientCallStreamObserver<DiscoveryRequest> stream) {
    requests = stream;
  }

  @Override
  public void onNext(DiscoveryResponse response) {
    requests.onNext(
        ask(response.getTypeUrl())
            .setVersionInfo(response.getVersionInfo())
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
