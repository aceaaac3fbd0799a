package dev.serin.server.edge;

import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Channel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** One discovery stream as its client sees it. */
final class TestStream implements StreamObserver<DiscoveryResponse> {
  private static final int PATIENCE_SECONDS = 30;

  private final BlockingQueue<DiscoveryResponse> responses = new LinkedBlockingQueue<>();
  private final CompletableFuture<DiscoveryResponse> first = new CompletableFuture<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();
  private final CompletableFuture<Metadata> trailers = new CompletableFuture<>();
  private final CompletableFuture<Long> endedAt = new CompletableFuture<>();
  private final StreamObserver<DiscoveryRequest> requests;

  private TestStream(Channel channel, @Nullable String compression) {
    requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel)
            .withCompression(compression)
            .streamAggregatedResources(this);
  }

  static TestStream open(Channel channel) {
    return new TestStream(channel, null);
  }

  static TestStream open(Channel channel, String compression) {
    return new TestStream(channel, compression);
  }

  TestStream send(String typeUrl) {
    return send(DiscoveryRequest.newBuilder().setTypeUrl(typeUrl).build());
  }

  TestStream send(DiscoveryRequest request) {
    requests.onNext(request);
    return this;
  }

  void complete() {
    requests.onCompleted();
  }

  /** Leaves without a word. */
  void cancel() {
    requests.onError(Status.CANCELLED.asRuntimeException());
  }

  DiscoveryResponse response() throws InterruptedException {
    DiscoveryResponse response = responses.poll(PATIENCE_SECONDS, TimeUnit.SECONDS);
    if (response == null) {
      throw new AssertionError("no response; ended: " + end);
    }
    return response;
  }

  /** Whether it was answered; false when it was refused. */
  boolean answered() throws Exception {
    send(TestDiscovery.ANSWER + 1);
    return CompletableFuture.anyOf(first, end).get(PATIENCE_SECONDS, TimeUnit.SECONDS)
        instanceof DiscoveryResponse;
  }

  boolean isOver() {
    return end.isDone();
  }

  /** When it ended, by {@link System#nanoTime}. */
  long endedAt() throws Exception {
    return endedAt.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  Status end() throws Exception {
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  Metadata trailers() throws Exception {
    return trailers.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void onNext(DiscoveryResponse response) {
    responses.add(response);
    first.complete(response);
  }

  @Override
  public void onError(Throwable error) {
    endedAt.complete(System.nanoTime());
    Metadata with = Status.trailersFromThrowable(error);
    trailers.complete(with == null ? new Metadata() : with);
    end.complete(Status.fromThrowable(error));
  }

  @Override
  public void onCompleted() {
    endedAt.complete(System.nanoTime());
    end.complete(Status.OK);
  }
}
