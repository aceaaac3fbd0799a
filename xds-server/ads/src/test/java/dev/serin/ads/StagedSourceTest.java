package dev.serin.ads;

import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.Maps;
import com.google.protobuf.Value;
import dev.serin.ads.StagedSource.Candidate;
import dev.serin.ads.StagedSource.Lane;
import dev.serin.ads.StagedSource.Outcome;
import dev.serin.ads.StagedSource.Served;
import dev.serin.mesh.ProxyGroup;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** A change at probe proxies first, kind by kind. */
class StagedSourceTest {
  private static final SnapshotSource OLD = proxy -> mesh("1", "a");
  private static final SnapshotSource NEW = proxy -> mesh("2", "a");
  private static final SnapshotSource NEWER = proxy -> mesh("3", "a");
  private static final String BEFORE = route("r", "1", "a").version();
  private static final String AFTER = route("r", "2", "a").version();
  private static final String LAST = route("r", "3", "a").version();

  private final Harness harness = new Harness();
  private final StagedSource staged =
      new StagedSource(harness.ads, first -> new Lane(OLD, Optional.empty()));

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

  private static ProxyKind kind(String cluster) {
    return new ProxyKind(cluster, ProxyGroup.Client.ENVOY, 1, 40, false);
  }

  private void serve(Lane lane) {
    Served seen = staged.look();
    assertThat(staged.serve(seen, Maps.asMap(seen.kinds(), kind -> lane), true)).isTrue();
  }

  private void offer() {
    serve(new Lane(OLD, Optional.of(candidate(NEW, 1))));
  }

  private static Candidate candidate(SnapshotSource source, int probes) {
    return new Candidate("a change", source, probes);
  }

  private boolean has(String id, String version) {
    return harness.proxy(id).resource(ROUTES, "r").acked(version);
  }

  /** Two proxies of a kind, the longest connected first. */
  private record EastSide(TestClient eldest, TestClient next) {}

  /** Both are sent what their kind has from now on; the eldest says nothing to it. */
  private EastSide eldestOwesAnAnswer() {
    EastSide east = new EastSide(connect("p", "east"), connect("q", "east"));
    serve(new Lane(NEW, Optional.empty()));
    east.eldest().take(ROUTES);
    east.next().takeAndAck(ROUTES);
    return east;
  }

  private Outcome outcome(String cluster) {
    return Objects.requireNonNull(staged.look().tried().get(kind(cluster))).outcome();
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
    assertThat(outcome("west")).isEqualTo(new Outcome.Passed());
    assertThat(outcome("east")).isEqualTo(new Outcome.Open());
    east1.takeAndAck(ROUTES);
    east2.takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
    assertThat(has("a-second", AFTER)).isTrue();
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
    assertThat(has("p", BEFORE)).isTrue();
    assertThat(has("w", AFTER)).isTrue();
    assertThat(outcome("east")).isEqualTo(new Outcome.Refused("p", "no such filter"));
    // Who joins the kind now gets the previous, whatever becomes of the others.
    connect("late", "east");
    assertThat(has("late", BEFORE)).isTrue();
    connect("late-west", "west");
    assertThat(has("late-west", AFTER)).isTrue();
  }

  @Test
  void whatOneKindHasAcceptedIsNotTakenFromItBecauseAnotherRefused() {
    TestClient east = connect("p", "east");
    TestClient west = connect("w", "west");
    TestClient west2 = connect("w2", "west");
    offer();
    east.nack(east.take(ROUTES), "no such filter");
    west.takeAndAck(ROUTES);
    west2.takeAndAck(ROUTES);
    Served seen = staged.look();
    staged.serve(
        seen,
        Map.of(
            kind("east"), new Lane(OLD, Optional.of(candidate(NEWER, 1))),
            kind("west"), new Lane(NEW, Optional.of(candidate(NEWER, 1)))),
        true);
    west2.expectNothing();
    assertThat(has("w2", AFTER)).isTrue();
    west.takeAndAck(ROUTES);
    west2.takeAndAck(ROUTES);
    assertThat(has("w2", LAST)).isTrue();
  }

