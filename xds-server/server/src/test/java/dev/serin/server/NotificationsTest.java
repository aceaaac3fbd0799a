package dev.serin.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import dev.serin.server.config.ConfigLoader;
import dev.serin.spi.Signature;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A whole server that tells a receiver on this machine. */
class NotificationsTest {
  private static final String KEY = "the key of the receiver";

  @TempDir private Path folder;
  private final BlockingQueue<Call> calls = new LinkedBlockingQueue<>();
  private volatile int status = 200;
  private HttpServer receiver;

  private record Call(String id, String signature, String body) {}

  @BeforeEach
  void listen() throws Exception {
    receiver = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    receiver.createContext(
        "/told",
        call -> {
          String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          calls.add(
              new Call(
                  call.getRequestHeaders().getFirst(Signature.ID),
                  call.getRequestHeaders().getFirst(Signature.HEADER),
                  body));
          call.sendResponseHeaders(status, -1);
          call.close();
        });
    receiver.start();
  }

  @AfterEach
  void end() {
    receiver.stop(0);
  }

  private SerinServer start() throws SerinServer.StartFailure {
    ConfigLoader.Result result =
        ConfigLoader.load(
            Optional.empty(),
            Map.of(),
            List.of(
                "--xds.listen=127.0.0.1:0",
                "--xds.warmUp=0s",
                "--api.listen=127.0.0.1:0",
                "--store.sqlite.path=" + folder.resolve("serin.db")));
    return SerinServer.start(
        result.config().orElseThrow(() -> new AssertionError(result.problems())),
        Map.of("TOLD_KEY", KEY));
  }

  private static void post(SerinServer server, String path, String body) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(
                      URI.create(
                          "http://127.0.0.1:" + server.apiPort() + "/v1/tenants/shop/" + path))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(body))
                  .build(),
              BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  private Call next() throws InterruptedException {
    Call call = calls.poll(20, TimeUnit.SECONDS);
    assertThat(call).as("a notification within 20 s").isNotNull();
    return call;
  }

  @Test
  void what_a_receiver_did_not_take_before_a_stop_it_is_told_after_the_next_start()
      throws Exception {
    status = 503;
    Call first;
    try (SerinServer server = start()) {
      post(
          server,
          "services?meshServiceId=checkout",
          """
          {"spec": {"initialStable": "v1", "hosts": ["checkout"], "port": 8080, "versions":
            {"v1": {"endpoints": ["127.0.0.1:9001"]}, "v2": {"endpoints": ["127.0.0.1:9002"]}}}}\
          """);
      post(
          server,
          "channels?channelId=room",
          """
          {"spec": {"webhook": {"url": "http://127.0.0.1:%d/told", "secret": {"env": "TOLD_KEY"}},
            "templates": {"text": "{{service}} goes to {{to}}"}}}\
          """
              .formatted(receiver.getAddress().getPort()));
      post(
          server,
          "policies?canaryPolicyId=telling",
          """
          {"spec": {"notify": [{"channel": "room", "events": ["STARTED"]}]}}\
          """);
      post(
          server,
          "rollouts?rolloutId=checkout-v2",
          """
          {"spec": {"service": "checkout", "to": "v2", "policy": "telling"}}\
          """);
      first = next();
      assertThat(first.signature())
          .isEqualTo(Signature.of(KEY, first.body().getBytes(StandardCharsets.UTF_8)));
      JsonNode body = new ObjectMapper().readTree(first.body());
      assertThat(body.path("text").asText()).isEqualTo("checkout goes to v2");
      assertThat(body.path("event").asText()).isEqualTo("started");
    }
    calls.clear();
    status = 200;
    try (SerinServer server = start()) {
      assertThat(next().id()).isEqualTo(first.id());
      assertThat(server.apiPort()).isPositive();
    }
  }
}
