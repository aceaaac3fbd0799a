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

/** The protocol's rules for state-of-the-world streams, each with its section. */
class StateOfTheWorldTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient connect() {
    return new TestClient(harness, false, "n1");
  }

  // "How the client specifies what resources to return": what is asked for and exists is sent.
  @Test
  void eachRequestIsAnsweredAsAsked() {
    Snapshot served = mesh("1", "a");
    harness.publish(served);
    TestClient client = connect();

    client.ask(CLUSTER);
    Response clusters = client.take(CLUSTER);
    assertThat(clusters.names()).containsExactly("a", "b");
    assertThat(clusters.version()).isEqualTo(served.version(CLUSTER));
    // Envoy acknowledges clusters only when they are warm, so endpoints must not wait for that.
    client.ask(ENDPOINTS, "a", "b");
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a", "b");
    client.ack(clusters);
    client.ask(LISTENER);
    assertThat(client.takeAndAck(LISTENER).names()).containsExactly("l");
    client.ask(ROUTES, "r");
    assertThat(client.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "1", "a").body());
    client.expectNothing();
    assertThat(harness.events)
        .containsExactly(
            "joined n1",
            "acked n1 a",
            "acked n1 b",
            "acked n1 a",
            "acked n1 b",
            "acked n1 l",
            "acked n1 r");
  }

  // "When to send an update": only when something changed.
  @Test
  void equalContentIsNotSentAgain() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    harness.publish(mesh("2", "a"));
    client.expectNothing();
  }

  // "Resource updates": a request with a stale nonce gets no response.
  @Test
  void staleNonceIsIgnored() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(ROUTES, "r");
    Response first = client.takeAndAck(ROUTES);
    harness.publish(mesh("2", "a"));
    client.take(ROUTES);
    client.ack(first);
    client.nack(first, "too late");
    client.sendFull(b -> b.setTypeUrl(ROUTES).setResponseNonce("lie").addResourceNames("r"));
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").nack()).isEmpty();
    assertThat(harness.proxy("n1").resource(ROUTES, "r").ackedVersion())
        .hasValue(route("r", "1", "a").version());
  }

  // "Basic protocol overview": a nonce ends with its stream.
  @Test
  void nonceOfAnEarlierStreamDoesNotSpoilTheFirstRequest() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.sendFull(b -> b.setTypeUrl(CLUSTER).setResponseNonce("77"));
    assertThat(client.take(CLUSTER).names()).containsExactly("a", "b");
  }

  // "Knowing when a requested resource does not exist": names are remembered, and answered once the
  // resource comes into being.
  @Test
  void unknownNamesDoNotWithholdTheOthersAndComeWhenTheyExist() {
    harness.publish(snapshot(endpoints("a", "1")));
    TestClient client = connect();
    client.ask(ENDPOINTS, "a", "ghost");
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    harness.publish(snapshot(endpoints("a", "1"), endpoints("ghost", "1")));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("ghost");
    client.expectNothing();
  }

  // "Grouping resources into responses": clusters and listeners come all together, every other type
  // by what changed.
  @Test
  void changedClusterBringsAllClustersAndChangedEndpointsComeAlone() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.ask(ENDPOINTS, "a", "b");
    client.ackAll();
    harness.publish(
        snapshot(cluster("a", "1"), cluster("b", "2"), endpoints("a", "2"), endpoints("b", "1")));
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a", "b");
    client.expectNothing();
  }

  // "Resource warming": a changed cluster waits for endpoints, changed or not.
  @Test
  void clusterChangeSendsItsEndpointsAgain() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.ask(ENDPOINTS, "a", "b");
    client.ackAll();
    harness.publish(
        snapshot(cluster("a", "1"), cluster("b", "2"), endpoints("a", "1"), endpoints("b", "1")));
    Response clusters = client.take(CLUSTER);
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("b");
    client.ack(clusters);
    client.expectNothing();
  }

  // "How the client specifies what resources to return": what is newly asked for is sent though it
  // is known.
  @Test
  void nameThatIsAskedForAgainIsSentAgain() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(ENDPOINTS, "a", "b");
    Response first = client.takeAndAck(ENDPOINTS);
    client.sendFull(
        b -> b.setTypeUrl(ENDPOINTS).setResponseNonce(first.nonce()).addResourceNames("b"));
    client.expectNothing();
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setResponseNonce(first.nonce())
            .addResourceNames("a")
            .addResourceNames("b"));
    assertThat(client.take(ENDPOINTS).names()).containsExactly("a");
  }

  // The same section: once a name was asked for, an empty list is the end of a subscription.
  @Test
  void emptyListIsTheWildcardOnlyUntilANameWasAskedFor() {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    TestClient client = connect();
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.ask(CLUSTER, "*", "a");
    client.ackAll();
    assertThat(harness.proxy("n1").type(CLUSTER).wildcard()).isTrue();
    client.ask(CLUSTER, "a");
    assertThat(harness.proxy("n1").type(CLUSTER).wildcard()).isFalse();
    client.ask(CLUSTER);
    client.ackAll();
    harness.publish(snapshot(cluster("a", "2"), cluster("b", "2")));
    client.expectNothing();
  }

  // "Deleting resources": an empty response deletes everything, so before there is anything to
  // serve silence is the only answer.
  @Test
  void nothingIsAnsweredBeforeTheFirstPublication() {
    TestClient client = connect();
    client.ask(CLUSTER);
    client.expectNothing();
    harness.publish(snapshot(cluster("a", "1")));
    assertThat(client.take(CLUSTER).names()).containsExactly("a");
  }

  // An Envoy that asks for a wildcard waits for an answer, so that there is nothing is one.
  @Test
  void emptyWildcardIsAnswered() {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = connect();
    client.ask(LISTENER);
    assertThat(client.takeAndAck(LISTENER).names()).isEmpty();
    client.expectNothing();
  }

  @Test
  void typesThatAreNotServedHarmNobody() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(TypeUrls.RUNTIME, "rt0");
    assertThat(client.takeAndAck(TypeUrls.RUNTIME).names()).containsExactly("rt0");
    client.ask("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "cert");
    client.ask("type.googleapis.com/nobody.knows.this.v9.Thing");
    client.take("type.googleapis.com/nobody.knows.this.v9.Thing");
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.expectNothing();
  }

  // "ACK/NACK and resource type instance version": under a wildcard alone a known version need not
  // be answered.
  @Test
  void reconnectWithTheSameVersionGetsNoWildcardAnswer() {
    Snapshot served = mesh("1", "a");
    harness.publish(served);
    TestClient client = connect();
    client.sendFull(b -> b.setTypeUrl(CLUSTER).setVersionInfo(served.version(CLUSTER)));
    client.expectNothing();
    assertThat(harness.proxy("n1").resource(CLUSTER, "a").ackedVersion())
        .hasValue(cluster("a", "1").version());
    client.sendFull(b ->
        b.setTypeUrl(ENDPOINTS).setVersionInfo(served.version(ENDPOINTS)).addResourceNames("a"));
    assertThat(client.take(ENDPOINTS).names()).containsExactly("a");
  }

  // Invariant: no push removes what a proxy's last accepted configuration still points at.
  @Test
  void reconnectDoesNotRemoveWhatTheProxysRoutesStillName() {
    harness.publish(mesh("1", "a", "b"));
    TestClient client = connect();
    client.ask(CLUSTER);
    Response clusters = client.takeAndAck(CLUSTER);
    client.ask(ROUTES, "r");
    Response routes = client.takeAndAck(ROUTES);
    client.close();

    harness.publish(snapshot(cluster("a", "2"), route("r", "2", "a")));
    TestClient back = connect();
    back.sendFull(b -> b.setTypeUrl(CLUSTER).setVersionInfo(clusters.version()));
    assertThat(back.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    back.sendFull(b -> b.setTypeUrl(ROUTES).setVersionInfo(routes.version()).addResourceNames("r"));
    Response moved = back.take(ROUTES);
    harness.pass(Duration.ofMinutes(5));
    back.expectNothing();
    back.ack(moved);
    harness.pass(Duration.ofSeconds(30));
    assertThat(back.takeAndAck(CLUSTER).names()).containsExactly("a");
  }

  @Test
  void whatIsSentOtherwiseThanTheSnapshotHasAnotherVersion() {
    harness.publish(mesh("1", "a", "b"));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.ask(ROUTES, "r");
    client.ackAll();
    Snapshot next = snapshot(cluster("a", "2"), listener("l", "1"), route("r", "2", "a"));
    harness.publish(next);
    Response kept = client.takeAndAck(CLUSTER);
    assertThat(kept.names()).containsExactly("a", "b");
    assertThat(kept.version()).isNotEqualTo(next.version(CLUSTER));
  }
}
