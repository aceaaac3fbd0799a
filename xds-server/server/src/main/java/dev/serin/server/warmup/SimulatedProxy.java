package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.grpc.Channel;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;

/**
 * A proxy that accepts everything.
 *
 * @param <Q> the requests of its variant of the protocol
 * @param <R> the responses of its variant
 */
abstract class SimulatedProxy<Q, R> implements ClientResponseObserver<Q, R> {
  private final String id;
  private final Runnable gotRoutes;
  private ClientCallStreamObserver<Q> requests;

  /**
   * @param gotRoutes called at every response with routes
   */
  @SuppressWarnings("NullAway.Init") // gRPC hands the requests over before anything else
  SimulatedProxy(String id, Runnable gotRoutes) {
    this.id = id;
    this.gotRoutes = gotRoutes;
  }

  final void connect(Channel channel) {
    StreamObserver<Q> call = open(AggregatedDiscoveryServiceGrpc.newStub(channel));
    call.onNext(
        from(
            Node.newBuilder().setId(id).setCluster("warm-up").setUserAgentName("warm-up").build(),
            ask(TypeUrls.CLUSTER)));
    for (String type : ImmutableList.of(TypeUrls.ENDPOINTS, TypeUrls.LISTENER, TypeUrls.ROUTES)) {
      call.onNext(ask(type));
    }
  }

  abstract StreamObserver<Q> open(AggregatedDiscoveryServiceStub stub);

  abstract Q ask(String typeUrl);

  abstract Q from(Node node, Q request);

  abstract Q accept(R response);

  abstract String typeUrl(R response);

  @Override
  public final void beforeStart(ClientCallStreamObserver<Q> stream) {
    requests = stream;
  }

  @Override
  public final void onNext(R response) {
    requests.onNext(accept(response));
    if (typeUrl(response).equals(TypeUrls.ROUTES)) {
      gotRoutes.run();
    }
  }

  @Override
  public final void onError(Throwable ended) {
    // Its channel was shut down.
  }

  @Override
  public final void onCompleted() {}
}
