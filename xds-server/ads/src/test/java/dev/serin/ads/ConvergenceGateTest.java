package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.ConvergenceGate.Counts;
import dev.serin.ads.ConvergenceGate.Step;
import dev.serin.ads.ProxyView.Nack;
import dev.serin.ads.ProxyView.ResourceView;
import dev.serin.ads.ProxyView.TypeView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.TypeUrls;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ConvergenceGateTest {
  private static final Instant SENT = Instant.parse("2026-11-22T12:00:00Z");
  private static final Instant EARLIER = SENT.minusSeconds(600);
  private static final long SEED = 20_261_125;
  private static final Counts NOBODY = new Counts(0, 0, 0, 0, 0);
  private static final ResourceView OLD = acked("v1");
  private static final ResourceView NEW = acked("v2");

  private final List<ProxyView> fleet = new ArrayList<>();

  @Test
  void countsAckedNackedSilentAndOpenOnes() {
    add("a", true, EARLIER, SENT, NEW);
    add("b", true, EARLIER, SENT, nacked("v2", "bad regex", SENT.plusSeconds(2)));
    add("c", true, EARLIER, SENT, nacked("v2", "worse regex", SENT.plusSeconds(1)));
    add("d", true, EARLIER, SENT, sent("v2", SENT));
    assertThat(counts(SENT.plusSeconds(5))).isEqualTo(new Counts(4, 1, 2, 0, 0));
    assertThat(counts(SENT.plusSeconds(30)).silent()).isEqualTo(1);
  }

  @Test
  void rejectionOfAnEarlierVersionSaysNothingOfThisOne() {
    add("a", true, EARLIER, SENT, nacked("v0", "old story", EARLIER));
    assertThat(counts(SENT)).isEqualTo(new Counts(1, 0, 0, 0, 0));
  }

  @Test
  void whoDoesNotAskForWhatTheStepChangesIsNotWanted() {
    fleet.add(new ProxyView(proxy("a"), true, 1, EARLIER, SENT, ImmutableSortedMap.of()));
    assertThat(counts(SENT.plusSeconds(60))).isEqualTo(new Counts(0, 0, 0, 0, 0));
  }

  /** His bootstrap lacks the runtime layer that he says it has: he never gets the weights. */
  @Test
  void whoHasTheTableAndDoesNotAskForItsNumbersIsSilent() {
    add("a", true, EARLIER, SENT, NEW);
    fleet.add(new ProxyView(proxy("no-routes"), true, 1, EARLIER, SENT, ImmutableSortedMap.of()));
    Step step =
        new Step(
            ImmutableSet.of(
                new ResourceKey(TypeUrls.ROUTES, "r"), new ResourceKey(TypeUrls.RUNTIME, "serin")),
            expecting("v2"),
            proxy -> Optional.empty(),
            SENT,
            Duration.ofSeconds(30));
    ConvergenceGate gate = new ConvergenceGate(step);
    fleet.forEach(view -> gate.look(view, SENT.plusSeconds(1)));
    assertThat(gate.counts()).containsEntry("east", new Counts(1, 0, 0, 0, 0));
    fleet.forEach(view -> gate.look(view, SENT.plusSeconds(30)));
    assertThat(gate.counts()).containsEntry("east", new Counts(1, 0, 0, 1, 0));
  }

  @Test
  void whoIsRefusedTheStepIsNotWanted() {
    add("old-envoy", true, EARLIER, SENT, OLD);
    Step step = step(expecting("none"), proxy -> Optional.empty());
    assertThat(counts(step, SENT)).isEqualTo(new Counts(0, 0, 0, 0, 0));
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
    assertThat(counts(SENT.plusSeconds(15))).isEqualTo(new Counts(0, 0, 0, 0, 1));
    assertThat(counts(SENT.plusSeconds(15)).cutOff()).isTrue();
    add("b", true, EARLIER, SENT, NEW);
    assertThat(counts(SENT.plusSeconds(15)).cutOff()).as("one of two is not over half").isFalse();
  }

  @Test
  void whoIsKeptFromTheStepByAProbesNackCountsAsNacked() {
    add("a", true, EARLIER, SENT, OLD);
    add("b", true, EARLIER, SENT, NEW);
    Step step = step(expecting("v2"), proxy -> Optional.of("proxy p rejected it"));
    assertThat(counts(step, SENT)).isEqualTo(new Counts(2, 1, 1, 0, 0));
  }

  /** Whatever has happened to whom: counting on comes to what counting afresh does. */
  @Test
  void countingOnComesToWhatCountingAfreshDoes() {
    Random random = new Random(SEED);
    Step step = step(expecting("v2"), proxy -> Optional.empty());
    ConvergenceGate gate = new ConvergenceGate(step);
    Instant now = SENT;
    for (int i = 0; i < 20_000; i++) {
      now = now.plusMillis(random.nextInt(100));
      String id = "n" + random.nextInt(40);
      fleet.removeIf(view -> view.proxy().nodeId().equals(id));
      gate.forget(id);
      if (random.nextInt(10) > 0) {
        add(id, random.nextInt(5) > 0, random.nextBoolean() ? EARLIER : now, now, any(random, now));
        gate.look(fleet.getLast(), now);
      }
      for (String unsettled : gate.unsettled()) {
        gate.look(
            fleet.stream()
                .filter(view -> view.proxy().nodeId().equals(unsettled))
                .findFirst()
                .orElseThrow(),
            now);
      }
      ConvergenceGate afresh = new ConvergenceGate(step);
      Instant then = now;
      fleet.forEach(view -> afresh.look(view, then));
      assertThat(gate.counts().getOrDefault("east", NOBODY))
          .as("seed %d, change %d", SEED, i)
          .isEqualTo(afresh.counts().getOrDefault("east", NOBODY));
    }
  }

  private static ResourceView any(Random random, Instant now) {
    return switch (random.nextInt(5)) {
      case 0 -> NEW;
      case 1 -> OLD;
      case 2 -> nacked("v2", "bad", now);
      case 3 -> ResourceView.NONE;
      default -> sent("v2", now);
    };
  }

  private Counts counts(Instant now) {
    return counts(step(expecting("v2"), proxy -> Optional.empty()), now);
  }

  private Counts counts(Step step, Instant now) {
    ConvergenceGate gate = new ConvergenceGate(step);
    fleet.forEach(view -> gate.look(view, now));
    return Objects.requireNonNull(gate.counts().get("east"));
  }

  private static ConvergenceGate.Expected expecting(String wanted) {
    return new ConvergenceGate.Expected() {
      @Override
      public boolean isFor(Proxy proxy, ResourceKey table) {
        return !wanted.equals("none");
      }

      @Override
      public boolean carries(Proxy proxy, ResourceKey table, String version) {
        return version.equals(wanted);
      }
    };
  }

  private static Step step(ConvergenceGate.Expected expected, ConvergenceGate.Kept kept) {
    return new Step(
        ImmutableSet.of(new ResourceKey(TypeUrls.ROUTES, "r")),
        expected,
        kept,
        SENT,
        Duration.ofSeconds(30));
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
