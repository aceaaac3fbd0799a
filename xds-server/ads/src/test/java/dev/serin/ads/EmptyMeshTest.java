package dev.serin.ads;

import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.ads.TestClient.Response;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A mesh without a service. Envoy asks for listeners when it has had an answer about clusters, and
 * for 15 s (initial_fetch_timeout) it waits for one that does not come.
 */
class EmptyMeshTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient client(boolean incremental) {
    return new TestClient(harness, incremental, "n1");
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void aClientThatAsksForEverythingHearsThatThereIsNothing(boolean incremental) {
    harness.publish(snapshot());
    TestClient client = client(incremental);
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).resources()).isEmpty();
    client.ask(LISTENER);
    assertThat(client.takeAndAck(LISTENER).resources()).isEmpty();
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void anExplicitWildcardIsAnsweredAlike(boolean incremental) {
    harness.publish(snapshot());
    TestClient client = client(incremental);
    client.ask(CLUSTER, "*");
    assertThat(client.takeAndAck(CLUSTER).resources()).isEmpty();
    client.ask(LISTENER, "*");
    assertThat(client.takeAndAck(LISTENER).resources()).isEmpty();
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whatIsThereLaterFollows(boolean incremental) {
    harness.publish(snapshot());
    TestClient client = client(incremental);
    client.ask(CLUSTER).takeAndAck(CLUSTER);
    client.ask(LISTENER).takeAndAck(LISTENER);
    harness.publish(mesh("1", "a"));
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("a", "b");
  }

  /** It may have asked before the first snapshot. */
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void whoAskedBeforeAnythingWasKnownIsAnsweredThen(boolean incremental) {
    TestClient client = client(incremental);
    client.ask(CLUSTER).ask(LISTENER);
    client.expectNothing();
    harness.publish(snapshot());
    assertThat(client.takeAndAck(CLUSTER).resources()).isEmpty();
    assertThat(client.takeAndAck(LISTENER).resources()).isEmpty();
    client.expectNothing();
  }

  /**
   * A client that brings what is gone is told so: that is its answer. One that waits for its first
   * answer of a type and brought something of it has had one on the stream before.
   */
  @ParameterizedTest
  @CsvSource({CLUSTER, LISTENER})
  void whoBringsWhatIsGoneIsToldSo(String type) {
    harness.publish(snapshot());
    TestClient client = client(true);
    client.sendDelta(b -> b.setTypeUrl(type).putAllInitialResourceVersions(Map.of("old", "s1-x")));
    harness.pass(AdsSettings.DEFAULT.drain());
    harness.pass(AdsSettings.DEFAULT.drain());
    Response gone = client.takeAndAck(type);
    assertThat(gone.removed()).containsExactly("old");
    client.expectNothing();
  }
}
