package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.ads.TestClient.Response;
import java.time.Duration;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a NACK means, in both variants. */
class RejectionTest extends Conversation {
  /** A client that has accepted version 1. */
  private TestClient connectWithRoutes(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(ROUTES, "r");
    client.takeAndAck(ROUTES);
    return client;
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rejectedVersionIsNotSentAgain(boolean incremental) {
    TestClient client = connectWithRoutes(incremental);
    harness.publish(mesh("bad", "a"));
    Response bad = client.take(ROUTES);
    client.nack(bad, "no such thing");
    client.nack(bad, "no such thing");
    client.expectNothing();
    harness.publish(mesh("bad", "a"));
    harness.pass(Duration.ofMinutes(10));
    client.expectNothing();

    var view = harness.proxy("n1").resource(ROUTES, "r");
    assertThat(view.acked(route("r", "1", "a").version())).isTrue();
    assertThat(view.nacked(route("r", "bad", "a").version())).isTrue();
    assertThat(harness.events).endsWith("nacked n1 r: no such thing");
    assertThat(harness.meters.counter("serin.xds.nacks").count()).isEqualTo(2);

    harness.publish(mesh("2", "a"));
    client.takeAndAck(ROUTES);
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack()).isEmpty();
    harness.publish(mesh("bad", "a"));
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack()).isPresent();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rejectedVersionIsNotSentAfterAReconnectAndTheLastGoodOneIs(boolean incremental) {
    TestClient client = connectWithRoutes(incremental);
    harness.publish(mesh("bad", "a"));
    client.nack(client.take(ROUTES), "no");
    client.close();
    harness.pass(Duration.ofMinutes(30));

    TestClient back = connect(incremental);
    back.ask(ROUTES, "r");
    assertThat(back.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "1", "a").body());
    back.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void rejectionIsForgottenAnHourAfterTheProxyWentAway(boolean incremental) {
    harness.publish(mesh("bad", "a"));
    TestClient client = connect(incremental);
    client.ask(ROUTES, "r");
    client.nack(client.take(ROUTES), "no");
    client.close();
    harness.pass(Duration.ofMinutes(61));
    TestClient back = connect(incremental);
    back.ask(ROUTES, "r");
    assertThat(back.take(ROUTES).names()).containsExactly("r");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void changedRouteConfigurationTravelsAlone(boolean incremental) {
    harness.publish(snapshot(route("r", "1", "a"), route("s", "1", "a")));
    TestClient client = connect(incremental);
    client.ask(ROUTES, "r", "s");
    assertThat(client.takeAndAck(ROUTES).names()).containsExactly("r", "s");
    harness.publish(snapshot(route("r", "bad", "a"), route("s", "2", "a")));
    Response first = client.take(ROUTES);
    assertThat(first.names()).containsExactly("r");
    client.nack(first, "no");
    Response second = client.takeAndAck(ROUTES);
    assertThat(second.names()).containsExactly("s");
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(ROUTES, "s").ackedVersion())
        .hasValue(route("s", "2", "a").version());
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nackOfSeveralChangesIsAttributedByOfferingThemOneAtATime(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1"), cluster("c", "1")));
    TestClient client = connect(incremental);
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "bad"), cluster("c", "2")));
    client.nack(client.take(CLUSTER), "one of them");

    Response onlyB = client.take(CLUSTER);
    assertThat(onlyB.resources()).containsEntry("b", cluster("b", "bad").body());
    if (!incremental) {
      assertThat(onlyB.resources()).containsEntry("c", cluster("c", "1").body());
    }
    client.nack(onlyB, "b is bad");
    Response onlyC = client.takeAndAck(CLUSTER);
    assertThat(onlyC.resources()).containsEntry("c", cluster("c", "2").body());
    if (!incremental) {
      // A full state without the last good body would delete the cluster.
      assertThat(onlyC.resources()).containsEntry("b", cluster("b", "1").body());
    }
    client.expectNothing();
    assertThat(harness.events).contains("nacked n1 b: b is bad").endsWith("acked n1 c");
    assertThat(harness.events).doesNotContain("nacked n1 c: one of them");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void oneBadClusterOfManyIsFoundByHalves(boolean incremental) {
    var resources = new dev.serin.mesh.Resource[64];
    for (int i = 0; i < resources.length; i++) {
      resources[i] = cluster("c%02d".formatted(i), "1");
    }
    harness.publish(snapshot(resources));
    TestClient client = connect(incremental);
    client.ask(CLUSTER);
    int responses = 0;
    while (harness.proxy("n1").type(CLUSTER).resources().values().stream()
        .anyMatch(r -> r.ackedVersion().isEmpty() && r.nack().isEmpty())) {
      Response next = client.take(CLUSTER);
      responses++;
      if (next.names().contains("c41")) {
        client.nack(next, "c41 is bad");
      } else {
        client.ack(next);
      }
    }
    client.expectNothing();
    assertThat(responses).isLessThanOrEqualTo(14);
    assertThat(harness.events)
        .filteredOn(e -> e.startsWith("nacked"))
        .containsExactly("nacked n1 c41: c41 is bad");
    assertThat(harness.events).filteredOn(e -> e.startsWith("acked")).hasSize(63);
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void newContentEndsTheTrial(boolean incremental) {
    harness.publish(snapshot(cluster("a", "bad"), cluster("b", "1")));
    TestClient client = connect(incremental);
    client.ask(CLUSTER);
    client.nack(client.take(CLUSTER), "no");
    Response trial = client.take(CLUSTER);
    assertThat(trial.names()).containsExactly("a");
    harness.publish(snapshot(cluster("a", "2"), cluster("b", "2")));
    client.nack(trial, "no");
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void routeOfARejectedClusterIsHeldBackAndCountsAsRejected(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(CLUSTER).ask(ENDPOINTS, "a", "b").ask(ROUTES, "r");
    client.ackAll();
    harness.publish(
        snapshot(
            cluster("a", "1"),
            endpoints("a", "1"),
            cluster("b", "1"),
            endpoints("b", "1"),
            cluster("c", "bad"),
            endpoints("c", "1"),
            route("r", "2", "a", "c")));
    Response clusters = client.take(CLUSTER);
    client.expectNothing();
    client.nack(clusters, "no certificate");
    client.expectNothing();
    var view = harness.proxy("n1").resource(ROUTES, "r");
    assertThat(view.acked(route("r", "1", "a").version())).isTrue();
    assertThat(view.nack().orElseThrow().message())
        .isEqualTo("its cluster c was rejected: no certificate");
    // Mended, the cluster lets the route through.
    harness.publish(
        snapshot(
            cluster("a", "1"),
            endpoints("a", "1"),
            cluster("b", "1"),
            endpoints("b", "1"),
            cluster("c", "2"),
            route("r", "2", "a", "c")));
    client.takeAndAck(CLUSTER);
    assertThat(client.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "2", "a", "c").body());
  }

  /** A proxy that refuses every step of one rollout after another, whose weights come again. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void versionThatComesAgainAfterAHundredOthersIsStillRejected(boolean incremental) {
    TestClient client = connectWithRoutes(incremental);
    String words = "w".repeat(1_000);
    for (int i = 0; i < 100; i++) {
      harness.publish(mesh("bad" + i, "a"));
      client.nack(client.take(ROUTES), words + i);
    }
    for (int i = 0; i < 100; i++) {
      harness.publish(mesh("bad" + i, "a"));
      client.expectNothing();
    }
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack().orElseThrow().message())
        .isEqualTo(words + 99);
    harness.publish(mesh("bad0", "a"));
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack().orElseThrow().message())
        .hasSizeLessThan(100)
        .startsWith("www");
    for (int i = 100; i < NodeMemory.MAX_REJECTED_VERSIONS + 1; i++) {
      harness.publish(mesh("bad" + i, "a"));
      client.nack(client.take(ROUTES), words + i);
    }
    harness.publish(mesh("bad0", "a"));
    assertThat(client.take(ROUTES).names()).as("memory is bounded").containsExactly("r");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void restartedProxyGetsTheGoodOneThatItAcceptedLast(boolean incremental) {
    TestClient client = connectWithRoutes(incremental);
    harness.publish(mesh("bad", "a"));
    client.nack(client.take(ROUTES), "no");
    harness.publish(mesh("2", "a"));
    client.takeAndAck(ROUTES);
    client.close();
    harness.publish(mesh("bad", "a"));
    TestClient restarted = connect(incremental);
    restarted.ask(ROUTES, "r");
    assertThat(restarted.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "2", "a").body());
  }
}
