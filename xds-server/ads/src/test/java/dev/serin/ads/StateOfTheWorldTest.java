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

/** The protocol's rules for state-of-the-world streams, each with the sentence that it holds. */
class StateOfTheWorldTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient connect() {
    return new TestClient(harness, false, "n1");
  }

  // "The management server must supply the requested resources if they exist."
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

  // "The management server should only send updates to the Envoy client when the resources in the
  // DiscoveryResponse have changed."
  @Test
  void equalContentIsNotSentAgain() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    harness.publish(mesh("2", "a"));
    client.expectNothing();
  }

  // "The management server should not send a DiscoveryResponse for any DiscoveryRequest that has a
  // stale nonce."
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

  // "the nonce is valid only in the context of an individual xDS stream; it does not survive stream
  // restarts"
  @Test
  void nonceOfAnEarlierStreamDoesNotSpoilTheFirstRequest() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect();
    client.sendFull(b -> b.setTypeUrl(CLUSTER).setResponseNonce("77"));
    assertThat(client.take(CLUSTER).names()).containsExactly("a", "b");
  }

  // "Management servers must remember the set of resources being requested by the client, and if
  // one
  // of those resources springs into existence later, the server must send an update"
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

  // "the server must include the complete state of the world" for Listener and Cluster, other types
  // are grouped "in the same way as in the incremental protocol variants"
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

  // "Warming of Cluster is completed only when a new ClusterLoadAssignment response is supplied by
  // management server even though there is no change in endpoints."
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

  // "the server must resend any newly requested resources, even if it previously sent those
  // resources without having been asked for them and the resources have not changed"
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

  // "once the client does explicitly subscribe to a resource name [...] clearing the list of
  // subscribed resources is interpretted as an unsubscription"
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

  // "a response containing no resources means to delete all resources of that type": before there
  // is
  // anything to serve, silence is the only answer that deletes nothing.
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

  // "Servers may decide to optimize by not resending resources that the client had already seen on
  // the previous stream", safe "when the only subscription is a wildcard subscription"
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
