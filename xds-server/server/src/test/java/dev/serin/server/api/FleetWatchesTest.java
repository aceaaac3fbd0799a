package dev.serin.server.api;

import static dev.serin.server.SimulatedFleet.T0;
import static dev.serin.server.SimulatedFleet.refused;
import static dev.serin.server.SimulatedFleet.sent;
import static dev.serin.server.SimulatedFleet.synced;
import static dev.serin.server.SimulatedFleet.view;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.ProxyView;
import dev.serin.server.InProcess;
import dev.serin.server.SimulatedFleet;
import dev.serin.server.fleet.SplitHistory;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.Status;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class FleetWatchesTest {
  private static final Splits NO_SPLITS =
      new Splits() {
        @Override
        public ImmutableList<SplitHistory.Acked> ackedSplits(ProxyView proxy) {
          return ImmutableList.of();
        }

        @Override
        public Optional<String> refusal(dev.serin.ads.Proxy proxy) {
          return Optional.empty();
        }
      };

  private final SimulatedFleet fleet = new SimulatedFleet();
  private final FleetWatches watches = new FleetWatches(fleet, NO_SPLITS, T0);
  private InProcess server;

  @BeforeEach
  void open() throws IOException {
    server =
        new InProcess(List.of(new FleetApi(fleet, NO_SPLITS, FleetApiTest.nothing(), watches)));
  }

  @AfterEach
  void close() {
    server.close();
    watches.close();
  }

  /** A watch, which takes as many events as it is told to. */
  private final class Watch
      implements ClientResponseObserver<WatchProxiesRequest, WatchProxiesResponse> {
    private final LinkedBlockingQueue<WatchProxiesResponse> events = new LinkedBlockingQueue<>();
    private final CompletableFuture<Status> end = new CompletableFuture<>();
    private final int window;
    private @Nullable ClientCallStreamObserver<WatchProxiesRequest> call;

    Watch(WatchProxiesRequest.Builder request, int window) {
      this.window = window;
      FleetServiceGrpc.newStub(server.channel()).watchProxies(request.build(), this);
    }

    @Override
    public void beforeStart(ClientCallStreamObserver<WatchProxiesRequest> requests) {
      call = requests;
      requests.disableAutoRequestWithInitial(window);
    }

    void read(int more) {
      if (call != null) {
        call.request(more);
      }
    }

    void leave() {
      if (call != null) {
        call.cancel("enough", null);
      }
    }

    @Override
    public void onNext(WatchProxiesResponse event) {
      events.add(event);
    }

    @Override
    public void onError(Throwable error) {
      end.complete(Status.fromThrowable(error));
    }

    @Override
    public void onCompleted() {
      end.complete(Status.OK);
    }

    WatchProxiesResponse next() throws InterruptedException {
      WatchProxiesResponse event = events.poll(30, TimeUnit.SECONDS);
      if (event == null) {
        throw new AssertionError("no event; the watch: " + end);
      }
      return event;
    }

    /** What is there. */
    List<String> untilSynced() throws InterruptedException {
      List<String> seen = new ArrayList<>();
      for (WatchProxiesResponse event = next(); !event.getSynced(); event = next()) {
        seen.add(
            switch (event.getEventCase()) {
              case PROXY -> event.getProxy().getNodeId();
              case FORGOTTEN -> "gone " + event.getForgotten();
              case RESET -> "reset";
              case SYNCED, EVENT_NOT_SET -> throw new AssertionError(event);
            });
      }
      return seen;
    }
  }

  private Watch watch(WatchProxiesRequest.Builder request) {
    return new Watch(request, Integer.MAX_VALUE);
  }

  private static WatchProxiesRequest.Builder everything() {
    return WatchProxiesRequest.newBuilder();
  }

  @Test
  void aWatchBeginsWithWhatIsThereAndGoesOnWithWhatChanges() throws Exception {
    fleet.put(view("a", "x", true, 1, 1, synced()));
    fleet.put(view("b", "x", true, 1, 1, synced()));
    Watch watch = watch(everything());
    assertThat(watch.untilSynced()).containsExactly("a", "b");

    fleet.put(view("b", "x", true, 1, 1, refused("no such cluster")));
    Proxy refused = watch.next().getProxy();
    assertThat(refused.getNodeId()).isEqualTo("b");
    assertThat(refused.getState()).isEqualTo(Proxy.State.ERROR);
    assertThat(refused.getTypes(0).getNackMessage()).isEqualTo("no such cluster");

    fleet.put(view("c", "x", true, 1, 1, synced()));
    assertThat(watch.next().getProxy().getNodeId()).isEqualTo("c");
  }

  /** Nobody tells of what was sent and of proxies that are forgotten: it has to be looked for. */
  @Test
  void whatNobodyTellsOfIsSeenWithinASecondOrSo() throws Exception {
    fleet.put(view("a", "x", true, 1, 1, synced()));
    fleet.put(view("b", "x", true, 1, 1, synced()));
    Watch watch = watch(everything());
    watch.untilSynced();
    fleet.forget("b");
    WatchProxiesResponse gone = watch.next();
    assertThat(gone.getForgotten()).isEqualTo("proxies/b");
    assertThat(gone.getRevision()).isGreaterThan(T0.toEpochMilli());
  }

  @Test
  void whenAProxyWasLastHeardIsNoNews() throws Exception {
    fleet.put(view("a", "x", true, 1, 1, synced()));
    Watch watch = watch(everything());
    watch.untilSynced();
    ProxyView same = view("a", "x", true, 1, 1, synced());
    fleet.put(
        new ProxyView(
            same.proxy(), true, 1, same.connectedAt(), T0.plusSeconds(999), same.types()));
    fleet.put(view("b", "x", true, 1, 1, synced()));
    assertThat(watch.next().getProxy().getNodeId()).isEqualTo("b");
  }

  @Test
  void aWatchOnWhatIsNotInSyncIsToldWhoIsAgain() throws Exception {
    fleet.put(view("a", "x", true, 1, 1, synced()));
    fleet.put(view("b", "x", true, 1, 1, sent()));
    fleet.put(view("c", "y", true, 1, 1, sent()));
    Watch watch = watch(everything().setStale(true).setCluster("x"));
    assertThat(watch.untilSynced()).containsExactly("b");
    fleet.put(view("c", "y", true, 1, 1, synced()));
    fleet.put(view("b", "x", true, 1, 1, synced()));
    assertThat(watch.next().getForgotten()).isEqualTo("proxies/b");
    fleet.put(view("a", "x", false, 1, 1, synced()));
    assertThat(watch.next().getProxy().getState()).isEqualTo(Proxy.State.DISCONNECTED);
  }

  @Test
  void aWatchThatComesBackGetsWhatItMissedAndNothingElse() throws Exception {
    fleet.fill(100, 1);
    Watch first = watch(everything());
    assertThat(first.untilSynced()).hasSize(100);
    fleet.put(view("new", "x", true, 1, 1, synced()));
    long revision = first.next().getRevision();
    first.leave();

    fleet.put(view("newer", "x", true, 1, 1, synced()));
    fleet.forget("proxy-00007");
    Watch again = watch(everything().setRevision(revision));
    assertThat(again.untilSynced()).containsExactlyInAnyOrder("newer", "gone proxies/proxy-00007");
  }

  @Test
  void aFilteredWatchThatComesBackIsToldOfWhomItMayStillShow() throws Exception {
    fleet.put(view("a", "x", true, 1, 1, sent()));
    fleet.put(view("b", "x", true, 1, 1, synced()));
    Watch first = watch(everything().setStale(true));
    first.untilSynced();
    fleet.put(view("c", "x", true, 1, 1, sent()));
    long revision = first.next().getRevision();
    first.leave();

    fleet.put(view("a", "x", true, 1, 1, synced()));
    Watch again = watch(everything().setStale(true).setRevision(revision));
    assertThat(again.untilSynced()).containsExactly("gone proxies/a");
    fleet.put(view("a", "x", true, 2, 1, sent()));
    assertThat(again.next().getProxy().getNodeId()).isEqualTo("a");
  }

  @Test
  void aRevisionOfAnotherServerBeginsAnewAndSaysSo() throws Exception {
    fleet.fill(3, 1);
    for (long foreign : new long[] {1, T0.toEpochMilli(), Long.MAX_VALUE}) {
      assertThat(watch(everything().setRevision(foreign)).untilSynced())
          .containsExactly("reset", "proxy-00000", "proxy-00001", "proxy-00002");
    }
    Status wrong = watch(everything().setRevision(-1)).end.get(30, TimeUnit.SECONDS);
    assertThat(wrong.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aSlowReaderGetsTheLastStateOfEachAndDelaysNobody() throws Exception {
    fleet.fill(1_000, 1);
    Watch slow = new Watch(everything(), 1);
    Watch quick = watch(everything());
    assertThat(quick.untilSynced()).hasSize(1_000);
    slow.next();
    for (int age = 10; age < 13; age++) {
      fleet.put(view("proxy-00999", "changed", true, age, 1, synced()));
      assertThat(quick.next().getProxy().getNodeId()).isEqualTo("proxy-00999");
    }
    Set<String> seen = new HashSet<>();
    boolean changed = false;
    slow.read(Integer.MAX_VALUE);
    while (!changed) {
      WatchProxiesResponse event = slow.next();
      assertThat(event.hasProxy() ? seen.add(event.getProxy().getNodeId()) : event.getSynced())
          .isTrue();
      changed = event.getProxy().getCluster().equals("changed");
    }
    assertThat(seen).hasSize(999); // the first of the thousand came before
  }

  @Test
  void fiveThousandAreWatchedAtOnce() throws Exception {
    fleet.fill(5_000, 10);
    Watch watch = watch(everything());
    assertThat(watch.untilSynced()).hasSize(5_000).isSorted();
    fleet.put(view("proxy-04321", "x", true, 1, 1, refused("not this one")));
    assertThat(watch.next().getProxy().getTypes(0).getNackMessage()).isEqualTo("not this one");
  }

  @Test
  void aFleetThatNobodyWatchesIsNotLookedAt() throws Exception {
    fleet.fill(10, 1);
    assertThat(fleet.looks()).isZero();
    Watch watch = watch(everything());
    watch.untilSynced();
    watch.leave();
    awaitRest();
    int looks = fleet.looks();
    fleet.put(view("new", "x", true, 1, 1, synced()));
    assertThat(watches.isLooking()).isFalse();
    assertThat(fleet.looks()).isEqualTo(looks);
  }

  /** The thread has found that nobody watches. */
  private void awaitRest() {
    long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (watches.isLooking()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }
}
