package dev.serin.server.edge;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicInteger;

/** Conversations that do as they are told by the type URL of a request. */
final class TestDiscovery extends AggregatedDiscoveryServiceImplBase {

  /** Answers with the nonce of the request, that often. */
  static final String ANSWER = "answer/";

  static final String THROW = "throw";

  /** Streams that have begun. */
  final AtomicInteger begun = new AtomicInteger();

  /** Requests that came through. */
  final BlockingQueue<DiscoveryRequest> requests = new LinkedBlockingQueue<>();

  /** Streams that are over, and how: {@code cancelled} or {@code completed}. */
  final BlockingQueue<String> ends = new LinkedBlockingQueue<>();

  @Override
  public StreamObserver<DiscoveryRequest> streamAggregatedResources(
      StreamObserver<DiscoveryResponse> observer) {
    ServerCallStreamObserver<DiscoveryResponse> out =
        (ServerCallStreamObserver<DiscoveryResponse>) observer;
    out.setOnCancelHandler(() -> ends.add("cancelled"));
    begun.incrementAndGet();
    return new StreamObserver<>() {
      @Override
      public void onNext(DiscoveryRequest request) {
        requests.add(request);
        String what = request.getTypeUrl();
        if (what.equals(THROW)) {
          throw new IllegalStateException("as it was told");
        }
        if (what.startsWith(ANSWER)) {
          int times = Integer.parseInt(what.substring(ANSWER.length()));
          for (int i = 0; i < times; i++) {
            out.onNext(DiscoveryResponse.newBuilder().setNonce(request.getResponseNonce()).build());
          }
        }
      }

      @Override
      public void onError(Throwable broken) {}

      @Override
      public void onCompleted() {
        ends.add("completed");
        out.onCompleted();
      }
    };
  }
}
