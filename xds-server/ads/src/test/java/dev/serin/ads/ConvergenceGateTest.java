package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ConvergenceGate.Counts;
import dev.serin.ads.ConvergenceGate.Refusal;
import dev.serin.ads.ConvergenceGate.Step;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class ConvergenceGateTest {
  private static final Instant SENT = Instant.parse("2026-11-22T12:00:00Z");
  private static final Instant EARLIER = SENT.minusSeconds(600);
  private static final ResourceView OLD = acked("v1");
  private static final ResourceView NEW = acked("v2");

  private final List<ProxyView> fleet = new ArrayList<>();

  @Test
  void countsAckedNackedSilentAndOpenOnes() {
    add("a", true, EARLIER, SENT, NEW);
    add("b", true, EARLIER, SENT, nacked("v2", "bad regex", SENT.plusSeconds(2)));
    add("c", true, EARLIER, SENT, nacked("v2", "worse regex", SENT.plusSeconds(1)));
    add("d", true, EARLIER, SENT, sent("v2", SENT));
    assertThat(counts(SENT.plusSeconds(5)))
        .isEqualTo(new Counts(4, 1, 2, 0, 0, Optional.of(new Refusal("c", "worse regex"))));
    assertThat(counts(SENT.plusSeconds(30)).silent()).isEqualTo(1);
  }

  @Test
  void rejectionOfAnEarlierVersionSaysNothingOfThisOne() {
    add("a", true, EARLIER, SENT, nacked("v0", "old story", EARLIER));
    assertThat(counts(SENT)).isEqualTo(new Counts(1, 0, 0, 0, 0, Optional.empty()));
  }

  @Test
  void whoDoesNotAskForWhatTheStepChangesIsNotWanted() {
    fleet.add(new ProxyView(proxy("a"), true, 1, EARLIER, SENT, ImmutableSortedMap.of()));
    assertThat(counts(SENT.plusSeconds(60))).isEqualTo(new Counts(0, 0, 0, 0, 0, Optional.empty()));
  }

  @Test
  void whoIsRefusedTheStepIsNotWanted() {
    add("old-envoy", true, EARLIER, SENT, OLD);
    Step step = step((proxy, name) -> Optional.empty(), proxy -> Optional.empty());
    assertThat(ConvergenceGate.count(fleet, step, SENT).get("east"))
        .isEqualTo(new Counts(0, 0, 0, 0, 0, Optional.empty()));
  }

  @Test
  void joinerCountsOnceSentTo() {
    add("a", true, SENT.plusSeconds(3), SENT.plusSeconds(3), ResourceView.NONE);
    assertThat(counts(SENT.plusSeconds(4)).want()).isZero();
    fleet.clear();
    add("a", true, SENT.plusSeconds(3), SENT.plusSeconds(3), sent("v2", SENT.plusSeconds(3)));
    assertThat(counts(SENT.plusSeconds(4)).want()).isEqualTo(1);
    assertThat(counts(SENT.plusSeconds(32)).silent()).isZero();
    assertThat(counts(SENT.plusSeconds(33)).silent()).isEqualTo(1);
  }

  @Test
  void oneThatWasThereAndWasNeverSentToIsSilentInTheEnd() {
    add("stalled", true, EARLIER, SENT, OLD);
    assertThat(counts(SENT.plusSeconds(29)).silent()).isZero();
    assertThat(counts(SENT.plusSeconds(30)).silent()).isEqualTo(1);
  }

  @Test
  void leaverIsWantedForTenSecondsAndThenUnreachable() {
    add("a", false, EARLIER, SENT.plusSeconds(5), sent("v2", SENT));
    assertThat(counts(SENT.plusSeconds(14)).want()).isEqualTo(1);
    assertThat(counts(SENT.plusSeconds(15))).isEqualTo(new Counts(0, 0, 0, 0, 1, Optional.empty()));
    assertThat(counts(SENT.plusSeconds(15)).cutOff()).isTrue();
    add("b", true, EARLIER, SENT, NEW);
    assertThat(counts(SENT.plusSeconds(15)).cutOff()).as("one of two is not over half").isFalse();
  }

  @Test
  void whoIsKeptFromTheStepByAProbesNackCountsAsNacked() {
    add("a", true, EARLIER, SENT, OLD);
    add("b", true, EARLIER, SENT, NEW);
    Step step =
        step((proxy, name) -> Optional.of("v2"), proxy -> Optional.of("proxy p rejected it"));
    assertThat(ConvergenceGate.count(fleet, step, SENT).get("east"))
        .isEqualTo(new Counts(2, 1, 1, 0, 0, Optional.of(new Refusal("a", "proxy p rejected it"))));
  }

  private Counts counts(Instant now) {
    Step step = step((proxy, name) -> Optional.of("v2"), proxy -> Optional.empty());
    return Objects.requireNonNull(ConvergenceGate.count(fleet, step, now).get("east"));
  }

  private static Step step(ConvergenceGate.Expected expected, ConvergenceGate.Kept kept) {
    return new Step(ImmutableSet.of("r"), expected, kept, SENT, Duration.ofSeconds(30));
  }

  private void add(
      String id, boolean connected, Instant connectedAt, Instant lastSeen, ResourceView route) {
    TypeView routes =
        TypeView.of(false, ImmutableSortedSet.of("r"), ImmutableSortedMap.of("r", route));
    fleet.add(
        new ProxyView(
            proxy(id),
            connected,
            connected ? 1 : 0,
            connectedAt,
            lastSeen,
            ImmutableSortedMap.of(TypeUrls.ROUTES, routes)));
  }

  private static Proxy proxy(String id) {
    return new Proxy(
        id, "", new ProxyGroup("east", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1"));
  }

  private static ResourceView acked(String version) {
    return new ResourceView(
        Optional.of(version),
        Optional.of(EARLIER),
        Optional.of(version),
        Optional.of(EARLIER),
        Optional.empty());
  }

  private static ResourceView sent(String version, Instant at) {
    return new ResourceView(
        Optional.of(version),
        Optional.of(at),
        Optional.of("v1"),
        Optional.of(EARLIER),
        Optional.empty());
  }

  private static ResourceView nacked(String version, String message, Instant at) {
    return new ResourceView(
        Optional.of(version),
        Optional.of(SENT),
        Optional.of("v1"),
        Optional.of(EARLIER),
        Optional.of(new Nack(version, message, at)));
  }
}