  @Test
  void theFirstOfAKindThatComesTakesTheCandidateFirst() {
    StagedSource cautious =
        new StagedSource(harness.ads, first -> new Lane(OLD, Optional.of(candidate(NEW, 1))));
    cautious.start();
    TestClient first = connect("n1", "east");
    assertThat(has("n1", AFTER)).isTrue();
    assertThat(harness.events).filteredOn("acked n1 r"::equals).as("old, then new").hasSize(2);
    first.expectNothing();
    connect("n2", "east");
    assertThat(has("n2", AFTER)).isTrue();
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
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
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
    assertThat(outcome("east")).isEqualTo(new Outcome.Open());
  }

  /** Its answer would be one to both, and would be taken for one to the candidate. */
  @Test
  void aProxyThatOwesAnAnswerToWhatItsKindHasIsNoProbe() {
    TestClient ready = eldestOwesAnAnswer().next();
    harness.pass(Trial.PATIENCE);
    serve(new Lane(NEW, Optional.of(candidate(NEWER, 1))));
    assertThat(ready.takeAndAck(ROUTES).versions()).containsEntry("r", LAST);
  }

  @Test
  void aPlaceIsKeptForTheLongestConnectedForAWhile() {
    TestClient ready = eldestOwesAnAnswer().next();
    serve(new Lane(NEW, Optional.of(candidate(NEWER, 1))));
    ready.expectNothing();
    harness.pass(Trial.PATIENCE);
    staged.tick();
    ready.takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
  }

  @Test
  void aPlaceThatWasKeptForOneThatLeftGoesToTheNext() {
    EastSide east = eldestOwesAnAnswer();
    serve(new Lane(NEW, Optional.of(candidate(NEWER, 1))));
    east.eldest().close();
    east.next().takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
  }

  /** It was the only one that was ready, and what it had said long ago was the kind's answer. */
  @Test
  void whoHasNotFollowedItsKindDoesNotSpeakForIt() {
    TestClient eldest = connect("p", "east");
    TestClient next = connect("q", "east");
    TestClient stubborn = connect("s", "east");
    for (SnapshotSource source : List.of(NEW, NEWER)) {
      serve(new Lane(source, Optional.empty()));
      eldest.takeAndAck(ROUTES);
      next.takeAndAck(ROUTES);
      stubborn.nack(stubborn.take(ROUTES), "not today");
    }
    harness.pass(Duration.ofMinutes(1));
    offer();
    assertThat(outcome("east")).isEqualTo(new Outcome.Open());
    next.takeAndAck(ROUTES);
    eldest.takeAndAck(ROUTES);
    eldest.takeAndAck(ROUTES);
    next.takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
    assertThat(has("q", AFTER)).isTrue();
    assertThat(has("s", BEFORE)).isTrue();
  }

  @Test
  void aKindWithFewerProxiesThanProbesIsAskedAltogether() {
    TestClient one = connect("p", "east");
    TestClient other = connect("q", "east");
    serve(new Lane(OLD, Optional.of(candidate(NEW, 3))));
    one.takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Open());
    other.takeAndAck(ROUTES);
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
  }

  @Test
  void whatIsDecidedOnWhatIsNoLongerSoIsDecidedAgain() {
    TestClient probe = connect("p", "east");
    offer();
    Served seen = staged.look();
    probe.takeAndAck(ROUTES);
    assertThat(staged.serve(seen, Map.of(), true)).isFalse();
    assertThat(outcome("east")).isEqualTo(new Outcome.Passed());
  }

  @Test
  void aLaneWithoutACandidateEndsATrial() {
    TestClient probe = connect("p", "east");
    TestClient other = connect("q", "east");
    offer();
    probe.take(ROUTES);
    serve(new Lane(NEWER, Optional.empty()));
    other.takeAndAck(ROUTES);
    assertThat(has("q", LAST)).isTrue();
    assertThat(staged.look().tried()).isEmpty();
  }
}
