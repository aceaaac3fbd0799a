package dev.serin.e2e.features;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.sun.net.httpserver.HttpServer;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.mesh.bootstrap.BootstrapOptions.Ads;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The header that names the version is Serin's word: no client's, and no upstream's. */
@RequireEnvoy
class VersionHeaderTest {
  private static final String NAME = "x-serin-version";

  /** Reachable from outside, and so at the edge. */
  private static final ProxySpec GATEWAY =
      new ProxySpec("gateway", "a", "eu-west", "0.0.0.0", Ads.DELTA, s -> s);

  @Test
  void neitherAClientNorAnUpstreamSpeaksForSerin(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    HttpServer echo = echo();
    try (TestMesh mesh =
        TestMesh.start(
            runner, folder, new ServerUnderTest.Within(folder), ImmutableList.of(GATEWAY))) {
      mesh.api()
          .apply(
              """
              apiVersion: serin.dev/v1
              kind: MeshService
              metadata: {name: echo}
              spec:
                initialStable: v1
                versions: {v1: {endpoints: ["127.0.0.1:%d"]}}
                hosts: [echo]
                port: %d
              """
                  .formatted(echo.getAddress().getPort(), mesh.port()));
      InetSocketAddress proxy = mesh.targets().getFirst().address();
      String answer =
          Await.until(
              "echo", TestMesh.PATIENCE, () -> get(proxy), text -> text.startsWith("HTTP/1.1 200"));
      assertThat(answer).endsWith("saw v1");
      assertThat(answer.lines().filter(line -> line.startsWith(NAME)))
          .containsExactly(NAME + ": v1");

      // Nor does a client get a version by naming it, where a cohort goes by that header.
      mesh.release(
          """
          cohorts: {pretenders: {any: [{header: {name: x-serin-version, exact: v2}}]}}
          steps: [{cohorts: {pretenders: 100%}, bake: 1h}, {weight: 100%, bake: 1h}]
          analysis: off
          """);
      mesh.awaitConverged();
      List<Outcome> outcomes =
          mesh.send(300, 3_000, n -> TestMesh.request(ImmutableMap.of(NAME, "v2")));
      assertThat(outcomes).allMatch(o -> o.status() == 200 && o.version().equals("v1"));
    } finally {
      echo.stop(0);
    }
  }

  /** Says which version header it saw, and lies about its own. */
  private static HttpServer echo() throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        exchange -> {
          List<String> seen = exchange.getRequestHeaders().getOrDefault(NAME, List.of());
          byte[] body = ("saw " + String.join(",", seen)).getBytes(UTF_8);
          exchange.getResponseHeaders().set(NAME, "pretender");
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    server.start();
    return server;
  }

  /** The whole answer to a client that claims a version, its headers in lower case. */
  private static String get(InetSocketAddress proxy) throws IOException {
    try (Socket socket = new Socket(proxy.getAddress(), proxy.getPort())) {
      socket
          .getOutputStream()
          .write(
              ("GET / HTTP/1.1\r\nhost: echo\r\n" + NAME + ": v9\r\nconnection: close\r\n\r\n")
                  .getBytes(UTF_8));
      String answer = new String(socket.getInputStream().readAllBytes(), UTF_8);
      int body = answer.indexOf("\r\n\r\n");
      return body < 0
          ? answer
          : answer.substring(0, body).replaceFirst("(?s)\r\n.*", "")
              + answer.substring(answer.indexOf("\r\n"), body).toLowerCase(Locale.ROOT)
              + answer.substring(body);
    }
  }
}
