package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.listener;
import static dev.serin.ads.Bodies.route;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.Layer;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeResources;
import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Collections;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A fleet in which every proxy has something of its own: what it has in common exists once, in what
 * is served, in what the streams remember and in what is worked out for them. Counted in objects,
 * not in bytes of heap.
 */
class GroupsTest {
  private static final int PROXIES = 200;
  private static final int SHARED = 300;

  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private static Snapshot shared(String mark) {
    List<Resource> all = new ArrayList<>();
    for (int i = 0; i < SHARED; i++) {
      all.add(cluster("c%04d".formatted(i), "1"));
      all.add(endpoints("c%04d".formatted(i), "1"));
    }
    all.add(listener("l", "1"));
    all.add(route("r", mark, "c0000"));
    return Snapshot.of(all);
  }

  /** As a source does it for proxies that differ: what is shared, and above it what is not. */
  private void publish(Snapshot base) {
    harness.ads.publish(
        proxy -> new Layer(List.of(cluster("own-" + proxy.nodeId(), "1"))).over(base));
  }

  private List<TestClient> connect(boolean incremental) {
    List<TestClient> clients = new ArrayList<>();
    for (int i = 0; i < PROXIES; i++) {
      TestClient client = new TestClient(harness, incremental, "n%03d".formatted(i));
      client.ask(CLUSTER).ask(ENDPOINTS, "c0000", "c0001").ask(LISTENER).ask(ROUTES, "r");
      client.ackAll();
      clients.add(client);
    }
    return clients;
  }

  private List<HeldView> views(String typeUrl) {
    return harness.ads.fleetView().proxies().stream()
        .map(view -> (HeldView) view.types().getOrDefault(typeUrl, TypeView.NONE))
        .toList();
  }

