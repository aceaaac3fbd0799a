package dev.serin.telemetry;

import static dev.serin.telemetry.Mesh.counts;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Control;
import dev.serin.judge.Window;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Clock;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class EvidenceWindowsTest {
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final EvidenceWindows windows =
      new EvidenceWindows(
          EvidenceRules.DEFAULT,
          () -> Mesh.SERVED,
          new TelemetryMeters(registry, Clock.systemUTC()));

  @Test
  void aFlushCountsOnlyWhenItsWholeIntervalLiesAfterTheAck() {
    watch(1, 0);
    flush("a", 0.2, 100, 10);
    windows.acked(Mesh.ROLLOUT, "a", 1, at(0.7));
    flush("a", 1.2, 100, 10); // began before the ACK
    flush("a", 2.2, 100, 10);

    assertThat(canaryRequests(closeAt(4))).containsExactly(0L, 0L, 10L, 0L);
  }

  @Test
  void theFirstFlushOfAStreamHasNoKnownBeginning() {
    watch(1, 0);
    windows.acked(Mesh.ROLLOUT, "a", 1, at(-5));
    flush("a", 0.2, 100, 10);
    flush("a", 1.2, 100, 20);

    assertThat(canaryRequests(closeAt(2))).containsExactly(0L, 20L);
  }

  @Test
  void aBrokenStreamIsMissingAndNotZero() {
    watch(1, 0);
    ready("a", 1);
    flush("a", 0.2, 100, 10);
    windows.streamBroken("a");
    flush("a", 1.2, 100, 10); // what it counted while nobody listened is lost, so this is no second
    flush("a", 2.2, 100, 10);

    assertThat(canaryRequests(closeAt(3))).containsExactly(10L, 0L, 10L);
  }

  @Test
  void aFlushThatMadeNoSenseCountsNothingAndTheNextOneCounts() {
    watch(1, 0);
    ready("a", 1);
    windows.voided("a", at(0.2));
    flush("a", 1.2, 100, 10);

    assertThat(canaryRequests(closeAt(2))).containsExactly(0L, 10L);
  }

  @Test
  void proxiesThatDidNotAckThisGenerationDoNotCount() {
    watch(2, 0);
    ready("a", 2);
    ready("old", 1);
    ready("ahead", 3);
    flush("nobody", -1, 1, 1);
    for (String node : List.of("a", "old", "ahead", "nobody")) {
      flush(node, 0.2, 100, 10);
    }

    assertThat(canaryRequests(closeAt(1))).containsExactly(10L);
  }

  @Test
  void aRollbackDiscardsWhatTheOldSplitLeftOpen() {
    watch(1, 0);
    ready("a", 1);
    flush("a", 0.2, 100, 10);
    watch(2, 0.6);
    windows.acked(Mesh.ROLLOUT, "a", 2, at(0.7));
    flush("a", 1.2, 100, 7); // began under generation 1
    flush("a", 2.2, 100, 5);

    List<Window> closed = closeAt(3);

    assertThat(closed).extracting(Window::generation).containsOnly(2L);
    assertThat(closed).extracting(Window::startS).containsExactly(startS(1), startS(2));
    assertThat(canaryRequests(closed)).containsExactly(0L, 5L);
  }

  @Test
  void watchingTheSameSplitAgainKeepsItsWindows() {
    watch(1, 0);
    ready("a", 1);
    flush("a", 0.2, 100, 10);
    watch(1, 0.5);

    assertThat(canaryRequests(closeAt(1))).containsExactly(10L);
  }

  @Test
  void aWindowIsHandedOutOnceAndHalfASecondAfterItsEnd() {
    watch(1, 0);

    assertThat(windows.close(at(1.4))).isEmpty();
    assertThat(windows.close(at(1.5))).hasSize(1);
    assertThat(windows.close(at(1.6))).isEmpty();
    assertThat(windows.close(at(3.5))).hasSize(2);
  }

  @Test
  void armsAreKeptApartByMeshClusterAndCohortsFromBoth() {
    watch(1, 0);
    ready("a", 1);
    flush("b", "us", -1, ImmutableSortedMap.of());
    windows.acked(Mesh.ROLLOUT, "b", 1, at(-2));
    flush(
        "a",
        "eu",
        0.2,
        ImmutableSortedMap.of(
            "shop|v1", counts(90, 1),
            "shop|v2", counts(10, 2),
            "shop|v1|cohort/staff", counts(50, 50),
            "shop|v2|cohort/staff", counts(5, 3)));
    flush("b", "us", 0.3, ImmutableSortedMap.of("shop|v1", counts(80, 0)));

    Window window = closeAt(1).getFirst();

    assertThat(window.arms())
        .containsExactly(
            java.util.Map.entry("eu", new Window.Arms(counts(10, 2), counts(90, 1))),
            java.util.Map.entry("us", new Window.Arms(ArmCounts.NONE, counts(80, 0))));
    assertThat(window.canaryCohorts()).containsExactly(java.util.Map.entry("staff", counts(5, 3)));
    assertThat(window.canaryRequests()).isEqualTo(15);
  }

  @Test
  void halfOfTheProxiesAreEnoughAndFewerAreNot() {
    watch(1, 0);
    for (String node : List.of("a", "b", "c", "d")) {
      ready(node, 1);
    }
    flush("a", 4, 1, 1);
    flush("b", 4, 1, 1);
    assertThat(closeAt(5).getLast().usable()).isTrue();

    flush("a", 9, 1, 1);
    assertThat(closeAt(10).getLast().usable()).isFalse();
    windows.left("c");
    windows.left("d");
    assertThat(closeAt(11).getLast().usable()).isTrue();
  }

  @Test
  void withoutAnAckNothingIsUsable() {
    watch(1, 0);
    flush("a", 0.2, 1, 1);

    assertThat(closeAt(1)).extracting(Window::usable).containsExactly(false);
  }

  @Test
  void anIdleFleetIsNotALostOne() {
    watch(1, 0);
    ready("a", 1);
    flush("a", "eu", 0.5, ImmutableSortedMap.of());

    Window idle = closeAt(1).getFirst();

    assertThat(idle.usable()).isTrue();
    assertThat(idle.canaryRequests()).isZero();
    assertThat(windows.lastHeard("eu")).contains(at(0.5));
    assertThat(windows.lastHeard("us")).isEmpty();
  }

  @Test
  void oneProxyOfManyBringsAtMostThreeTimesTheMedian() {
    watch(1, 0, 100_000);
    for (String node : List.of("a", "b", "c", "liar")) {
      ready(node, 1);
    }
    for (String node : List.of("a", "b", "c")) {
      flush(node, 0.2, 90, 10);
    }
    flush("liar", 0.3, 1_000_000, 1_000_000);

    Window.Arms arms = arms(closeAt(1).getFirst());

    assertThat(arms.canary().requests()).isBetween(30L + 29, 30L + 30);
    assertThat(arms.stable().requests()).isBetween(270L + 269, 270L + 270);
    assertThat(arms.canary().latency().total()).isEqualTo(arms.canary().requests());
  }

  @Test
  void twoProxiesAreTooFewToBoundOneAnother() {
    watch(1, 0, 100_000);
    ready("a", 1);
    ready("b", 1);
    flush("a", 0.2, 90, 10);
    flush("b", 0.2, 90_000, 10_000);

    assertThat(arms(closeAt(1).getFirst()).canary().requests()).isEqualTo(10_010);
  }

  @Test
  void scalingDownKeepsRareErrorsOnAverage() {
    double sum = 0;
    for (int i = 0; i < 1000; i++) {
      Tally tally = new Tally().add(counts(1000, 1));
      tally.scale(0.3, (i + 0.5) / 1000);
      sum += tally.errors();
    }
    assertThat(sum / 1000).isBetween(0.299, 0.301);
  }

  @Test
  void errorsOfOneProxyAgainstAllOthersAreNotBelieved() {
    watch(1, 0, 100_000);
    for (String node : List.of("a", "b", "c", "liar")) {
      ready(node, 1);
    }
    for (int second = 0; second < 60; second++) {
      for (String node : List.of("a", "b", "c")) {
        flush(node, second + 0.2, 90, 10);
      }
      flushErrors("liar", second + 0.2, 10);
    }

    long errors = closeAt(60).stream().mapToLong(window -> arms(window).canary().errors()).sum();

    assertThat(errors).isBetween(1L, 6L);
    assertThat(registry.get("serin.telemetry.disbelieved.errors").counter().count())
        .isEqualTo(600.0 - errors);
  }

  @Test
  void errorsThatEveryProxySeesAreBelievedAtOnce() {
    watch(1, 0, 100_000);
    List<String> nodes = List.of("a", "b", "c", "d");
    nodes.forEach(node -> ready(node, 1));
    nodes.forEach(node -> flushErrors(node, 0.2, 10));

    assertThat(arms(closeAt(1).getFirst()).canary().errors()).isEqualTo(40);
  }

  @Test
  void theBaselineHasTwoHalvesOfStableTrafficAndNoCanary() {
    for (int second = 0; second < 360; second++) {
      flush("a", second, 5, 100);
      flush("b", second, 7, 100);
    }

    Baseline baseline = windows.baseline(Mesh.SHOP, at(360));

    // The first two minutes were joined late and are no block; their counts are in the totals.
    assertThat(baseline.blocks()).hasSize(2);
    Baseline.Block block = baseline.blocks().get(1);
    assertThat(block.duration()).isEqualTo(Duration.ofSeconds(120));
    assertThat(List.of(block.a().requests(), block.b().requests()))
        .containsExactly(5L * 120, 7L * 120);
    assertThat(baseline.requests()).isEqualTo(359 * 12);
    assertThat(baseline.stableLatency().total()).isEqualTo(359 * 12);
    assertThat(windows.requestsPerSecond(Mesh.SHOP, at(360))).isEqualTo(212);
    assertThat(windows.baseline(Mesh.PAY, at(360))).isEqualTo(Baseline.NONE);
  }

  @Test
  void oneProxyAloneMakesNoBlocks() {
    for (int second = 0; second < 360; second++) {
      flush("a", second, 5, 0);
    }

    assertThat(windows.baseline(Mesh.SHOP, at(360)).blocks()).isEmpty();
    assertThat(windows.baseline(Mesh.SHOP, at(360)).requests()).isEqualTo(359 * 5);
  }

  @Test
  void theBaselineForgetsAfterHalfAnHour() {
    flush("a", 0, 5, 0);
    flush("a", 1, 5, 0);

    assertThat(windows.baseline(Mesh.SHOP, at(1799)).requests()).isEqualTo(5);
    assertThat(windows.baseline(Mesh.SHOP, at(2000)).requests()).isZero();
  }

  @Test
  void withAControlGroupTheRestOfStableIsNotComparedAndStillLearntFrom() {
    watch(1, 0, 10_000, Control.of(10_000));
    ready("a", 1);
    flush("a", "eu", 0.2, ofThreeKinds());

    Window window = closeAt(1).getFirst();
    assertThat(arms(window).stable()).isEqualTo(counts(12, 1));
    assertThat(arms(window).canary()).isEqualTo(counts(10, 2));
    assertThat(window.controlPpm()).isEqualTo(10_000);
    assertThat(window.canaryCohorts()).isEmpty();
    assertThat(windows.baseline(Mesh.SHOP, at(1)).requests()).isEqualTo(970 + 12);
  }

  @Test
  void withoutOneWhatIsLeftOfAControlGroupIsNotCompared() {
    watch(1, 0, 10_000);
    ready("a", 1);
    flush("a", "eu", 0.2, ofThreeKinds());

    assertThat(arms(closeAt(1).getFirst()).stable()).isEqualTo(counts(970, 0));
  }

  @Test
  void aBusyProxyIsBoundedByTheOthersInEitherArmOfAnEqualSplit() {
    watch(1, 0, 10_000, Control.of(10_000));
    for (String node : List.of("a", "b", "c")) {
      ready(node, 1);
      flush(
          node,
          "eu",
          0.2,
          ImmutableSortedMap.of(
              "shop|v1|baseline", counts(node.equals("a") ? 500 : 10, 0),
              "shop|v2", counts(node.equals("a") ? 500 : 10, 0)));
    }

    Window.Arms arms = arms(closeAt(1).getFirst());
    // Three times the median proxy's 20, halved, beside the other two.
    assertThat(arms.canary().requests()).isBetween(49L, 51L);
    assertThat(arms.stable().requests()).isBetween(49L, 51L);
  }

  private static ImmutableSortedMap<String, ArmCounts> ofThreeKinds() {
    return ImmutableSortedMap.of(
        "shop|v1", counts(970, 0),
        "shop|v1|baseline", counts(12, 1),
        "shop|v2", counts(10, 2));
  }

  @Test
  void aReaderThatStaysAwayFindsTheLastTenMinutes() {
    watch(1, 0);
    ready("a", 1);
    for (int second = 0; second < 2000; second++) {
      flush("a", second + 0.2, 1, 1);
    }

    List<Window> closed = closeAt(2000);

    assertThat(closed).hasSize(600);
    assertThat(closed.getLast().startS()).isEqualTo(startS(1999));
    assertThat(closed).allMatch(window -> window.canaryRequests() == 1);
  }

  private void watch(long generation, double since) {
    watch(generation, since, 100_000);
  }

  private void watch(long generation, double since, int ppm) {
    watch(generation, since, ppm, Control.REST);
  }

  private void watch(long generation, double since, int ppm, Control control) {
    windows.watch(
        new Watch(Mesh.ROLLOUT, Mesh.SHOP, "v1", "v2", generation, ppm, control, at(since)));
  }

  /** The proxy ACKed long ago and its stream is in full flow. */
  private void ready(String node, long generation) {
    windows.acked(Mesh.ROLLOUT, node, generation, at(-2));
    flush(node, -1, 1, 1);
  }

  private void flush(String node, double at, long stable, long canary) {
    flush(
        node,
        "eu",
        at,
        ImmutableSortedMap.of("shop|v1", counts(stable, 0), "shop|v2", counts(canary, 0)));
  }

  private void flushErrors(String node, double at, long canary) {
    flush(
        node,
        "eu",
        at,
        ImmutableSortedMap.of("shop|v1", counts(90, 0), "shop|v2", counts(canary, canary)));
  }

  private void flush(
      String node, String meshCluster, double at, ImmutableSortedMap<String, ArmCounts> clusters) {
    windows.flush(new ProxyFlush(node, meshCluster, at(at), clusters));
  }

  private List<Window> closeAt(double second) {
    return windows.close(at(second + 0.5)).stream().map(ClosedWindow::window).toList();
  }

  private static List<Long> canaryRequests(List<Window> windows) {
    return windows.stream().map(Window::canaryRequests).toList();
  }

  private static Window.Arms arms(Window window) {
    return Objects.requireNonNull(window.arms().get("eu"));
  }

  private static Instant at(double second) {
    return T0.plusMillis(Math.round(second * 1000));
  }

  private static double startS(int second) {
    return (double) at(second).getEpochSecond();
  }
}
