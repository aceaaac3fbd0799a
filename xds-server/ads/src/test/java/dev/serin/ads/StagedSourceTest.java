package dev.serin.ads;

import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A structural change at probe proxies first. */
class StagedSourceTest {
  private static final String BEFORE = route("r", "1", "a").version();
  private static final String AFTER = route("r", "2", "a").version();

  private final Harness harness = new Harness();
  private final StagedSource staged = new StagedSource(proxy -> mesh("1", "a"), harness.ads);

  StagedSourceTest() {
    staged.start();
  }

  @AfterEach
  void close() {
    harness.close();
  }

  private TestClient connect(String id, String cluster) {
    Node.Builder node = TestClient.node(id).toBuilder();
    node.getMetadataBuilder()
        .putFields("CLUSTER_ID", Value.newBuilder().setStringValue(cluster).build());
    TestClient client = new TestClient(harness.channel, true, node.build(), 1_000);
    client.ask(ROUTES, "r");
    client.ackAll();
    harness.pass(Duration.ofSeconds(1));
    return client;
  }

  private void offer() {
    staged.offer(proxy -> mesh("2", "a"), 1);
  }

  @Test
  void longestConnectedProxyOfEachKindTakesTheCandidateFirst() {
    TestClient east1 = connect("z-first", "east");
    TestClient east2 = connect("a-second", "east");
    TestClient west = connect("w", "west");
    offer();
    east2.expectNothing();
    west.takeAndAck(ROUTES);
    east2.expectNothing();
    assertThat(staged.status().probing()).isTrue();
    east1.takeAndAck(ROUTES);
    east2.takeAndAck(ROUTES);
    assertThat(staged.status().everywhere()).isTrue();
    assertThat(harness.proxy("a-second").resource(ROUTES, "r").acked(AFTER)).isTrue();
  }

  @Test
  void rejectedCandidateIsKeptFromTheKindAndTheProbeKeepsThePrevious() {
    TestClient probe = connect("p", "east");
    TestClient other = connect("q", "east");
    TestClient west = connect("w", "west");
    offer();
    probe.nack(probe.take(ROUTES), "no such filter");
    west.takeAndAck(ROUTES);
    other.expectNothing();
    probe.expectNothing();
    assertThat(harness.proxy("p").resource(ROUTES, "r").acked(BEFORE)).isTrue();
    assertThat(harness.proxy("w").resource(ROUTES, "r").acked(AFTER)).isTrue();
    assertThat(staged.status().refused()).containsEntry("east ENVOY 1.40", "no such filter");
    assertThat(staged.keptFrom(harness.proxy("q").proxy()))
        .hasValue("proxy p rejected it: no such filter");
    assertThat(staged.keptFrom(harness.proxy("w").proxy())).isEmpty();
    // Who joins the kind now gets the previous, whatever becomes of the others.
    connect("late", "east");
    assertThat(harness.proxy("late").resource(ROUTES, "r").acked(BEFORE)).isTrue();

    staged.withdraw();
    west.takeAndAck(ROUTES);
    assertThat(harness.proxy("w").resource(ROUTES, "r").acked(BEFORE)).isTrue();
    assertThat(staged.status().everywhere()).isTrue();
  }

  @Test
  void withoutAProxyToAskTheCandidateBecomesCurrentAtOnce() {
    offer();
    assertThat(staged.status().everywhere()).isTrue();
    connect("n1", "east");
    assertThat(harness.proxy("n1").resource(ROUTES, "r").acked(AFTER)).isTrue();
  }

  @Test
  void placeOfAProbeThatLeftIsTakenByTheNext() {
    TestClient probe = connect("p", "east");
    TestClient next = connect("q", "east");
    TestClient last = connect("r", "east");
    offer();
    probe.take(ROUTES);
    probe.close();
    last.expectNothing();
    next.takeAndAck(ROUTES);
    last.takeAndAck(ROUTES);
    assertThat(staged.status().everywhere()).isTrue();
  }

  @Test
  void silentProbeHoldsItsOwnKindOnly() {
    TestClient silent = connect("p", "east");
    TestClient east = connect("q", "east");
    TestClient west = connect("w", "west");
    offer();
    silent.take(ROUTES);
    west.takeAndAck(ROUTES);
    harness.pass(Duration.ofMinutes(10));
    staged.tick();
    east.expectNothing();
    assertThat(staged.status().probing()).isTrue();
  }

  @Test
  void weightGoesToEveryoneAtOnceAndEndsATrial() {
    TestClient probe = connect("p", "east");
    TestClient other = connect("q", "east");
    offer();
    probe.take(ROUTES);
    staged.replace(proxy -> mesh("3", "a"));
    other.takeAndAck(ROUTES);
    assertThat(harness.proxy("q").resource(ROUTES, "r").acked(route("r", "3", "a").version()))
        .isTrue();
    assertThat(staged.status().everywhere()).isTrue();
  }
}
