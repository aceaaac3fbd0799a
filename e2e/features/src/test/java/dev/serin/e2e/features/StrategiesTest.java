package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.function.LongFunction;
import java.util.function.Predicate;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The strategies of {@code envoy-configs/policies}, as they stand there, taken step by step by hand
 * through real Envoys.
 */
@RequireEnvoy
class StrategiesTest {
  private static final Path FOLDER = Path.of("..", "..", "envoy-configs", "policies");
  private static final int REQUESTS = 3_000;
  private static final double PER_SECOND = 2_000;

  @Test
  void canaryGrowsStepByStepAndItsUsersStay(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      release(mesh, "standard");
      mesh.awaitWeight(10_000);
      assertShare(ask(mesh, StrategiesTest::user), "v2", .01);
      List<Long> before = List.of();
      for (int ppm : new int[] {50_000, 250_000, 500_000, 980_000}) {
        var unused = mesh.api().promote(TestMesh.ROLLOUT);
        mesh.awaitWeight(ppm);
        List<Outcome> outcomes = ask(mesh, StrategiesTest::user);
        assertShare(outcomes, "v2", ppm / 1e6);
        List<Long> canary = usersAt(outcomes, "v2");
        assertThat(canary).as("at %d ppm", ppm).containsAll(before);
        before = canary.stream().filter(number -> number < REQUESTS).toList();
      }
      var unused = mesh.api().promote(TestMesh.ROLLOUT);
      awaitPhase(mesh, Phase.SUCCEEDED);
      assertThat(ask(mesh, StrategiesTest::user)).allMatch(o -> o.version().equals("v2"));
    }
  }

  @Test
  void blueGreenMovesEverybodyInOnePushAndBackInOne(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    List<ProxySpec> proxies = ProxySpec.THREE.stream().map(ProxySpec::countingUpdates).toList();
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), proxies)) {
      ConcurrentLinkedQueue<Outcome> underway = new ConcurrentLinkedQueue<>();
      try (Load load = mesh.load(500, underway::add)) {
        Await.until("traffic", TestMesh.PATIENCE, load::counts, c -> c.answered() > 200);
        Map<String, Long> blue = routeUpdates(mesh);
        release(mesh, "blue-green");
        mesh.awaitWeight(1_000_000);
        Map<String, Long> green = routeUpdates(mesh);
        assertThat(mesh.send(REQUESTS, PER_SECOND)).allMatch(o -> o.version().equals("v2"));
        var unused = mesh.api().promote(TestMesh.ROLLOUT);
        awaitPhase(mesh, Phase.SUCCEEDED);
        Map<String, Long> done = routeUpdates(mesh);
        var unused2 = mesh.api().rollback(TestMesh.ROLLOUT);
        awaitPhase(mesh, Phase.ROLLED_BACK);
        mesh.awaitWeight(0);
        Map<String, Long> back = routeUpdates(mesh);
        assertThat(mesh.send(REQUESTS, PER_SECOND)).allMatch(o -> o.version().equals("v1"));

        assertThat(load.stop().lost()).isZero();
        assertThat(underway).allMatch(o -> o.status() == 200);
        TestMesh.say(
            "blue-green: route tables taken %s, green %s, finished %s, back %s; %d requests during it, none failed"
                .formatted(blue, green, done, back, underway.size()));
        blue.forEach((proxy, count) -> assertThat(green).containsEntry(proxy, count + 1));
        done.forEach((proxy, count) -> assertThat(back).containsEntry(proxy, count + 1));
      }
    }
  }

  @Test
  void comparisonKeepsItsSharesAndUsersAndLeavesBotsOut(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder);
        Upstream third = Upstream.start("v3", 0, Behaviour.PERFECT, 3)) {
      var unused =
          mesh.api()
              .apply(
                  text("ab")
                      .replace("9011", "" + mesh.stable().port())
                      .replace("9012", "" + mesh.canary().port())
                      .replace("9013", "" + third.port())
                      .replace("8080", "" + mesh.port()));
      awaitStep(mesh, "search-ab", status -> status.getWeightPpm() == 200_000);
      List<Outcome> first = ask(mesh, n -> visitor(n, ImmutableMap.of()));
      assertShare(first, "v1", .6);
      assertShare(first, "v2", .2);
      assertShare(first, "v3", .2);
      List<Outcome> again = ask(mesh, n -> visitor(n, ImmutableMap.of()));
      Map<Long, String> versions = byNumber(first);
      assertThat(again)
          .filteredOn(o -> o.number() < REQUESTS)
          .allMatch(o -> o.version().equals(versions.get(o.number())), "the same user's version");
      assertThat(ask(mesh, n -> visitor(n, ImmutableMap.of("user-agent", "Googlebot/2.1"))))
          .allMatch(o -> o.version().equals("v1"));

      var unused2 = mesh.api().abort("search-ab");
      awaitStep(mesh, "search-ab", status -> status.getPhase() == Phase.ROLLED_BACK);
      assertThat(ask(mesh, n -> visitor(n, ImmutableMap.of())))
          .allMatch(o -> o.version().equals("v1"));
    }
  }

  @Test
  void darkLaunchIsSeenByThoseWhoAreMeantUntilEverybodyFollows(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    ImmutableMap<String, String> staff = ImmutableMap.of("x-role", "staff");
    ImmutableMap<String, String> beta = ImmutableMap.of("cookie", "beta=yes");
    ImmutableMap<String, String> partner =
        ImmutableMap.of("x-role", "staff", "x-contract", "partner-1");
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      release(mesh, "dark-launch");
      awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getCohortPpmMap().containsKey("staff"));
      assertThat(versions(mesh, staff)).containsOnly("v2");
      assertThat(versions(mesh, beta)).containsOnly("v1");
      assertThat(versions(mesh, partner)).containsOnly("v1");
      assertThat(versions(mesh, ImmutableMap.of())).containsOnly("v1");

      var unused = mesh.api().promote(TestMesh.ROLLOUT);
      awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getCohortPpmMap().containsKey("beta"));
      assertThat(versions(mesh, staff)).containsOnly("v2");
      assertThat(versions(mesh, beta)).containsOnly("v2");
      assertThat(versions(mesh, partner)).containsOnly("v1");
      assertThat(versions(mesh, ImmutableMap.of())).containsOnly("v1");

      var unused2 = mesh.api().promote(TestMesh.ROLLOUT);
      awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getWeightPpm() > 900_000);
      assertThat(versions(mesh, partner)).containsOnly("v1");
      var unused3 = mesh.api().promote(TestMesh.ROLLOUT);
      awaitPhase(mesh, Phase.SUCCEEDED);
      for (ImmutableMap<String, String> who : List.of(staff, beta, partner)) {
        assertThat(versions(mesh, who)).containsOnly("v2");
      }
    }
  }

  @Test
  void shadowGetsCopiesOfWhatChangesNothingAndAnswersNobody(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh = TestMesh.start(runner, folder)) {
      release(mesh, "shadow");
      awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getStep().getName().equals("some"));
      long copies = copied(mesh, "GET", .1) + copied(mesh, "POST", 0);

      var unused = mesh.api().promote(TestMesh.ROLLOUT);
      awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getStep().getName().equals("most"));
      copies += copied(mesh, "POST", 0) + copied(mesh, "DELETE", 0);
      copies += copied(mesh, "GET", 1) + copied(mesh, "HEAD", 1);

      var unused2 = mesh.api().promote(TestMesh.ROLLOUT);
      mesh.awaitWeight(10_000);
      List<Outcome> outcomes = ask(mesh, StrategiesTest::user);
      assertShare(outcomes, "v2", .01);
      // Nothing else has come since, late copies included.
      assertThat(mesh.canary().requests()).isEqualTo(copies + usersAt(outcomes, "v2").size());
    }
  }

  /** Everybody is answered by stable; the canary gets that share of copies, which are counted. */
  private static long copied(TestMesh mesh, String method, double share) {
    long before = mesh.canary().requests();
    List<Outcome> outcomes =
        ask(mesh, n -> new LoadPlan.Request(method, "checkout", "/", userHeader(n)));
    assertThat(outcomes).allMatch(o -> o.version().equals("v1"));
    double expected = share * outcomes.size();
    double tolerance = 5 * Math.sqrt(expected * (1 - share));
    long copies =
        Await.until(
            "copies of %s at the canary: %.0f of %d".formatted(method, expected, outcomes.size()),
            TestMesh.PATIENCE,
            () -> mesh.canary().requests() - before,
            count -> Math.abs(count - expected) <= tolerance);
    TestMesh.say("mirror: %d copies of %d %s".formatted(copies, outcomes.size(), method));
    return copies;
  }

  private static String text(String file) throws IOException {
    return Files.readString(FOLDER.resolve(file + ".yaml")).replace(", tenant: shop", "");
  }

  /** The policy of a file for the service of the mesh under test. */
  private static void release(TestMesh mesh, String file) throws IOException {
    var unused =
        mesh.api()
            .apply(
                text(file)
                    + """
                    ---
                    apiVersion: serin.dev/v1
                    kind: Rollout
                    metadata: {name: %s}
                    spec: {service: checkout, to: v2, policy: %s}
                    """
                        .formatted(TestMesh.ROLLOUT, file));
  }

  private static void awaitPhase(TestMesh mesh, Phase phase) {
    awaitStep(mesh, TestMesh.ROLLOUT, status -> status.getPhase() == phase);
  }

  /** Waits until the rollout is there and every proxy has acknowledged what it says. */
  private static void awaitStep(TestMesh mesh, String rollout, Predicate<RolloutStatus> there) {
    int proxies = mesh.proxies().size();
    var unused =
        Await.until(
            "step of " + rollout + " at every proxy",
            TestMesh.PATIENCE,
            () -> mesh.api().rollout(rollout),
            status ->
                there.test(status)
                    && status.getClustersList().stream()
                            .mapToInt(cluster -> cluster.getConvergence().getAcked())
                            .sum()
                        == proxies);
  }

  private static List<Outcome> ask(TestMesh mesh, LongFunction<LoadPlan.Request> request) {
    List<Outcome> outcomes = mesh.send(REQUESTS, PER_SECOND, request);
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    return outcomes;
  }

  private static List<String> versions(TestMesh mesh, ImmutableMap<String, String> headers) {
    List<Outcome> outcomes = mesh.send(300, PER_SECOND, n -> TestMesh.request(headers));
    assertThat(outcomes).allMatch(o -> o.status() == 200);
    return outcomes.stream().map(Outcome::version).toList();
  }

  private static LoadPlan.Request user(long number) {
    return TestMesh.request(userHeader(number));
  }

  private static ImmutableMap<String, String> userHeader(long number) {
    return ImmutableMap.of("x-user-id", "user-" + number);
  }

  private static LoadPlan.Request visitor(long number, ImmutableMap<String, String> more) {
    return new LoadPlan.Request(
        "search",
        "/",
        ImmutableMap.<String, String>builder()
            .put("cookie", "visitor=" + number)
            .putAll(more)
            .buildOrThrow());
  }

  private static List<Long> usersAt(List<Outcome> outcomes, String version) {
    return outcomes.stream().filter(o -> o.version().equals(version)).map(Outcome::number).toList();
  }

  private static Map<Long, String> byNumber(List<Outcome> outcomes) {
    return outcomes.stream().collect(Collectors.toMap(Outcome::number, Outcome::version));
  }

  /** Within five standard deviations. */
  private static void assertShare(List<Outcome> outcomes, String version, double share) {
    double expected = share * outcomes.size();
    double tolerance = 5 * Math.sqrt(expected * (1 - share));
    int count = usersAt(outcomes, version).size();
    TestMesh.say("share %.3f of %s: %d of %d".formatted(share, version, count, outcomes.size()));
    assertThat((double) count).isBetween(expected - tolerance, expected + tolerance);
  }

  /** How many route tables each proxy has taken so far. */
  private static Map<String, Long> routeUpdates(TestMesh mesh) throws Exception {
    ImmutableMap.Builder<String, Long> updates = ImmutableMap.builder();
    for (EnvoyProcess proxy : mesh.proxies().values()) {
      updates.put(
          proxy.name(),
          proxy.admin().stats("rds.*update_success").values().stream()
              .mapToLong(Long::longValue)
              .sum());
    }
    return updates.buildOrThrow();
  }
}
