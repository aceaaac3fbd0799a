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
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The protocol's rules for incremental streams, each with its section. */
class IncrementalTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient connect() {
    return new TestClient(harness, true, "n1");
  }

  private TestClient connected(Snapshot snapshot) {
    harness.publish(snapshot);
    TestClient client = connect();
    client.ask(CLUSTER).ask(ENDPOINTS, "a", "b").ask(LISTENER).ask(ROUTES, "r");
    client.ackAll();
    return client;
  }

  // "Grouping resources into responses": a response may hold what changed and nothing else.
  @Test
  void onlyChangedResourcesTravelWithTheirOwnVersions() {
    TestClient client = connected(mesh("1", "a"));
    Snapshot next =
        snapshot(
            cluster("a", "1"),
            cluster("b", "2"),
            endpoints("a", "1"),
            endpoints("b", "1"),
            listener("l", "1"),
            route("r", "1", "a"));
    harness.publish(next);
    Response clusters = client.takeAndAck(CLUSTER);
    assertThat(clusters.versions()).containsExactly(entry("b", cluster("b", "2").version()));
    assertThat(clusters.version()).isEqualTo(next.version(CLUSTER));
    // An incremental Envoy sends no request for the endpoints of a changed cluster at all.
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("b");
    client.expectNothing();
  }

  private static java.util.Map.Entry<String, String> entry(String name, String version) {
    return java.util.Map.entry(name, version);
  }

  // "Incremental xDS": what a client says on reconnect that it has need not travel again.
  @Test
  void reconnectWithEqualVersionsPushesNothing() {
    connected(mesh("1", "a")).close();
    TestClient back = connect();
    back.sendDelta(b ->
        b.setTypeUrl(CLUSTER)
            .putInitialResourceVersions("a", cluster("a", "1").version())
            .putInitialResourceVersions("b", cluster("b", "1").version()));
    back.sendDelta(b ->
        b.setTypeUrl(ROUTES)
            .addResourceNamesSubscribe("r")
            .putInitialResourceVersions("r", route("r", "1", "a").version()));
    back.expectNothing();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").acked(route("r", "1", "a").version()))
        .isTrue();
    harness.publish(mesh("2", "a"));
    assertThat(back.take(ROUTES).names()).containsExactly("r");
  }

  @Test
  void reconnectWithOtherVersionsGetsWhatDiffersAndLosesGhostsAfterTheDrain() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.sendDelta(b ->
        b.setTypeUrl(CLUSTER)
            .putInitialResourceVersions("a", "of an earlier life")
            .putInitialResourceVersions("b", cluster("b", "1").version())
            .putInitialResourceVersions("ghost", "s1-0"));
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a");
    client.ask(ROUTES, "r");
    client.takeAndAck(ROUTES);
    client.expectNothing();
    harness.pass(Duration.ofSeconds(30));
    assertThat(client.takeAndAck(CLUSTER).removed()).containsExactly("ghost");
    client.expectNothing();
  }

  @Test
  void changedClusterOnReconnectSendsItsEndpointsAlthoughTheirVersionIsKnown() {
    connected(mesh("1", "a")).close();
    harness.publish(snapshot(cluster("a", "2"), endpoints("a", "1")));
    TestClient back = connect();
    back.sendDelta(
        b -> b.setTypeUrl(CLUSTER).putInitialResourceVersions("a", cluster("a", "1").version()));
    Response clusters = back.take(CLUSTER);
    back.sendDelta(b ->
        b.setTypeUrl(ENDPOINTS)
            .addResourceNamesSubscribe("a")
            .putInitialResourceVersions("a", endpoints("a", "1").version()));
    assertThat(back.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    back.ack(clusters);
    back.expectNothing();
  }

  // "Incremental xDS": names count whatever the nonce.
  @Test
  void staleNonceAcknowledgesNothingButItsNamesCount() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect();
    client.ask(ENDPOINTS, "a");
    Response first = client.take(ENDPOINTS);
    client.sendDelta(
        b -> b.setTypeUrl(ENDPOINTS).setResponseNonce("lie").addResourceNamesSubscribe("b"));
    client.expectNothing();
    client.ack(first);
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("b");
  }

  // "Subscribing to resources": a client may have lost what it still seems to be subscribed to.
  @Test
  void resubscriptionIsAnsweredAgain() {
    TestClient client = connected(mesh("1", "a"));
    client.ask(ENDPOINTS, "a");
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    client.expectNothing();
  }

  // "Knowing when a requested resource does not exist" of the incremental protocol: it is named
  // among the removed ones.
  @Test
  void nameThatDoesNotExistIsSaidToBeRemovedOnceAndComesWhenItExists() {
    harness.publish(snapshot(endpoints("a", "1")));
    TestClient client = connect();
    client.ask(ENDPOINTS, "a", "ghost");
    Response both = client.takeAndAck(ENDPOINTS);
    assertThat(both.names()).containsExactly("a");
    assertThat(both.removed()).containsExactly("ghost");
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "1"), endpoints("ghost", "1")));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("ghost");
  }

  // "Unsubscribing from resources" of the incremental protocol: under a wildcard the client cannot
  // know whether the resource stays its own, and is told.
  @Test
  void unsubscribingANameUnderAWildcardIsAnswered() {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = connect();
    client.ask(CLUSTER, "*", "a", "ghost");
    client.takeAndAck(CLUSTER);
    client.sendDelta(b ->
        b.setTypeUrl(CLUSTER)
            .addResourceNamesUnsubscribe("a")
            .addResourceNamesUnsubscribe("ghost"));
    Response answer = client.takeAndAck(CLUSTER);
    assertThat(answer.names()).containsExactly("a");
    assertThat(answer.removed()).containsExactly("ghost");
    client.expectNothing();
  }

  // "How the client specifies what resources to return": taking "*" back leaves what was asked for
  // by name.
  @Test
  void unsubscribingTheWildcardKeepsTheNames() {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    client.ask(CLUSTER, "a");
    client.ackAll();
    client.sendDelta(b -> b.setTypeUrl(CLUSTER).addResourceNamesUnsubscribe("*"));
    client.expectNothing();
    harness.publish(snapshot(cluster("a", "2"), cluster("b", "2")));
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a");
    client.sendDelta(b ->
        b.setTypeUrl(CLUSTER)
            .addResourceNamesUnsubscribe("a")
            .addResourceNamesUnsubscribe("never asked for"));
    harness.publish(snapshot(cluster("a", "3"), cluster("b", "3")));
    client.expectNothing();
  }

  @Test
  void emptyWildcardIsAnsweredAndUnknownTypesHarmNobody() {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = connect();
    client.ask(TypeUrls.RUNTIME, "rt0");
    assertThat(client.takeAndAck(TypeUrls.RUNTIME).names()).containsExactly("rt0");
    client.ask("type.googleapis.com/nobody.knows.this.v9.Thing", "x");
    assertThat(client.take("type.googleapis.com/nobody.knows.this.v9.Thing").removed())
        .containsExactly("x");
    client.ask(LISTENER);
    assertThat(client.takeAndAck(LISTENER).names()).isEmpty();
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a");
    client.expectNothing();
  }
}
