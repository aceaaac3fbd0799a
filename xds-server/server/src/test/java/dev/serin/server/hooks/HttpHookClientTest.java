package dev.serin.server.hooks;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.serin.policy.Hook;
import dev.serin.policy.Secret;
import dev.serin.rollout.HookCall;
import dev.serin.server.control.HookClient;
import dev.serin.spi.Signature;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Calls to a hook that listens on this machine and answers as each test says. */
class HttpHookClientTest {

  private static final HookClient.Question QUESTION =
      new HookClient.Question("shop/checkout-v2/1/1/beforeStep/0/1", "{\"event\":\"beforeStep\"}");

  /** One call as the hook saw it. */
  private record Seen(String id, String signature, String body, String contentType) {}

  private interface Reply {
    void to(HttpExchange call, int number) throws IOException;
  }

  private final List<Seen> seen = new CopyOnWriteArrayList<>();
  private final CountDownLatch over = new CountDownLatch(1);
  private HttpServer server;
  private Reply reply = (call, number) -> send(call, 200, "{\"result\": \"pass\"}");

  @BeforeEach
  void listen() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(Executors.newVirtualThreadPerTaskExecutor());
    server.createContext(
        "/",
        call -> {
          String body = new String(call.getRequestBody().readAllBytes(), StandardCharsets.UTF_8);
          seen.add(
              new Seen(
                  header(call, Signature.ID),
                  header(call, Signature.HEADER),
                  body,
                  header(call, "content-type")));
          reply.to(call, seen.size());
        });
    server.start();
  }

  @AfterEach
  void close() {
    over.countDown();
    server.stop(0);
  }

  private static String header(HttpExchange call, String name) {
    String value = call.getRequestHeaders().getFirst(name);
    return value == null ? "" : value;
  }

  private static void send(HttpExchange call, int status, String body) throws IOException {
    byte[] bytes = body.getBytes(StandardCharsets.UTF_8);
    call.sendResponseHeaders(status, bytes.length == 0 ? -1 : bytes.length);
    call.getResponseBody().write(bytes);
    call.close();
  }

  private Hook hook(Optional<Secret> secret, int retries) {
    return new Hook(
        ImmutableSortedSet.of(Hook.Event.BEFORE_STEP),
        "http://127.0.0.1:" + server.getAddress().getPort() + "/gate",
        secret,
        Duration.ofSeconds(2),
        retries);
  }

  private HookClient.Answer ask(Hook hook) {
    return ask(hook, Map.of("GATE_KEY", "opensesame"));
  }

  private static HookClient.Answer ask(Hook hook, Map<String, String> environment) {
    try (HttpHookClient client = new HttpHookClient(environment, Duration.ofMillis(1))) {
      return client.ask(hook, QUESTION).orTimeout(30, TimeUnit.SECONDS).join();
    }
  }

  @Test
  void aHookIsCalledWithASignedBodyAndItsWordIsTaken() {
    HookClient.Answer answer = ask(hook(Optional.of(new Secret.Env("GATE_KEY")), 0));
    assertThat(answer).isEqualTo(new HookClient.Answer(HookCall.Result.PASS, ""));
    assertThat(seen).hasSize(1);
    assertThat(seen.getFirst().id()).isEqualTo(QUESTION.id());
    assertThat(seen.getFirst().body()).isEqualTo(QUESTION.body());
    assertThat(seen.getFirst().contentType()).isEqualTo("application/json");
    // By another implementation: printf '{"event":"beforeStep"}' | openssl dgst -sha256 -hmac
    // opensesame
    assertThat(seen.getFirst().signature())
        .isEqualTo("sha256=dce4a5d9732d03510a06ef798484ecd5bded6a92994622fa74dc1b4c50e36003");
  }

  @Test
  void aSecretMayBeAFile(@TempDir Path dir) throws IOException {
    Path key = Files.writeString(dir.resolve("gate.key"), "opensesame\n");
    ask(hook(Optional.of(new Secret.File(key.toString())), 0));
    String byFile = seen.getFirst().signature();
    ask(hook(Optional.of(new Secret.Env("GATE_KEY")), 0));
    assertThat(seen.getLast().signature()).isEqualTo(byFile);
  }

  @Test
  void withoutItsSecretNoCallIsMade() {
    HookClient.Answer answer = ask(hook(Optional.of(new Secret.Env("GATE_KEY")), 3), Map.of());
    assertThat(answer.result()).isEqualTo(HookCall.Result.NONE);
    assertThat(answer.words()).contains("GATE_KEY is not set");
    assertThat(seen).isEmpty();
  }

  @Test
  void waitAndFailComeWithTheirReasonOnOneLine() {
    reply = (call, n) -> send(call, 200, "{\"result\": \"wait\", \"reason\": \"tests\\nrun; on\"}");
    assertThat(ask(hook(Optional.empty(), 0)))
        .isEqualTo(new HookClient.Answer(HookCall.Result.WAIT, "tests run, on"));
    reply = (call, n) -> send(call, 200, "{\"result\": \"fail\", \"reason\": \"red\"}");
    assertThat(ask(hook(Optional.empty(), 0)))
        .isEqualTo(new HookClient.Answer(HookCall.Result.FAIL, "red"));
    assertThat(seen).extracting(Seen::signature).containsOnly("");
  }

  @Test
  void whatMayPassIsTriedAgainAndWhatMayNotIsNot() {
    reply = (call, n) -> send(call, n < 3 ? 503 : 200, n < 3 ? "" : "{\"result\": \"pass\"}");
    assertThat(ask(hook(Optional.empty(), 2)).result()).isEqualTo(HookCall.Result.PASS);
    assertThat(seen).hasSize(3);
    assertThat(seen).extracting(Seen::id).containsOnly(QUESTION.id());
    seen.clear();
    reply = (call, n) -> send(call, 404, "");
    HookClient.Answer missing = ask(hook(Optional.empty(), 2));
    assertThat(missing)
        .isEqualTo(new HookClient.Answer(HookCall.Result.NONE, "status 404 (expected: 200)"));
    assertThat(seen).hasSize(1);
    seen.clear();
    reply = (call, n) -> send(call, 500, "");
    assertThat(ask(hook(Optional.empty(), 2)).result()).isEqualTo(HookCall.Result.NONE);
    assertThat(seen).hasSize(3);
  }

  @Test
  void aRedirectIsNotFollowed() {
    reply =
        (call, n) -> {
          call.getResponseHeaders().add("location", "/elsewhere");
          send(call, 302, "");
        };
    assertThat(ask(hook(Optional.empty(), 2)).words()).isEqualTo("status 302 (expected: 200)");
    assertThat(seen).hasSize(1);
  }

  @Test
  void anAnswerThatIsNoneIsSaidSo() {
    reply = (call, n) -> send(call, 200, "ok");
    assertThat(ask(hook(Optional.empty(), 2)).words()).startsWith("no JSON");
    reply = (call, n) -> send(call, 200, "{\"result\": \"maybe\"}");
    assertThat(ask(hook(Optional.empty(), 2)).words())
        .isEqualTo("result maybe (expected: pass, wait or fail)");
    reply = (call, n) -> send(call, 200, " ".repeat(70_000));
    assertThat(ask(hook(Optional.empty(), 2)).words()).startsWith("an answer above 64 kB");
    assertThat(seen).hasSize(3);
  }

  @Test
  void aHookThatDoesNotAnswerInTimeIsGivenUp() {
    reply = (call, n) -> awaitOver();
    assertThat(ask(hook(Optional.empty(), 0)).result()).isEqualTo(HookCall.Result.NONE);
    server.stop(0);
    assertThat(ask(hook(Optional.empty(), 1)).result()).isEqualTo(HookCall.Result.NONE);
  }

  private void awaitOver() {
    try {
      var ignored = over.await(60, TimeUnit.SECONDS);
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }
}
