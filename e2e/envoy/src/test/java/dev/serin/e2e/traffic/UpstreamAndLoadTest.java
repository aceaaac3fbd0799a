package dev.serin.e2e.traffic;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;
import java.util.stream.DoubleStream;
import org.junit.jupiter.api.Test;

final class UpstreamAndLoadTest {

  private static LoadPlan.Request plain(long number) {
    return new LoadPlan.Request("checkout", "/", ImmutableMap.of());
  }

  private static LoadPlan.Target target(String name, int port) {
    return new LoadPlan.Target(name, new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
  }

  private static LoadPlan plan(double rate, LoadPlan.Target... targets) {
    return new LoadPlan(
        rate, ImmutableList.copyOf(targets), 16, UpstreamAndLoadTest::plain, Duration.ofSeconds(5));
  }

  private static void await(BooleanSupplier condition) {
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void clientAndServerCountTheSameByVersion() throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, new Behaviour(.5, Duration.ofMillis(1), .5), 7);
        Upstream v2 = Upstream.start("v2", 0, Behaviour.PERFECT, 7);
        Load load = Load.start(plan(2_000, target("a", v1.port()), target("b", v2.port())))) {
      await(() -> load.counts().sent() >= 1_000);
      LoadCounts counts = load.stop();
      assertThat(counts.lost()).isZero();
      assertThat(counts.answered()).isEqualTo(counts.sent());
      assertThat(counts.of("v1")).isEqualTo(new LoadCounts.Tally(v1.requests(), v1.errors()));
      assertThat(counts.of("v2")).isEqualTo(new LoadCounts.Tally(v2.requests(), 0));
      assertThat(v1.errors() / (double) v1.requests()).isBetween(.4, .6);
      assertThat(Math.abs(v1.requests() - v2.requests())).isLessThanOrEqualTo(1);
    }
  }

  @Test
  void countsOutliveTheLoad() throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, Behaviour.PERFECT, 1)) {
      Load load = Load.start(plan(1_000, target("a", v1.port())));
      LoadCounts counts;
      try (load) {
        await(() -> load.counts().answered() >= 10);
        counts = load.stop();
      }
      assertThat(load.counts()).isEqualTo(counts);
    }
  }

  @Test
  void everyOutcomeIsToldOnceAndHeadersComeFromTheNumber() throws Exception {
    List<Outcome> outcomes = new CopyOnWriteArrayList<>();
    List<Long> asked = new CopyOnWriteArrayList<>();
    try (Upstream v1 = Upstream.start("v1", 0, Behaviour.PERFECT, 1);
        Load load =
            Load.start(
                new LoadPlan(
                    1_000,
                    ImmutableList.of(target("a", v1.port())),
                    4,
                    number -> {
                      asked.add(number);
                      return new LoadPlan.Request(
                          "checkout", "/", ImmutableMap.of("x-user-id", "u" + number));
                    },
                    Duration.ofSeconds(5)),
                outcomes::add)) {
      await(() -> outcomes.size() >= 100);
      LoadCounts counts = load.stop();
      assertThat(outcomes).hasSize((int) counts.sent());
      assertThat(outcomes).extracting(Outcome::number).doesNotHaveDuplicates();
      assertThat(outcomes)
          .allSatisfy(outcome -> {
            assertThat(outcome.target()).isEqualTo("a");
            assertThat(outcome.version()).isEqualTo("v1");
            assertThat(outcome.status()).isEqualTo(200);
            assertThat(outcome.latency()).isPositive();
          });
      assertThat(asked).hasSize((int) counts.sent());
    }
  }

  @Test
  void rateIsKeptAlthoughEveryAnswerIsSlow() throws Exception {
    try (Upstream slow = Upstream.start("v1", 0, new Behaviour(0, Duration.ofMillis(200), 0), 1);
        Load load = Load.start(plan(400, target("a", slow.port())))) {
      long start = System.nanoTime();
      await(() -> load.counts().sent() >= 200);
      // Sixteen connections of five answers a second carry 80; the other requests wait.
      LoadCounts counts = load.counts();
      double seconds = (System.nanoTime() - start) / 1e9;
      assertThat(counts.sent() / seconds).isBetween(200.0, 401.0);
      assertThat(counts.answered()).isLessThanOrEqualTo((long) (80 * seconds) + 16);
    }
  }

  @Test
  void rateCanBeChangedAndPaused() throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, Behaviour.PERFECT, 1);
        Load load = Load.start(plan(0, target("a", v1.port())))) {
      assertThat(load.counts().sent()).isZero();
      load.setRate(1_000);
      await(() -> load.counts().sent() >= 100);
      load.setRate(0);
      long sent = load.counts().sent();
      await(() -> load.counts().answered() == sent);
      assertThat(load.counts().sent()).isEqualTo(sent);
    }
  }

  @Test
  void requestsToNobodyAreLost() throws Exception {
    int port;
    try (ServerSocket free = new ServerSocket(0)) {
      port = free.getLocalPort();
    }
    try (Load load = Load.start(plan(500, target("nobody", port)))) {
      await(() -> load.counts().lost() >= 20);
      LoadCounts counts = load.stop();
      assertThat(counts.lost()).isEqualTo(counts.sent());
      assertThat(counts.byVersion()).isEmpty();
    }
  }

  @Test
  void requestThatNobodyAnswersInTimeIsLost() throws Exception {
    try (Upstream stuck = Upstream.start("v1", 0, new Behaviour(0, Duration.ofSeconds(60), 0), 1);
        Load load =
            Load.start(
                new LoadPlan(
                    100,
                    ImmutableList.of(target("a", stuck.port())),
                    2,
                    UpstreamAndLoadTest::plain,
                    Duration.ofMillis(50)))) {
      await(() -> load.counts().lost() >= 10);
      LoadCounts counts = load.stop();
      assertThat(counts.answered()).isZero();
      assertThat(counts.lost()).isEqualTo(counts.sent());
    }
  }

  @Test
  void behaviourChangesWhileItRuns() throws Exception {
    try (Upstream v3 = Upstream.start("v3", 0, Behaviour.PERFECT, 1);
        Load load = Load.start(plan(1_000, target("a", v3.port())))) {
      await(() -> load.counts().answered() >= 100);
      assertThat(load.counts().errors()).isZero();
      v3.behave(new Behaviour(1, Duration.ZERO, 0));
      await(() -> load.counts().errors() >= 100);
      LoadCounts counts = load.stop();
      assertThat(counts.errors()).isEqualTo(v3.errors());
    }
  }

  @Test
  void latencyHasTheMedianAndSpreadItIsGiven() {
    long seed = 42;
    SplittableRandom random = new SplittableRandom(seed);
    Behaviour behaviour = new Behaviour(0, Duration.ofMillis(10), .5);
    double[] sorted =
        DoubleStream.generate(() -> behaviour.drawLatency(random) / 1e6)
            .limit(20_000)
            .sorted()
            .toArray();
    assertThat(sorted[10_000]).as("median, seed %d", seed).isBetween(9.8, 10.2);
    assertThat(sorted[19_800]).as("p99, seed %d", seed).isBetween(30.0, 34.0);
  }

  @Test
  void healthCheckIsAnsweredAndNotCounted() throws Exception {
    try (Upstream bad = Upstream.start("v3", 0, new Behaviour(1, Duration.ofSeconds(5), 0), 1);
        HttpClient client = HttpClient.newHttpClient()) {
      URI health = URI.create("http://127.0.0.1:" + bad.port() + "/healthz");
      HttpResponse<String> response =
          client.send(HttpRequest.newBuilder(health).build(), HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).isEqualTo(200);
      assertThat(bad.requests()).isZero();
    }
  }

  @Test
  void takenPortIsRefused() throws Exception {
    try (Upstream first = Upstream.start("v1", 0, Behaviour.PERFECT, 1)) {
      assertThatExceptionOfType(IOException.class)
          .isThrownBy(() -> Upstream.start("v2", first.port(), Behaviour.PERFECT, 1).close())
          .withMessageContaining("upstream v2 cannot listen on port " + first.port());
    }
  }

  @Test
  void impossibleBehavioursAndPlansAreRefused() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> new Behaviour(1.5, Duration.ZERO, 0))
        .withMessage("errorShare: 1.5 (expected: 0 to 1)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(Double.NaN, target("a", 1)))
        .withMessageContaining("rate: NaN");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> plan(1))
        .withMessage("targets: none (expected: at least one)");
  }
}
