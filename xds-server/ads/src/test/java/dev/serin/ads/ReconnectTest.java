package dev.serin.ads;

import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.ads.TestClient.Response;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What a client brings from an earlier stream. */
class ReconnectTest extends Conversation {
  // "ACK/NACK and resource type instance version": the version is the resources' own, so one that
  // is none of theirs tells nothing of what the client has.
  @Test
  void versionThatNobodyKnowsIsAnsweredWithEverything() {
    harness.publish(mesh("1", "a"));
    TestClient client = connect(false);
    client.sendFull(b -> b.setTypeUrl(CLUSTER).setVersionInfo("17"));
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
    client.sendFull(
        b -> b.setTypeUrl(ENDPOINTS).setVersionInfo("s1-of-another-day").addResourceNames("a"));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    client.expectNothing();
  }

  // The same section: what is asked for by name may be new, so it is sent whatever the version.
  @Test
  void knownVersionDoesNotWithholdWhatIsAskedForByName() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(false);
    client.ask(ENDPOINTS, "a");
    Response held = client.takeAndAck(ENDPOINTS);
    client.close();
    TestClient back = connect(false);
    back.sendFull(b ->
        b.setTypeUrl(ENDPOINTS)
            .setVersionInfo(held.version())
            .addAllResourceNames(List.of("a", "b")));
    assertThat(back.takeAndAck(ENDPOINTS).names()).containsExactly("a", "b");
    back.expectNothing();
  }

  // "Incremental xDS": what the client has in the version that is served is not sent again, and it
  // names everything that it wants.
  @Test
  void onlyWhatTheClientDoesNotBringIsSent() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1"), endpoints("c", "1")));
    TestClient client = connect(true);
    client.sendDelta(b ->
        b.setTypeUrl(ENDPOINTS)
            .addAllResourceNamesSubscribe(List.of("a", "b", "ghost", "gone"))
            .putInitialResourceVersions("a", endpoints("a", "1").version())
            .putInitialResourceVersions("gone", endpoints("gone", "1").version())
            .putInitialResourceVersions("c", endpoints("c", "0").version()));
    Response missing = client.takeAndAck(ENDPOINTS);
    assertThat(missing.names()).containsExactly("b");
    assertThat(missing.removed()).containsExactly("ghost", "gone");
    client.expectNothing();
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1"), endpoints("c", "2")));
    client.expectNothing();
  }

  // The comment on DeltaDiscoveryRequest.initial_resource_versions: in a first request alone.
  @Test
  void versionsThatComeLaterMeanNothing() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(true);
    client.ask(ENDPOINTS, "a");
    client.takeAndAck(ENDPOINTS);
    client.sendDelta(b ->
        b.setTypeUrl(ENDPOINTS)
            .addResourceNamesSubscribe("b")
            .putInitialResourceVersions("b", endpoints("b", "1").version()));
    assertThat(client.takeAndAck(ENDPOINTS).names()).containsExactly("b");
  }

  // "Incremental xDS": no state of the stream before is assumed; "Basic protocol overview": nor its
  // nonces.
  @Test
  void nothingOfAnEarlierStreamIsAssumed() {
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "1")));
    TestClient client = connect(true);
    client.ask(ENDPOINTS, "a", "b");
    Response first = client.takeAndAck(ENDPOINTS);
    client.close();
    TestClient back = connect(true);
    back.sendDelta(b ->
        b.setTypeUrl(ENDPOINTS).setResponseNonce(first.nonce()).addResourceNamesSubscribe("a"));
    assertThat(back.takeAndAck(ENDPOINTS).names()).containsExactly("a");
    harness.publish(snapshot(endpoints("a", "1"), endpoints("b", "2")));
    back.expectNothing();
  }
}
