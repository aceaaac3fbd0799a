package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.mesh.bootstrap.BootstrapOptions;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A server that has no service yet. */
@RequireEnvoy
class EmptyMeshTest {
  /** Without an answer about clusters and listeners it is not, for as long as this. */
  private static final Duration INITIAL_FETCH_TIMEOUT = Duration.ofSeconds(15);

  @ParameterizedTest
  @EnumSource
  void aProxyIsReadyAlthoughThereIsNothingToServe(
      BootstrapOptions.Ads variant, EnvoyRunner runner, @TempDir Path folder) throws Exception {
    ServerUnderTest server = new ServerUnderTest.Within(folder);
    server.start();
    ProxySpec spec =
        ProxySpec.THREE.stream().filter(p -> p.ads() == variant).findFirst().orElseThrow();
    long began = System.nanoTime();
    try (EnvoyProcess envoy =
        EnvoyProcess.start(runner, spec.node(), spec.bootstrap(server.xdsPort()), folder)) {
      envoy.awaitReady(TestMesh.PATIENCE);
      Duration took = Duration.ofNanos(System.nanoTime() - began);
      TestMesh.say("empty mesh, " + variant + ": ready after " + took.toMillis() + " ms");
      assertThat(took).isLessThan(INITIAL_FETCH_TIMEOUT.dividedBy(2));
    } finally {
      server.stop();
    }
  }
}
