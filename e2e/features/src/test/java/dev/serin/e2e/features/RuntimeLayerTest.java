package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.policy.Ppm;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Two proxies with the runtime layer, one of each variant of ADS, beside one without: the same
 * shares everywhere, and nobody is ever without an answer.
 */
@RequireEnvoy
class RuntimeLayerTest {
  private static final List<ProxySpec> FLEET =
      List.of(
          ProxySpec.THREE.get(0).withLayer().countingUpdates(),
          ProxySpec.THREE.get(1).withLayer().countingUpdates(),
          ProxySpec.THREE.get(2).countingUpdates());

  /** A right split fails once in some 500,000 runs of the comparisons. */
  private static final double SIGMAS = 5;

  @Test
  void stepsTravelAsNumbersAndTheTableStays(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), FLEET)) {
      release(mesh);
      mesh.setWeight(10_000);
      ImmutableSortedMap<String, Long> before = tables(mesh);
      for (int ppm : new int[] {100_000, 500_000}) {
        mesh.setWeight(ppm);
        List<Outcome> answers = mesh.send(9_000, 3_000);
        assertThat(answers).allMatch(answer -> answer.status() == 200);
        for (String proxy : mesh.proxies().keySet()) {
          isWithinBounds(
              proxy, answers.stream().filter(a -> a.target().equals(proxy)).toList(), ppm);
        }
      }
      ImmutableSortedMap<String, Long> after = tables(mesh);
      TestMesh.say("route tables taken before and after two steps: " + before + " " + after);
      assertThat(after.get("a-1")).isEqualTo(before.get("a-1"));
      assertThat(after.get("a-2")).isEqualTo(before.get("a-2"));
      assertThat(after.getOrDefault("b-1", 0L)).isEqualTo(before.getOrDefault("b-1", 0L) + 2);
    }
  }

  @Test
  void nobodyIsWithoutAnAnswerAndNobodyGoesBackOnTheWayToPromotion(
      EnvoyRunner runner, @TempDir Path folder) throws Exception {
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), FLEET)) {
      ConcurrentLinkedQueue<Outcome> answers = new ConcurrentLinkedQueue<>();
      try (Load load = mesh.load(600, answers::add)) {
        mesh.release(
            """
            sticky: none
            steps: [{weight: 10%, bake: 1s}, {weight: 50%, bake: 1s}, {weight: 100%, bake: 2s}]
            rollback: {keepWarm: 2s}
            analysis: off
            """);
        Await.until(
            "all at v2",
            TestMesh.PATIENCE,
            mesh::rollout,
            status -> status.getWeightPpm() == Ppm.ALL);
        mesh.awaitWeight(Ppm.ALL);
        answers.clear();
        RolloutStatus over = mesh.awaitPhase(Phase.SUCCEEDED, TestMesh.PATIENCE);
        assertThat(over.getReason()).contains("v2");
        Await.until(
            "route tables without the rollout",
            TestMesh.PATIENCE,
            () -> dumps(mesh),
            dumps -> dumps.stream().noneMatch(dump -> dump.contains("runtime_key_prefix")));
        load.setRate(0);
        assertThat(load.stop().lost()).isZero();
      }
      assertThat(answers).allMatch(answer -> answer.status() == 200);
      // Those that were under way when the last of the proxies had its ACK sent.
      assertThat(answers.stream().filter(a -> a.version().equals("v1")).count())
          .as("back at v1")
          .isLessThan(40);
      assertThat(mesh.send(900, 3_000)).allMatch(answer -> answer.version().equals("v2"));
    }
  }

  @Test
  void anAbortIsAtZeroByTheNumbersAndTheTableIsAsBefore(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    try (TestMesh mesh =
        TestMesh.start(runner, folder, new ServerUnderTest.Within(folder), FLEET)) {
      release(mesh);
      mesh.setWeight(500_000);
      var unused = mesh.api().abort(TestMesh.ROLLOUT);
      mesh.awaitPhase(Phase.ROLLED_BACK, TestMesh.PATIENCE);
      mesh.awaitWeight(0);
      List<Outcome> after = mesh.send(3_000, 3_000);
      assertThat(after).allMatch(a -> a.status() == 200 && a.version().equals("v1"));
      assertThat(dumps(mesh)).noneMatch(dump -> dump.contains("runtime_key_prefix"));
    }
  }

  /** A proxy that names the layer in its metadata and has none would never get a weight. */
  @Test
  void aProxyThatOnlySaysThatItHasTheLayerHoldsTheStep(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    ProxySpec boasting =
        ProxySpec.THREE
            .get(0)
            .withLayer()
            .with(text -> text.replaceAll("(?ms)^layered_runtime:\n.*?(?=^[a-z#])", ""));
    try (TestMesh mesh =
        TestMesh.start(
            runner,
            folder,
            new ServerUnderTest.Within(folder),
            List.of(boasting, ProxySpec.THREE.get(2)))) {
      mesh.release(
          """
          sticky: none
          steps: [{weight: 50%, bake: 1s}, {weight: 100%, bake: 1h}]
          convergence: {timeout: 2s}
          analysis: off
          """);
      RolloutStatus status =
          Await.until(
              "silent proxy",
              TestMesh.PATIENCE,
              mesh::rollout,
              s -> s.getClustersList().stream().anyMatch(c -> c.getConvergence().getSilent() == 1));
      assertThat(status.getWeightPpm()).isEqualTo(500_000);
      assertThat(mesh.weights().get("a-1")).isNotEqualTo(500_000);
    }
  }

  private static void release(TestMesh mesh) {
    mesh.release(
        """
        sticky: none
        steps: [{weight: 1%, bake: 1h}, {weight: 100%, bake: 1h}]
        analysis: off
        """);
  }

  /** How often each proxy has taken a route table. */
  private static ImmutableSortedMap<String, Long> tables(TestMesh mesh) throws Exception {
    ImmutableSortedMap.Builder<String, Long> taken = ImmutableSortedMap.naturalOrder();
    for (EnvoyProcess proxy : mesh.proxies().values()) {
      taken.put(
          proxy.name(),
          proxy.admin().stats("rds.*update_success").values().stream()
              .mapToLong(Long::longValue)
              .sum());
    }
    return taken.buildOrThrow();
  }

  private static List<String> dumps(TestMesh mesh) {
    return mesh.proxies().values().stream()
        .map(proxy -> {
          try {
            return proxy.admin().configDump();
          } catch (java.io.IOException e) {
            throw new java.io.UncheckedIOException(e);
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new AssertionError(e);
          }
        })
        .toList();
  }

  private static void isWithinBounds(String proxy, List<Outcome> answers, int ppm) {
    double share = ppm / (double) Ppm.ALL;
    long canary = answers.stream().filter(a -> a.version().equals("v2")).count();
    double sigma = Math.sqrt(answers.size() * share * (1 - share));
    double off = (canary - answers.size() * share) / sigma;
    TestMesh.say(
        "layer: %s at %s: %d of %d requests, %+.2f sigma"
            .formatted(proxy, Ppm.percent(ppm), canary, answers.size(), off));
    assertThat(off).as("%s at %d ppm", proxy, ppm).isBetween(-SIGMAS, SIGMAS);
  }
}
