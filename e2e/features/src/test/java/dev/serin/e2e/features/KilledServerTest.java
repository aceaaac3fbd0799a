package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadCounts;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server dies without a word while a release is under way and traffic flows. */
@RequireEnvoy
class KilledServerTest {
  private static final Duration ABSENCE = Duration.ofSeconds(3);

  @Test
  void aKilledServerLosesNothingAndGoesOnWhereItWas(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    ConcurrentLinkedQueue<Outcome> outcomes = new ConcurrentLinkedQueue<>();
    ServerUnderTest server = new ServerUnderTest.Child(folder);
    try (TestMesh mesh = TestMesh.start(runner, folder, server, ProxySpec.THREE);
        Load load = mesh.load(300, outcomes::add)) {
      mesh.release(
          """
          steps: [{weight: 20%, bake: 18s}, {weight: 60%, bake: 1h}]
          analysis: {metrics: [{name: errors, errors: {worseBy: 5pp}}]}
          """);
      mesh.awaitWeight(200_000);
      RolloutStatus before =
          Await.until(
              "evidence",
              TestMesh.PATIENCE,
              mesh::rollout,
              s -> s.getVerdict().getMetricsList().stream().anyMatch(m -> m.getRequests() > 0));
      assertThat(before.getStep().getIndex()).isEqualTo(1);
      ImmutableMap<String, String> routes = routes(mesh);

      server.stop();
      Instant killed = Instant.now();
      Await.stays("the routes", ABSENCE, () -> routes(mesh), routes::equals);
      Instant absent = Instant.now();
      server.start();

      RolloutStatus after = mesh.rollout();
      Instant back = Instant.now();
      assertThat(after.getStep()).isEqualTo(before.getStep());
      assertThat(after.getWeightPpm()).isEqualTo(before.getWeightPpm());
      assertThat(after.getGeneration()).isEqualTo(before.getGeneration());
      assertThat(after.getPhase()).isEqualTo(Phase.PROGRESSING);
      isSplitAt(
          .2, outcomes.stream().filter(o -> o.at().isAfter(killed) && o.at().isBefore(absent)));

      Await.until(
          "second step",
          Duration.ofSeconds(60),
          mesh::rollout,
          status -> status.getStep().getIndex() == 2);
      Instant on = Instant.now();
      mesh.awaitWeight(600_000);

      // Decided, and killed before or while it is told.
      RolloutStatus aborted = mesh.api().abort(TestMesh.ROLLOUT).getStatus();
      assertThat(aborted.getWeightPpm()).isZero();
      server.stop();
      server.start();
      mesh.awaitPhase(Phase.ROLLED_BACK, TestMesh.PATIENCE);
      mesh.awaitWeight(0);
      LoadCounts counts = load.stop();
      TestMesh.say(
          "kill -9: %d requests, %d lost, %d errors; API back %d ms after it was started again, next step %d ms later"
              .formatted(
                  counts.sent(),
                  counts.lost(),
                  counts.errors(),
                  Duration.between(absent, back).toMillis(),
                  Duration.between(back, on).toMillis()));
      assertThat(counts.lost()).isZero();
      assertThat(counts.errors()).isZero();
      assertThat(counts.answered()).isEqualTo(counts.sent());

      long canary = mesh.canary().requests();
      List<Outcome> last = mesh.send(600, 2_000);
      assertThat(last).allMatch(outcome -> outcome.version().equals("v1"));
      assertThat(mesh.canary().requests()).isEqualTo(canary);
    }
  }

  private static void isSplitAt(double share, java.util.stream.Stream<Outcome> outcomes) {
    List<Outcome> all = outcomes.toList();
    double canary = all.stream().filter(o -> o.version().equals("v2")).count();
    double sigma = Math.sqrt(all.size() * share * (1 - share));
    assertThat(all).hasSizeGreaterThan(300);
    assertThat((canary - all.size() * share) / sigma).as("sigmas").isBetween(-5.0, 5.0);
  }

  /** What every proxy routes by, with the times of the last updates. */
  private static ImmutableMap<String, String> routes(TestMesh mesh) throws Exception {
    ImmutableMap.Builder<String, String> routes = ImmutableMap.builder();
    for (EnvoyProcess proxy : mesh.proxies().values()) {
      routes.put(proxy.name(), proxy.admin().get("/config_dump?resource=dynamic_route_configs"));
    }
    return routes.buildOrThrow();
  }
}
