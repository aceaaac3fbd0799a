package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadCounts;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The server comes back without its journal, while proxies run what it had made. */
@RequireEnvoy
class LostStoreTest {
  @Test
  void proxiesKeepWhatTheyRunWhenTheServerHasForgotten(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    ServerUnderTest server = new ServerUnderTest.Within(folder);
    try (TestMesh mesh = TestMesh.start(runner, folder, server, ProxySpec.THREE);
        Load load = mesh.load(300, outcome -> {})) {
      mesh.release(
          """
          steps: [{weight: 30%, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitWeight(300_000);
      ImmutableMap<String, String> routes = routes(mesh);

      server.stop();
      try (Stream<Path> files = Files.list(folder)) {
        for (Path file :
            files.filter(f -> f.getFileName().toString().startsWith("journal.db")).toList()) {
          Files.delete(file);
        }
      }
      server.start();
      String told =
          Await.until(
              "word of the loss",
              TestMesh.PATIENCE,
              () -> readiness(server),
              text -> text.contains("STORE_LOST"));
      TestMesh.say("lost store: " + told);
      Await.stays("the routes", Duration.ofSeconds(4), () -> routes(mesh), routes::equals);
      LoadCounts counts = load.stop();
      assertThat(counts.lost() + counts.errors()).isZero();
      assertThat(counts.of("v2").answered()).isPositive();
      assertThat(mesh.send(300, 1_000)).allMatch(outcome -> outcome.status() == 200);
    }
  }

  private static String readiness(ServerUnderTest server) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.apiPort() + "/readyz"))
                  .build(),
              HttpResponse.BodyHandlers.ofString())
          .body();
    }
  }

  /** What every proxy routes by, with the times of the last updates. */
  private static ImmutableMap<String, String> routes(TestMesh mesh) throws Exception {
    ImmutableMap.Builder<String, String> routes = ImmutableMap.builder();
    for (EnvoyProcess proxy : List.copyOf(mesh.proxies().values())) {
      routes.put(
          proxy.name(),
          proxy.admin().get("/config_dump?resource=dynamic_route_configs")
              + proxy.admin().get("/config_dump?resource=dynamic_active_clusters"));
    }
    return routes.buildOrThrow();
  }
}