  private static <T> int distinct(Collection<T> objects) {
    Set<T> identities = Collections.newSetFromMap(new IdentityHashMap<>());
    identities.addAll(objects);
    return identities.size();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fleetWithAClusterOfItsOwnEachHoldsWhatItSharesOnce(boolean incremental) {
    publish(shared("1"));
    connect(incremental);
    List<TypeResources> held = views(CLUSTER).stream().map(view -> view.holdings().base()).toList();
    assertThat(held).hasSize(PROXIES);
    assertThat(distinct(held.stream().map(TypeResources::root).toList()))
        .as("sets of what is shared")
        .isEqualTo(1);
    assertThat(held.stream().mapToInt(one -> one.own().size()).sum())
        .as("entries beside them")
        .isEqualTo(PROXIES);
    for (String type : List.of(ENDPOINTS, LISTENER, ROUTES)) {
      assertThat(distinct(views(type).stream().map(view -> view.holdings().base()).toList()))
          .as("sets of %s", type)
          .isEqualTo(1);
    }
    for (String type : List.of(CLUSTER, ENDPOINTS, LISTENER, ROUTES)) {
      assertThat(views(type))
          .as("a client that is up to date differs in nothing: %s", type)
          .allSatisfy(view -> assertThat(view.holdings().others()).isEmpty());
    }
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void everyProxyGetsWhatIsSharedAndItsOwn(boolean incremental) {
    publish(shared("1"));
    TestClient client = new TestClient(harness, incremental, "n7");
    client.ask(CLUSTER);
    Response all = client.takeAndAck(CLUSTER);
    assertThat(all.names()).hasSize(SHARED + 1).contains("own-n7", "c0000");
    publish(shared("2"));
    client.expectNothing();
  }

  /** The encoded values that travel are the same objects for all, and so are their frames. */
  @Test
  void whatIsEncodedGrowsWithTheResourcesAndNotWithTheProxies() {
    Snapshot base = shared("1");
    List<ByteString> values = new ArrayList<>();
    List<byte[]> frames = new ArrayList<>();
    for (int i = 0; i < PROXIES; i++) {
      Snapshot one = new Layer(List.of(cluster("own-" + i, "1"))).over(base);
      one.ofType(CLUSTER)
          .forEach(resource -> {
            values.add(resource.value());
            frames.add(resource.deltaPrefix());
          });
    }
    assertThat(values).hasSize(PROXIES * (SHARED + 1));
    assertThat(distinct(values)).isEqualTo(SHARED + PROXIES);
    assertThat(distinct(frames)).isEqualTo(SHARED + PROXIES);
  }

  /** A push to all of them works out once what changed below, and a look at each's own. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void pushOfWhatIsSharedIsComparedOnceForTheFleet(boolean incremental) {
    publish(shared("1"));
    List<TestClient> clients = connect(incremental);
    publish(shared("2"));
    assertThat(distinct(views(ROUTES).stream().map(GroupsTest::offered).toList()))
        .as("what is found to have changed")
        .isEqualTo(1);
    for (TestClient client : clients) {
      assertThat(client.takeAndAck(ROUTES).names()).containsExactly("r");
      client.expectNothing();
    }
  }

  private static Map<String, Resource> offered(HeldView view) {
    return Objects.requireNonNull(view.inFlight()).offered();
  }

  /** Over any number of pushes, and though one proxy has stopped to answer long ago. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatEverybodyHasLeftBehindIsGarbage(boolean incremental) {
    TestClient slow = new TestClient(harness, incremental, "slow");
    TestClient quick = new TestClient(harness, incremental, "quick");
    List<WeakReference<Resource>> routes = new ArrayList<>();
    for (int push = 0; push < 30; push++) {
      Snapshot next = shared(Integer.toString(push));
      routes.add(new WeakReference<>(next.resource(ROUTES, "r").orElseThrow()));
      publish(next);
      if (push == 0) {
        List.of(slow, quick)
            .forEach(client -> client.ask(CLUSTER).ask(LISTENER).ask(ROUTES, "r").ackAll());
      } else {
        quick.takeAndAck(ROUTES);
      }
    }
    // What the slow one has, what it has not answered, and what the quick one has.
    assertThat(alive(routes, 3)).containsExactly(0, 1, 29);
    slow.ackAll();
    quick.expectNothing();
    assertThat(alive(routes, 1)).containsExactly(29);
  }

  /** The places of those that collections leave, of which there are some until {@code few} are. */
  private static List<Integer> alive(List<WeakReference<Resource>> references, int few) {
    for (int collections = 0; ; collections++) {
      System.gc();
      List<Integer> alive =
          IntStream.range(0, references.size())
              .filter(at -> !references.get(at).refersTo(null))
              .boxed()
              .toList();
      if (alive.size() <= few || collections == 20) {
        return alive;
      }
    }
  }

  @Test
  void ownResourceOfOneProxyReachesThatProxyAlone() {
    Snapshot base = shared("1");
    publish(base);
    TestClient one = new TestClient(harness, true, "n1");
    TestClient two = new TestClient(harness, true, "n2");
    one.ask(CLUSTER).ackAll();
    two.ask(CLUSTER).ackAll();
    harness.ads.publish(proxy ->
        new Layer(
                List.of(cluster("own-" + proxy.nodeId(), proxy.nodeId().equals("n1") ? "2" : "1")))
            .over(base));
    assertThat(one.takeAndAck(CLUSTER).names()).containsExactly("own-n1");
    one.expectNothing();
    two.expectNothing();
  }

  @Test
  void ownResourceMayStandInForASharedOneAndGoAgain() {
    Snapshot base = shared("1");
    harness.publish(new Layer(List.of(cluster("c0000", "own"))).over(base));
    TestClient client = new TestClient(harness, true, "n1");
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).resources())
        .hasSize(SHARED)
        .containsEntry("c0000", cluster("c0000", "own").body());
    harness.publish(base);
    assertThat(client.takeAndAck(CLUSTER).resources())
        .containsOnly(java.util.Map.entry("c0000", cluster("c0000", "1").body()));
    client.expectNothing();
  }
}
