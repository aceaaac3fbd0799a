package dev.serin.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class SerinServerTest {
  @TempDir private Path folder;

  private ServerConfig config(String xds) {
    ConfigLoader.Result result =
        ConfigLoader.load(
            Optional.empty(),
            Map.of(),
            List.of(
                "--xds.listen=" + xds,
                "--api.listen=127.0.0.1:0",
                "--store.sqlite.path=" + folder.resolve("serin.db")));
    return result.config().orElseThrow(() -> new AssertionError(result.problems()));
  }

  private SerinServer start() throws SerinServer.StartFailure {
    return SerinServer.start(config("127.0.0.1:0"), Map.of());
  }

  private static HttpResponse<String> send(
      SerinServer server, String method, String path, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.apiPort() + path))
              .header("content-type", "application/json")
              .method(method, HttpRequest.BodyPublishers.ofString(body))
              .build(),
          BodyHandlers.ofString());
    }
  }

  @Test
  void aSecondStartResumesWhereTheFirstOneStopped() throws Exception {
    String service =
        """
        {"spec": {"initialStable": "v1", "hosts": ["checkout"], "port": 8080, "versions":
          {"v1": {"endpoints": ["127.0.0.1:9001"]}, "v2": {"endpoints": ["127.0.0.1:9002"]}}}}\
        """;
    try (SerinServer server = start()) {
      assertThat(send(server, "GET", "/readyz", "").statusCode()).isEqualTo(200);
      try (Socket proxy = new Socket(InetAddress.getLoopbackAddress(), server.xdsPort())) {
        assertThat(proxy.isConnected()).isTrue();
      }
      HttpResponse<String> created =
          send(server, "POST", "/v1/tenants/shop/services?meshServiceId=checkout", service);
      assertThat(created.statusCode()).as(created.body()).isEqualTo(200);
      HttpResponse<String> rollout =
          send(
              server,
              "POST",
              "/v1/tenants/shop/rollouts?rolloutId=checkout-v2",
              "{\"spec\": {\"service\": \"checkout\", \"to\": \"v2\"}}");
      assertThat(rollout.statusCode()).as(rollout.body()).isEqualTo(200);
      assertMetrics(send(server, "GET", "/metrics", "").body());
      HttpResponse<String> fleet =
          send(server, "GET", "/v1/proxies?stale=true&states=ERROR&orderBy=state", "");
      assertThat(fleet.statusCode()).as(fleet.body()).isEqualTo(200);
      HttpResponse<String> diff = send(server, "POST", "/v1/proxies/no~1/body:1:diff", "{}");
      assertThat(diff.statusCode()).as(diff.body()).isEqualTo(404);
      assertThat(diff.body()).contains("proxies/no~1/body:1 does not exist");
    }
    assertNothingRuns();
    try (SerinServer server = start()) {
      HttpResponse<String> again = send(server, "GET", "/v1/tenants/shop/rollouts/checkout-v2", "");
      assertThat(again.body()).contains("PROGRESSING", "\"to\":");
    }
  }

  private static void assertMetrics(String metrics) throws Exception {
    for (String name :
        List.of(
            "serin_rollout_weight_ppm",
            "serin_rollout_phase",
            "serin_spoiled_requests_total",
            "serin_leader 1",
            "serin_api_watches 0",
            "serin_store_append_seconds",
            "serin_store_errors_total",
            "serin_xds_nacks_total",
            "serin_xds_push_seconds",
            "serin_edge_connections",
            "serin_edge_streams_waiting",
            "serin_edge_refused_total{listener=\"xds\",reason=\"stream_storm\"} 0")) {
      assertThat(metrics).contains("\n" + name);
    }
    metrics
        .lines()
        .filter(line -> line.startsWith("# TYPE serin_"))
        .map(line -> line.substring("# TYPE ".length(), line.lastIndexOf(32)))
        .forEach(name -> assertThat(metrics).containsPattern("# HELP " + name + " \\S"));
    if (PromTool.isInstalled()) {
      PromTool.check(metrics);
    }
  }

  @Test
  void aBusyPortIsOneSentenceAndLeavesNothingRunning() throws Exception {
    try (ServerSocket busy = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      SerinServer.StartFailure failure =
          catchThrowableOfType(
              SerinServer.StartFailure.class,
              () ->
                  SerinServer.start(config("127.0.0.1:" + busy.getLocalPort()), Map.of()).close());
      assertThat(failure).hasMessageContaining("xds.listen: cannot bind");
      assertThat(failure.getMessage()).doesNotContain("\n");
    }
    assertNothingRuns();
    start().close(); // the store is not locked any more
  }

  @Test
  void aStoreInUseIsOneSentence() throws Exception {
    try (SerinServer server = start()) {
      SerinServer.StartFailure failure =
          catchThrowableOfType(SerinServer.StartFailure.class, () -> start().close());
      assertThat(failure.getMessage()).contains("serin.db").doesNotContain("\n");
      assertThat(send(server, "GET", "/healthz", "").statusCode()).isEqualTo(200);
    }
  }

  /** Threads of a server end soon after it has stopped. */
  private static void assertNothingRuns() throws InterruptedException {
    Thread[] alive = new Thread[Thread.activeCount() + 50];
    int count = Thread.enumerate(alive);
    for (int i = 0; i < count; i++) {
      if (alive[i].getName().startsWith("serin-")) {
        alive[i].join(5_000);
        assertThat(alive[i].isAlive()).as(alive[i].getName()).isFalse();
      }
    }
  }
}
