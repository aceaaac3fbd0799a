package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server that asks proxies for tokens, and Envoys whose bootstrap has one. */
@RequireEnvoy
class TokensTest {
  private static final String TOKEN = "0123456789abcdef.of~the-mesh";

  @Test
  void aTokenInTheBootstrapOpensConfigurationAndStatistics(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    Path tokens = Files.writeString(folder.resolve("tokens"), TOKEN + " mesh\n");
    ServerUnderTest server = new ServerUnderTest.Within(folder, "--xds.auth.tokens=" + tokens);
    // One of each variant of ADS; that they serve at all is their configuration.
    List<ProxySpec> proxies =
        ImmutableList.of(ProxySpec.THREE.get(0), ProxySpec.THREE.get(1)).stream()
            .map(proxy -> proxy.withToken(server.xdsPort(), TOKEN))
            .toList();
    try (TestMesh mesh = TestMesh.start(runner, folder, server, proxies);
        Load load = mesh.load(100, outcome -> {})) {
      assertThat(mesh.proxies()).hasSize(2);
      Await.until(
          "statistics",
          TestMesh.PATIENCE,
          () -> metrics(server),
          text ->
              text.contains("serin_telemetry_streams 2")
                  && text.lines()
                      .anyMatch(line ->
                          line.startsWith("serin_requests_total{cluster=\"a\"")
                              && !line.endsWith(" 0.0")));
      assertThat(refused(metrics(server))).isZero();
      assertThat(load.stop().lost()).isZero();

      ProxySpec without = ProxySpec.THREE.get(2);
      try (EnvoyProcess envoy =
          EnvoyProcess.start(runner, without.node(), without.bootstrap(server.xdsPort()), folder)) {
        Await.until(
            "refusals of " + envoy.name(),
            TestMesh.PATIENCE,
            () -> refused(metrics(server)),
            count -> count >= 2);
        assertThat(mesh.api().proxies()).doesNotContainKey(without.node());
      }
    }
  }

  private static double refused(String metrics) {
    return metrics
        .lines()
        .filter(
            line -> line.startsWith("serin_edge_refused_total{listener=\"xds\",reason=\"token\"}"))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private static String metrics(ServerUnderTest server) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI uri = URI.create("http://127.0.0.1:" + server.apiPort() + "/metrics");
      return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
    }
  }
}
