package dev.serin.server.api;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.serin.policy.Analysis;
import dev.serin.server.InProcess;
import dev.serin.server.control.Bench;
import dev.serin.server.control.RolloutHistory;
import dev.serin.v1.CalendarServiceGrpc;
import dev.serin.v1.GetRolloutRequest;
import dev.serin.v1.MeshCatalogGrpc;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.ResourceServiceGrpc;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.List;
import java.util.OptionalLong;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** The services over a channel in this process, with a rollout to v2 that has begun. */
final class ApiBench implements AutoCloseable {
  static final String V2 = "tenants/shop/rollouts/checkout-v2";

  final Bench bench = new Bench();
  final RolloutWatches watches = new RolloutWatches();
  volatile OptionalLong open = OptionalLong.empty();
  final ManagedChannel channel;
  final RolloutServiceGrpc.RolloutServiceBlockingStub rollouts;
  final MeshCatalogGrpc.MeshCatalogBlockingStub catalog;
  final PolicyServiceGrpc.PolicyServiceBlockingStub policies;
  final CalendarServiceGrpc.CalendarServiceBlockingStub calendar;
  final ResourceServiceGrpc.ResourceServiceBlockingStub resources;
  private final InProcess server;

  ApiBench() throws IOException {
    bench.started(Analysis.OFF).fleetAcks();
    bench.later = watches::changed;
    watches.changed(bench.loop.catalog());
    RolloutHistory history = new RolloutHistory(bench.store);
    server =
        new InProcess(
            List.of(
                new RolloutApi(
                    bench.control,
                    watches,
                    new Decisions(history),
                    new OpenRequests(bench.control::catalog, (service, version) -> open)),
                new ServiceApi(bench.control),
                new PolicyApi(bench.control),
                new ResourceApi(bench.control, () -> Bench.T0),
                new CalendarApi(bench.control, () -> Bench.T0),
                new AuditApi(bench.store)));
    channel = server.channel();
    rollouts = RolloutServiceGrpc.newBlockingStub(channel);
    catalog = MeshCatalogGrpc.newBlockingStub(channel);
    policies = PolicyServiceGrpc.newBlockingStub(channel);
    calendar = CalendarServiceGrpc.newBlockingStub(channel);
    resources = ResourceServiceGrpc.newBlockingStub(channel);
    bench.loop.start();
  }

  @Override
  public void close() {
    server.close();
    bench.loop.close();
  }

  Rollout get() {
    return rollouts.getRollout(GetRolloutRequest.newBuilder().setName(V2).build());
  }

  static StatusRuntimeException failure(Runnable call) {
    StatusRuntimeException thrown = catchThrowableOfType(StatusRuntimeException.class, call::run);
    assertThat(thrown).isNotNull();
    return thrown;
  }

  /** A watch on the tenant shop. */
  Watch watch(long revision) {
    return new Watch(revision, 100);
  }

  /** A client that asks for so many messages first. */
  final class Watch implements ClientResponseObserver<WatchRolloutsRequest, WatchRolloutsResponse> {
    private final LinkedBlockingQueue<WatchRolloutsResponse> events = new LinkedBlockingQueue<>();
    private final int window;
    private @Nullable ClientCallStreamObserver<WatchRolloutsRequest> call;

    /** How it ended. */
    final CompletableFuture<Throwable> error = new CompletableFuture<>();

    Watch(long revision, int window) {
      this.window = window;
      RolloutServiceGrpc.newStub(channel)
          .watchRollouts(
              WatchRolloutsRequest.newBuilder()
                  .setParent("tenants/shop")
                  .setRevision(revision)
                  .build(),
              this);
    }

    WatchRolloutsResponse next() throws InterruptedException {
      WatchRolloutsResponse event = events.poll(10, TimeUnit.SECONDS);
      assertThat(event).as("an event").isNotNull();
      return event;
    }

    void until(RolloutStatus.Phase phase) throws InterruptedException {
      while (next().getRollout().getStatus().getPhase() != phase) {
        // earlier states may come before it
      }
    }

    void read(int messages) {
      if (call == null) {
        throw new IllegalStateException("the watch is not open");
      }
      call.request(messages);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchRolloutsRequest> stream) {
      call = stream;
      stream.disableAutoRequestWithInitial(window);
    }

    @Override
    public void onNext(WatchRolloutsResponse event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable thrown) {
      error.complete(thrown);
    }

    @Override
    public void onCompleted() {}
  }
}
