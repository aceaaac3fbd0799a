package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.listener;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.ads.TestClient.Response;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What a client asks for, gives up and asks for again, in both variants. */
class SubscriptionTest extends Conversation {
  // "How the client specifies what resources to return": the name "*" is everything.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void starIsTheWildcard(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(incremental);
    client.ask(CLUSTER, "*");
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.expectNothing();
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1"), cluster("c", "1")));
    assertThat(client.takeAndAck(CLUSTER).names()).contains("c");
  }

  // The same section: "*" may stand among names.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void starBesideNamesIsEverythingAndTheNames(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    TestClient client = connect(incremental);
    client.ask(CLUSTER, "*", "a", "later");
    Response all = client.takeAndAck(CLUSTER);
    assertThat(all.names()).containsExactly("a", "b");
    assertThat(all.removed()).isEqualTo(incremental ? List.of("later") : List.of());
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1"), cluster("later", "1")));
    assertThat(client.takeAndAck(CLUSTER).names()).contains("later");
    client.expectNothing();
  }

  // "Unsubscribing from resources": nothing more of what was given up, and no response to that.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsGivenUpIsNotSentAnyMore(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a", "b");
    client.takeAndAck(ENDPOINTS);
    client.drop(ENDPOINTS, "b");
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "2")));
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "2"), endpoints("b", "2")));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    client.drop(ENDPOINTS, "a");
    harness.publish(snapshot(endpoints("a", "3"), endpoints("b", "3")));
    client.expectNothing();
  }

  // "How the client specifies what resources to return": what is newly asked for is sent again.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsAskedForAnewIsSentAlthoughItDidNotChange(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a", "b");
    client.takeAndAck(ENDPOINTS);
    client.drop(ENDPOINTS, "b");
    client.ask(ENDPOINTS, "a", "b");
    assertThat(client.takeAndAck(ENDPOINTS).names()).contains("b");
    client.expectNothing();
  }

  // "Deleting resources": incremental clients are told, others find out by what refers to it; and
  // what comes back is new to whoever was told.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void resourceThatGoesAndComesBackIsSentToWhoeverWasToldThatItWent(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a", "b");
    client.takeAndAck(ENDPOINTS);
    harness.publish(snapshot(endpoints("b", "1")));
    if (incremental) {
      assertThat(client.takeAndAck(ENDPOINTS).removed()).containsExactly("a");
    }
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    if (incremental) {
      assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    }
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "2"), endpoints("b", "1")));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
  }

  // The same section: of clusters and listeners absence is removal, in a response of everything.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clusterThatGoesAndComesBackIsSentAgain(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    TestClient client = connect(incremental);
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    harness.publish(snapshot(cluster("a", "1")));
    harness.pass(Duration.ofSeconds(30));
    Response without = client.takeAndAck(CLUSTER);
    assertThat(without.names()).isEqualTo(incremental ? Set.of() : Set.of("a"));
    assertThat(without.removed()).isEqualTo(incremental ? List.of("b") : List.of());
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    assertThat(client.takeAndAck(CLUSTER).names()).contains("b");
    client.expectNothing();
  }

  // "Duplicate resource names": a response has each once, however often it was asked for.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void nameThatIsAskedForTwiceComesOnce(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = connect(incremental);
    client.ask(CLUSTER, "a", "*", "a", "*");
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a");
    client.expectNothing();
  }

  // "Knowing when a requested resource does not exist": clusters and listeners are answered with
  // all there is of what was asked for, be it nothing.
  @Test
  void clientOfNamedListenersGetsAllThereIsOfThem() {
    harness.publish(snapshot(listener("l", "1"), listener("m", "1")));
    TestClient client = connect(false);
    client.ask(LISTENER, "ghost");
    assertThat(client.takeAndAck(LISTENER).names()).isEmpty();
    client.ask(LISTENER, "ghost", "l");
    assertThat(client.takeAndAck(LISTENER).names()).containsExactly("l");
    harness.publish(snapshot(listener("l", "1"), listener("m", "2"), listener("ghost", "1")));
    assertThat(client.takeAndAck(LISTENER).names()).containsExactly("ghost", "l");
    client.expectNothing();
  }

  // "When to send an update": the latest request of a type supersedes those before it.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsAskedForWhileAResponseIsUnansweredComesAfterTheAnswer(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1"), endpoints("c", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a");
    Response first = client.take(ENDPOINTS);
    client.ask(ENDPOINTS, "a", "b");
    client.ask(ENDPOINTS, "a", "b", "c");
    client.expectNothing();
    client.ack(first);
    assertThat(client.takeAndAck(ENDPOINTS).names()).contains("b", "c");
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsGivenUpWhileItIsOnItsWayIsNotHeldAfterwards(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(incremental);
    client.ask(ENDPOINTS, "a", "b");
    Response first = client.take(ENDPOINTS);
    client.drop(ENDPOINTS, "a");
    client.ack(first);
    harness.publish(snapshot(endpoints("a", "2"), endpoints("b", "1")));
    client.expectNothing();
    assertThat(harness.proxy("n1").type(ENDPOINTS).resources().keySet()).containsExactly("b");
    client.ask(ENDPOINTS, "a", "b");
    assertThat(client.takeAndAck(ENDPOINTS).names()).contains("a");
  }

  // "Subscribing to resources" (incremental): the client may have forgotten everything.
  @Test
  void everythingIsSentAgainWhenItIsAskedForAgain() {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1")));
    TestClient client = connect(true);
    client.ask(CLUSTER, "*");
    client.takeAndAck(CLUSTER);
    client.ask(CLUSTER, "*");
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.expectNothing();
  }

  // "How the client specifies what resources to return": only a first request is a wildcard by
  // naming nothing. "Unsubscribing from resources": superfluous names do no harm.
  @Test
  void wildcardThatWasGivenUpDoesNotComeBackWithTheNextUnsubscription() {
    harness.publish(snapshot(cluster("a", "1")));
    TestClient client = connect(true);
    client.ask(CLUSTER);
    client.takeAndAck(CLUSTER);
    client.drop(CLUSTER, "*");
    client.drop(CLUSTER, "never asked for");
    client.expectNothing();
    harness.publish(snapshot(cluster("a", "2"), cluster("b", "1")));
    client.expectNothing();
    assertThat(harness.proxy("n1").type(CLUSTER).wildcard()).isFalse();
  }

  @Test
  void nameThatIsAskedForAndGivenUpInOneRequestIsNotSent() {
    harness.publish(snapshot(endpoints("a", "1")));
    TestClient client = connect(true);
    client.sendDelta(b ->
        b.setTypeUrl(ENDPOINTS).addResourceNamesSubscribe("a").addResourceNamesUnsubscribe("a"));
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "2")));
    client.expectNothing();
    client.ask(ENDPOINTS, "a");
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
  }

  // "Requesting multiple resources on a single stream": the names of two streams are their own.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void streamsOfOneNodeKeepTheirNamesApart(boolean incremental) {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient one = TestClient.ofOneType(harness, incremental, "n1", ENDPOINTS);
    TestClient two = TestClient.ofOneType(harness, incremental, "n1", ENDPOINTS);
    one.ask(ENDPOINTS, "a");
    two.ask(ENDPOINTS, "b");
    assertThat(one.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    assertThat(two.takeAndAck(ENDPOINTS).names()).containsExactly("b");
    harness.publish(snapshot(endpoints("a", "2"), endpoints("b", "1")));
    assertThat(one.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    two.expectNothing();
    assertThat(harness.proxy("n1").type(ENDPOINTS).names()).containsExactly("a", "b");
  }
}
