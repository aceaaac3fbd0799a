package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import dev.serin.text.Parsed;
import dev.serin.text.Reading;
import dev.serin.text.ResourceReader;
import dev.serin.v1.AnyResource;
import dev.serin.v1.ApplyRequest;
import dev.serin.v1.ApplyResponse;
import dev.serin.v1.Decision;
import dev.serin.v1.ExplainRolloutRequest;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.Proxy;
import dev.serin.v1.ResourceServiceGrpc;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.Context;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.Collectors;

/** A client of the server's API, like any other. Thread-safe. */
final class Api implements AutoCloseable {
  private static final long CALL_SECONDS = 20;
  private static final String ACTOR = "demo";

  private final ManagedChannel channel;

  Api(int port) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-serin-actor", Metadata.ASCII_STRING_MARSHALLER), ACTOR);
    channel =
        Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
            .intercept(MetadataUtils.newAttachHeadersInterceptor(headers))
            .build();
  }

  /**
   * Applies resources written as YAML.
   *
   * @throws DemoFailure listing every problem, when there is one
   */
  void apply(String name, String yaml, String reason) {
    Reading reading = ResourceReader.read(name, yaml);
    refuse(
        name,
        reading.problems().stream()
            .filter(p -> p.isError())
            .map(Object::toString)
            .collect(ImmutableList.toImmutableList()));
    ApplyRequest.Builder request = ApplyRequest.newBuilder().setReason(reason);
    reading.resources().forEach(resource -> request.addResources(any(resource)));
    ApplyResponse answer =
        ResourceServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .apply(request.build());
    if (answer.getResultsCount() == 0) {
      refuse(
          name,
          answer.getProblemsList().stream()
              .map(problem -> problem.getProblem().getMessage())
              .collect(ImmutableList.toImmutableList()));
    }
  }

  private static void refuse(String name, ImmutableList<String> problems) {
    if (!problems.isEmpty()) {
      throw new DemoFailure(
          name + " was refused:\n" + problems.stream().collect(Collectors.joining("\n")));
    }
  }

  private static AnyResource any(Parsed parsed) {
    AnyResource.Builder any = AnyResource.newBuilder();
    return switch (parsed) {
      case Parsed.Service service -> any.setMeshService(service.message()).build();
      case Parsed.Policy policy -> any.setCanaryPolicy(policy.message()).build();
      case Parsed.Freeze freeze -> any.setFreezeWindow(freeze.message()).build();
      case Parsed.Channel notified -> any.setChannel(notified.message()).build();
      case Parsed.Release release -> any.setRelease(release.message()).build();
      case Parsed.Rollout rollout -> any.setRollout(rollout.message()).build();
    };
  }

  /** Watches one rollout until the returned context is cancelled. */
  Context.CancellableContext watch(String rollout, Consumer<Rollout> listener) {
    Context.CancellableContext watch = Context.current().withCancellation();
    watch.run(() ->
        RolloutServiceGrpc.newStub(channel)
            .watchRollouts(
                WatchRolloutsRequest.newBuilder().setParent(rollout).build(),
                new StreamObserver<WatchRolloutsResponse>() {
                  @Override
                  public void onNext(WatchRolloutsResponse event) {
                    if (event.hasRollout()) {
                      listener.accept(event.getRollout());
                    }
                  }

                  @Override
                  public void onError(Throwable ended) {
                    // The scenario has a time limit of its own.
                  }

                  @Override
                  public void onCompleted() {}
                }));
    return watch;
  }

  /** The decisions of a rollout, oldest first. */
  ImmutableList<Decision> decisions(String rollout) {
    return ImmutableList.copyOf(
            RolloutServiceGrpc.newBlockingStub(channel)
                .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
                .explainRollout(
                    ExplainRolloutRequest.newBuilder().setName(rollout).setPageSize(1000).build())
                .getDecisionsList())
        .reverse();
  }

  /** All proxies, by name. */
  ImmutableList<Proxy> proxies() {
    return ImmutableList.copyOf(
        FleetServiceGrpc.newBlockingStub(channel)
            .withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS)
            .listProxies(ListProxiesRequest.getDefaultInstance())
            .getProxiesList());
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
