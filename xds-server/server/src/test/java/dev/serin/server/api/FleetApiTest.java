package dev.serin.server.api;

import static dev.serin.server.SimulatedFleet.T0;
import static dev.serin.server.SimulatedFleet.refused;
import static dev.serin.server.SimulatedFleet.sent;
import static dev.serin.server.SimulatedFleet.synced;
import static dev.serin.server.SimulatedFleet.view;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ProxyView;
import dev.serin.mesh.Snapshot;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.InProcess;
import dev.serin.server.SimulatedFleet;
import dev.serin.server.control.Catalog;
import dev.serin.server.fleet.ProxySides;
import dev.serin.server.fleet.Sides;
import dev.serin.server.fleet.SplitHistory;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.GetProxyRequest;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class FleetApiTest {
  private final SimulatedFleet fleet = new SimulatedFleet();
  private final AtomicInteger splitsWorkedOut = new AtomicInteger();
  private final Splits splits =
      new Splits() {
        @Override
        public ImmutableList<SplitHistory.Acked> ackedSplits(ProxyView proxy) {
          splitsWorkedOut.incrementAndGet();
          return ImmutableList.of(
              new SplitHistory.Acked(
                  ResourceName.parse("shop/checkout"),
                  ImmutableSortedMap.of("v1", 990_000, "v2", 10_000),
                  7));
        }

        @Override
        public Optional<String> refusal(dev.serin.ads.Proxy proxy) {
          return Optional.empty();
        }
      };
  private final FleetWatches watches = new FleetWatches(fleet, splits, T0);
  private InProcess server;
  private FleetServiceGrpc.FleetServiceBlockingStub stub;

  @BeforeEach
  void open() throws IOException {
    server = new InProcess(List.of(new FleetApi(fleet, splits, nothing(), watches)));
    stub = FleetServiceGrpc.newBlockingStub(server.channel());
  }

  /** Proxies that have nothing, with Serin and without, and no rollouts. */
  static ProxyDiffs nothing() {
    Sides sides =
        new Sides(Snapshot.EMPTY, Snapshot.EMPTY, ImmutableList.of(), ImmutableSortedSet.of());
    return new ProxyDiffs(
        new ProxySides() {
          @Override
          public Sides sides(dev.serin.ads.Proxy proxy) {
            return sides;
          }

          @Override
          public Sides sides(dev.serin.ads.Proxy proxy, RolloutState rollout, int step) {
            return sides;
          }
        },
        () -> Catalog.EMPTY);
  }

  @AfterEach
  void close() {
    server.close();
    watches.close();
  }

  private List<Proxy> all(ListProxiesRequest request) {
    List<Proxy> all = new ArrayList<>();
    String token = "";
    do {
      ListProxiesResponse page = stub.listProxies(request.toBuilder().setPageToken(token).build());
      assertThat(page.getSerializedSize()).isLessThan(4 << 20);
      all.addAll(page.getProxiesList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    return all;
  }

  private static List<String> ids(List<Proxy> proxies) {
    return proxies.stream().map(Proxy::getNodeId).toList();
  }

  @Test
  void fiveThousandComeInPagesThatAClientTakes() {
    fleet.fill(5_000, 10);
    long begin = System.nanoTime();
    List<Proxy> all = all(ListProxiesRequest.newBuilder().setPageSize(10_000).build());
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(10));
    assertThat(ids(all)).hasSize(5_000).doesNotHaveDuplicates().isSorted();
    // Proxies of one kind with the same versions share what is worked out of them.
    assertThat(splitsWorkedOut.get()).isLessThan(5_000 / 10);
    assertThat(all.get(3).getAckedSplits(0).getSplitPpmMap()).containsEntry("v2", 10_000);
  }

  @Test
  void whatIsNotInSyncIsFoundAmongThousands() {
    fleet.fill(5_000, 10);
    assertThat(all(ListProxiesRequest.newBuilder().setStale(true).build())).hasSize(150);
    List<Proxy> errors = all(ListProxiesRequest.newBuilder().addStates(Proxy.State.ERROR).build());
    assertThat(errors).hasSize(50);
    assertThat(errors.get(1).getTypes(0).getNackMessage()).isEqualTo("no such cluster (00100)");
    assertThat(errors.get(1).getTypes(0).getNackedVersion()).isEqualTo("s1-bad");
    ListProxiesResponse inOne =
        stub.listProxies(
            ListProxiesRequest.newBuilder()
                .setCluster("cluster-1")
                .addStates(Proxy.State.ERROR)
                .addStates(Proxy.State.DISCONNECTED)
                .setPageSize(3)
                .build());
    assertThat(inOne.getTotalSize()).isBetween(32, 34);
    assertThat(inOne.getProxiesList())
        .hasSize(3)
        .allMatch(proxy -> proxy.getCluster().equals("cluster-1"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "''                      | away, bad, good, waiting",
        "state                   | bad, waiting, away, good",
        "state desc              | good, away, waiting, bad",
        "cluster, last_seen desc | waiting, bad, away, good",
        "last_seen               | bad, good, away, waiting",
        "connected desc          | bad, good, away, waiting",
        "version, node_id desc   | bad, good, away, waiting",
      })
  void aListIsSortedAsAskedHoweverItIsCut(String orderBy, String expected) {
    fleet.put(view("bad", "a", true, 1, 1, refused("no")));
    fleet.put(view("good", "b", true, 2, 1, synced()));
    fleet.put(view("away", "b", false, 3, 1, synced()));
    fleet.put(view("waiting", "a", true, 4, 1, sent()));
    // An age of n is version 30 + n, connected n seconds before and last seen n seconds after.
    for (int size = 1; size <= 5; size++) {
      ListProxiesRequest request =
          ListProxiesRequest.newBuilder().setOrderBy(orderBy).setPageSize(size).build();
      assertThat(ids(all(request)))
          .as("pages of %d", size)
          .isEqualTo(List.of(expected.split(", ")));
    }
  }

  @Test
  void aFleetThatChangesBetweenPagesNeitherRepeatsNorSkipsWhoStays() {
    for (String id : List.of("a", "c", "e")) {
      fleet.put(view(id, "x", true, 1, 1, synced()));
    }
    ListProxiesRequest two = ListProxiesRequest.newBuilder().setPageSize(2).build();
    ListProxiesResponse first = stub.listProxies(two);
    assertThat(ids(first.getProxiesList())).containsExactly("a", "c");
    fleet.forget("c");
    fleet.put(view("b", "x", true, 1, 1, synced()));
    fleet.put(view("d", "x", true, 1, 1, synced()));
    ListProxiesResponse second =
        stub.listProxies(two.toBuilder().setPageToken(first.getNextPageToken()).build());
    assertThat(ids(second.getProxiesList())).containsExactly("d", "e");
  }

  @ParameterizedTest
  @ValueSource(strings = {"noede_id", "state descending", "desc", "state state"})
  void anUnknownOrderIsRefused(String orderBy) {
    Status refused = failure(ListProxiesRequest.newBuilder().setOrderBy(orderBy));
    assertThat(refused.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused.getDescription()).contains("'" + orderBy + "'", "last_seen");
  }

  @Test
  void aTokenOfAnotherOrderOrOfNobodyIsRefused() {
    fleet.fill(10, 1);
    ListProxiesRequest.Builder byState =
        ListProxiesRequest.newBuilder().setPageSize(1).setOrderBy("state");
    String token = stub.listProxies(byState.build()).getNextPageToken();
    assertThat(token).isNotEmpty();
    for (String wrong : List.of(token, "%%%", "x".repeat(100_000))) {
      assertThat(failure(ListProxiesRequest.newBuilder().setPageToken(wrong)).getCode())
          .isEqualTo(Status.Code.INVALID_ARGUMENT);
    }
    assertThat(failure(ListProxiesRequest.newBuilder().setPageSize(-1)).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(
            failure(ListProxiesRequest.newBuilder().addStates(Proxy.State.STATE_UNSPECIFIED))
                .getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void longWordsAreCutInAListAndWholeInOneProxy() {
    fleet.put(view("bad", "a", true, 1, 1, refused("x".repeat(5_000))));
    Proxy listed = stub.listProxies(ListProxiesRequest.getDefaultInstance()).getProxies(0);
    assertThat(listed.getTypes(0).getNackMessage()).isEqualTo("x".repeat(1_024) + "...");
    Proxy one = stub.getProxy(GetProxyRequest.newBuilder().setName("proxies/bad").build());
    assertThat(one.getTypes(0).getNackMessage()).hasSize(5_000);
  }

  private Status failure(ListProxiesRequest.Builder request) {
    return catchThrowableOfType(
            StatusRuntimeException.class, () -> stub.listProxies(request.build()))
        .getStatus();
  }
}
