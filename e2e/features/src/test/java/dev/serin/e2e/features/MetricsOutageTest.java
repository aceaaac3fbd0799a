package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.RolloutStatus.Phase;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Proxies whose statistics stay away hold the rollout; silence is neither health nor harm. */
@RequireEnvoy
class MetricsOutageTest {
  private static final String SINK = "envoy_grpc: {cluster_name: " + Bootstrap.XDS_CLUSTER + "}";
  private static final String CLUSTERS = "static_resources:\n  clusters:\n";

  @Test
  void aMetricsOutageHoldsUntilItIsOver(EnvoyRunner runner, @TempDir Path folder) throws Exception {
    ServerUnderTest server = new ServerUnderTest.Within(folder);
    try (Relay relay = new Relay(server.xdsPort())) {
      List<ProxySpec> proxies =
          ProxySpec.THREE.stream()
              .map(p -> p.with(text -> reportThrough(relay.port(), server.xdsPort(), text)))
              .toList();
      try (TestMesh mesh = TestMesh.start(runner, folder, server, proxies);
          Load load = mesh.load(300, outcome -> {})) {
        mesh.release(
            """
            steps: [{weight: 20%, bake: 6s}, {weight: 40%, bake: 1h}]
            analysis:
              metrics: [{name: errors, errors: {worseBy: 5pp}}]
              onMetricsLost: {after: 3s, then: hold}
            """);
        mesh.awaitWeight(200_000);
        Await.until(
            "evidence",
            TestMesh.PATIENCE,
            mesh::rollout,
            s -> s.getVerdict().getMetricsList().stream().anyMatch(m -> m.getRequests() > 0));

        relay.cut();
        RolloutStatus held = mesh.awaitPhase(Phase.HOLDING, TestMesh.PATIENCE);
        assertThat(held.getReason()).contains("telemetry");
        // Twice the bake: it would have moved on by now.
        Await.stays("the hold", Duration.ofSeconds(8), mesh::rollout, MetricsOutageTest::holds);
        assertThat(mesh.weights()).allSatisfy((proxy, ppm) -> assertThat(ppm).isEqualTo(200_000));
        TestMesh.say("metrics outage: " + mesh.rollout().getReason());

        relay.restore();
        RolloutStatus on =
            Await.until(
                "second step", TestMesh.PATIENCE, mesh::rollout, s -> s.getStep().getIndex() == 2);
        assertThat(on.getPhase()).isEqualTo(Phase.PROGRESSING);
        assertThat(load.stop().lost()).isZero();
      }
    }
  }

  private static boolean holds(RolloutStatus status) {
    return status.getPhase() == Phase.HOLDING
        && status.getStep().getIndex() == 1
        && status.getWeightPpm() == 200_000;
  }

  /** Statistics go through the relay, configuration does not. */
  private static String reportThrough(int relay, int xds, String bootstrap) {
    int sink = bootstrap.indexOf(SINK);
    assertThat(sink).as("a sink that reports to Serin").isPositive();
    String redirected =
        bootstrap.substring(0, sink)
            + ProxySpec.replace(bootstrap.substring(sink), SINK, SINK.replace("xds", "metrics"));
    int clusters = redirected.indexOf(CLUSTERS) + CLUSTERS.length();
    String more =
        ProxySpec.replace(
            redirected.substring(clusters).replace(Bootstrap.XDS_CLUSTER, "serin_metrics"),
            "port_value: " + xds,
            "port_value: " + relay);
    return redirected + more;
  }
}
