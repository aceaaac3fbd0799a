package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.listener;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** "Eventual consistency considerations": make before break, in both variants. */
class OrderTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient connected(boolean incremental, Snapshot snapshot) {
    harness.publish(snapshot);
    TestClient client = new TestClient(harness, incremental, "n1");
    client.ask(CLUSTER).ask(ENDPOINTS, "a", "b").ask(LISTENER).ask(ROUTES, "r");
    client.ackAll();
    return client;
  }

  private static Snapshot with(Snapshot base, Resource... more) {
    List<Resource> all = new ArrayList<>();
    base.typeUrls().forEach(type -> all.addAll(base.resources(type).values()));
    all.addAll(List.of(more));
    return Snapshot.of(all);
  }

  // "Eventual consistency considerations": nothing warms a route, so its clusters have to be there
  // first.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void routeWaitsForItsNewClusterAndItsEndpoints(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a"));
    harness.publish(
        with(mesh("1", "a"), cluster("c", "1"), endpoints("c", "1"), route("r", "2", "a", "c")));
    Response clusters = client.take(CLUSTER);
    client.expectNothing();
    if (incremental) {
      client.ask(ENDPOINTS, "c");
    } else {
      client.ask(ENDPOINTS, "a", "b", "c");
    }
    Response sets = client.take(ENDPOINTS);
    assertThat(sets.names()).containsExactly("c");
    client.ack(clusters);
    client.expectNothing();
    client.ack(sets);
    assertThat(client.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "2", "a", "c").body());
    client.expectNothing();
  }

  // The same section: what adds nothing new need not wait for the other types.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void routeWithoutNewClustersDoesNotWaitForAClusterUpdate(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a"));
    harness.publish(with(mesh("2", "a", "b"), cluster("b", "2")));
    client.take(CLUSTER);
    client.take(ENDPOINTS);
    assertThat(client.take(ROUTES).names()).containsExactly("r");
  }

  // The same section: listeners come after the clusters and endpoints that belong to them.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void listenerWaitsForNewClusters(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a"));
    harness.publish(with(mesh("1", "a"), cluster("c", "1"), listener("l", "2")));
    Response clusters = client.take(CLUSTER);
    client.expectNothing();
    client.ack(clusters);
    assertThat(client.takeAndAck(LISTENER).names()).containsExactly("l");
  }

  // The same section: clusters and endpoints that nothing refers to any more go last.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oldClusterGoesAfterTheRoutesAckAndTheDrain(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a", "b"));
    harness.publish(
        snapshot(cluster("a", "1"), endpoints("a", "1"), listener("l", "1"), route("r", "2", "a")));
    Response moved = client.take(ROUTES);
    harness.pass(Duration.ofMinutes(5));
    client.expectNothing();
    client.ack(moved);
    harness.pass(Duration.ofSeconds(29));
    client.expectNothing();
    harness.pass(Duration.ofSeconds(1));
    Response last = client.take(CLUSTER);
    if (incremental) {
      assertThat(last.removed()).containsExactly("b");
      assertThat(last.names()).isEmpty();
    } else {
      assertThat(last.names()).containsExactly("a");
    }
    client.ack(last);
    client.ackAll();
    assertThat(harness.proxy("n1").type(CLUSTER).resources().keySet()).containsExactly("a");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clusterThatARejectedRouteWouldHaveLeftStays(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a", "b"));
    harness.publish(
        snapshot(
            cluster("a", "1"), endpoints("a", "1"), listener("l", "1"), route("r", "bad", "a")));
    client.nack(client.take(ROUTES), "no");
    harness.pass(Duration.ofHours(2));
    client.expectNothing();
    assertThat(harness.proxy("n1").type(CLUSTER).resources()).containsKey("b");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clusterThatComesBackDuringTheDrainStays(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a", "b"));
    harness.publish(
        snapshot(cluster("a", "1"), endpoints("a", "1"), listener("l", "1"), route("r", "2", "a")));
    client.takeAndAck(ROUTES);
    harness.pass(Duration.ofSeconds(20));
    harness.publish(mesh("1", "a", "b"));
    client.ackAll();
    harness.pass(Duration.ofHours(1));
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void fullStateDuringTheDrainKeepsTheOldCluster(boolean incremental) {
    TestClient client = connected(incremental, mesh("1", "a", "b"));
    harness.publish(
        snapshot(cluster("a", "2"), endpoints("a", "1"), listener("l", "1"), route("r", "2", "a")));
    Response clusters = client.takeAndAck(CLUSTER);
    if (incremental) {
      assertThat(clusters.names()).containsExactly("a");
      assertThat(clusters.removed()).isEmpty();
    } else {
      assertThat(clusters.names()).containsExactly("a", "b");
    }
  }
}
