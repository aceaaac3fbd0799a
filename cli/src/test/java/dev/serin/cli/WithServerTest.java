package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The command line against a whole server in this process. */
final class WithServerTest {
  private static final String SERVICE =
      """
      apiVersion: serin.dev/v1
      kind: MeshService
      metadata: {name: checkout}
      spec:
        initialStable: v1
        protocol: http
        versions:
          v1: {endpoints: ["127.0.0.1:9001"]}
          v2: {endpoints: ["127.0.0.1:9002"]}
        hosts: [checkout]
        port: 8080
      """;

  @TempDir Path folder;

  private SerinServer start(String... more) throws Exception {
    List<String> flags =
        new ArrayList<>(
            List.of(
                "--xds.listen=127.0.0.1:0",
                "--api.listen=127.0.0.1:0",
                "--store.sqlite.path=" + folder.resolve("serin.db")));
    flags.addAll(List.of(more));
    return SerinServer.start(
        ConfigLoader.load(Optional.empty(), Map.of(), flags).config().orElseThrow(), Map.of());
  }

  @Test
  void resourcesAreAppliedShownAndStarted() throws Exception {
    Path file = folder.resolve("checkout.yaml");
    Files.writeString(file, SERVICE);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("service/checkout created");
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("service/checkout unchanged");
      assertThat(Called.serin("get", "service", "checkout", "--server", at, "-o", "name").out())
          .isEqualTo("checkout\n");

      Called started = Called.serin("start", "checkout", "v2", "--server", at);
      assertThat(started.exit()).isEqualTo(Exit.DONE);
      assertThat(started.out())
          .startsWith("checkout-v2: PROGRESSING.")
          .contains("no proxy runs 1 %");

      Called waited =
          Called.serin(
              "wait", "checkout-v2", "--for", "promoted", "--timeout", "1s", "--server", at);
      assertThat(waited.exit()).isEqualTo(Exit.TIMED_OUT);
      assertThat(Called.serin("start", "nosuch", "v2", "--server", at).exit())
          .isEqualTo(Exit.FAILED);
    }
  }

  @Test
  void aServiceIsDetachedUntilItIsReleasedAgain() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE);
      Called detached = Called.serin("detach", "checkout", "--reason", "ours", "--server", at);
      assertThat(detached.exit()).as(detached.err()).isEqualTo(Exit.DONE);
      assertThat(detached.out()).startsWith("checkout: detached;").contains("lead to v1");
      assertThat(Called.serin("detach", "checkout", "--server", at).out())
          .contains("it is detached already");
      assertThat(Called.serin("get", "service", "--server", at).out()).contains("v1 (detached)");
      assertThat(Called.serin("get", "service", "checkout", "--server", at, "-o", "json").out())
          .contains("\"detached\": true");
      Called started = Called.serin("start", "checkout", "v2", "--server", at);
      assertThat(started.out())
          .contains("(service default/checkout was detached and is attached again)");
      assertThat(Called.serin("get", "service", "--server", at).out()).doesNotContain("detached");
      assertThat(Called.serin("audit", "service", "checkout", "--server", at).out().lines())
          .satisfiesExactly(
              header -> assertThat(header).startsWith("TIME").endsWith("REASON"),
              created -> assertThat(created).contains(" Created "),
              gone -> assertThat(gone).contains(" Detached ").endsWith(" ours"),
              back -> assertThat(back).contains(" Attached "));
      assertThat(Called.serin("audit", "rollout", "checkout-v2", "--server", at).out())
          .contains(" Created ", " Started ");
      Called nobody = Called.serin("audit", "service", "nobody", "--server", at);
      assertThat(nobody.exit()).isEqualTo(Exit.FAILED);
      assertThat(nobody.err()).contains("tenants/default/services/nobody has never been there");
      Called refused = Called.serin("detach", "checkout", "--server", at);
      assertThat(refused.exit()).isEqualTo(Exit.FAILED);
      assertThat(refused.err()).contains("checkout-v2", "is running");
    }
  }

  @Test
  void aDiffOfAProxyThatIsNotThereSaysWhereToLook() throws Exception {
    try (SerinServer server = start()) {
      Called diff = Called.serin("diff", "nobody", "--server", "127.0.0.1:" + server.apiPort());
      assertThat(diff.exit()).isEqualTo(Exit.FAILED);
      assertThat(diff.err()).contains("proxies/nobody does not exist", "`serin proxies`");
    }
  }

  /** It said that it was not promoted, after the whole timeout. */
  @Test
  void whatDoesNotExistIsNotWaitedFor() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      Called waited = Called.serin("wait", "nosuch", "--for", "promoted", "--server", at);
      assertThat(waited.exit()).isEqualTo(Exit.FAILED);
      assertThat(waited.err()).contains("rollout default/nosuch does not exist");
      Called watched = Called.serin("get", "rollout", "nosuch", "-w", "--server", at);
      assertThat(watched.exit()).isEqualTo(Exit.FAILED);
      assertThat(watched.out()).isEmpty();
    }
  }

  /** A server is restarted for an update, and its rollouts go on: so does who waits for one. */
  @Test
  void aWaitOutlivesARestartOfTheServer() throws Exception {
    SerinServer first = start();
    String port = Integer.toString(first.apiPort());
    String at = "127.0.0.1:" + port;
    applied(at, SERVICE + draft("checkout-v2"));
    CompletableFuture<Called> waiting =
        CompletableFuture.supplyAsync(
            () -> Called.serin("wait", "checkout-v2", "--for", "rolledBack", "--server", at));
    awaitWatch(at);
    first.close();
    try (SerinServer second = start("--api.listen=" + at)) {
      assertThat(second.apiPort()).isEqualTo(Integer.parseInt(port));
      assertThat(Called.serin("abort", "checkout-v2", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called waited = waiting.get(60, TimeUnit.SECONDS);
      assertThat(waited.exit()).as(waited.err()).isEqualTo(Exit.DONE);
      assertThat(waited.err()).contains("waiting for it to come back");
    }
  }

  /** The watches of a server are as many as it says; polled, for it does not tell of it. */
  private static void awaitWatch(String at) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpRequest metrics = HttpRequest.newBuilder(URI.create("http://" + at + "/metrics")).build();
      String text;
      do {
        text = http.send(metrics, HttpResponse.BodyHandlers.ofString()).body();
      } while (!text.contains("serin_api_watches 1.0"));
    }
  }

  private void applied(String at, String text) throws Exception {
    Path file = folder.resolve("applied.yaml");
    Files.writeString(file, text);
    Called applied = Called.serin("apply", "--server", at, "-f", file.toString());
    assertThat(applied.exit()).as(applied.err()).isEqualTo(Exit.DONE);
  }

  private static String draft(String name) {
    return """
    ---
    apiVersion: serin.dev/v1
    kind: Rollout
    metadata: {name: %s, labels: {team: pay}}
    spec: {service: checkout, to: v2, draft: true}
    """
        .formatted(name);
  }

  /** What only the server can find came in a second round, after the text was mended. */
  @Test
  void anApplyTellsWhatTheTextAndWhatTheServerHasAgainstItInOneGo() throws Exception {
    Path file = folder.resolve("all.yaml");
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE);
      Files.writeString(
          file,
          SERVICE.replace("port: 8080", "port: 8081").replace("name: checkout", "name: other")
              + "---\n"
              + SERVICE.replace("name: checkout", "name: broken").replace("8080", "eighty")
              + rollout("a", "checkout", "v9", "default")
              + rollout("b", "nosuch", "v2", "nosuch")
              + rollout("c", "broken", "v2", "default"));
      Called called = Called.serin("apply", "--server", at, "-f", file.toString());
      assertThat(called.exit()).isEqualTo(Exit.FAILED);
      assertThat(called.out()).isEmpty();
      assertThat(called.err().lines())
          .satisfiesExactly(
              line -> assertThat(line).contains("all.yaml:23: ").contains("eighty"),
              line -> assertThat(line).contains("all.yaml:28: ").contains("v9"),
              line -> assertThat(line).contains("all.yaml:33: ").contains("spec.service: nosuch"),
              line -> assertThat(line).contains("all.yaml:33: ").contains("spec.policy: nosuch"));
      assertThat(Called.serin("get", "service", "other", "--server", at).exit())
          .isEqualTo(Exit.FAILED);
    }
    Called alone = Called.serin("apply", "--server", "127.0.0.1:1", "-f", file.toString());
    assertThat(alone.exit()).isEqualTo(Exit.FAILED);
    assertThat(alone.err()).contains("eighty").contains("the other resources were not checked");
  }

  private static String rollout(String name, String service, String to, String policy) {
    return """
    ---
    apiVersion: serin.dev/v1
    kind: Rollout
    metadata: {name: %s}
    spec: {service: %s, to: %s, policy: %s}
    """
        .formatted(name, service, to, policy);
  }

  @Test
  void aVerbOnManyLeavesAloneWhomItIsNotMeantFor() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE + draft("running") + draft("waiting"));
      assertThat(Called.serin("start", "running", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called paused = Called.serin("pause", "-l", "team=pay", "-o", "json", "--server", at);
      assertThat(paused.exit()).as(paused.err()).isEqualTo(Exit.DONE);
      assertThat(paused.err()).contains("waiting: left alone, PENDING");
      JsonNode answers = new ObjectMapper().readTree(paused.out());
      assertThat(answers).hasSize(1);
      assertThat(answers.get(0).get("status").get("phase").asText()).isEqualTo("PAUSED");
      // Who is paused already is left alone, too.
      assertThat(Called.serin("pause", "--all", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called misspelt = Called.serin("abort", "-l", "team=pya", "--server", at);
      assertThat(misspelt.exit()).isEqualTo(Exit.FAILED);
      assertThat(misspelt.err()).contains("no rollout of default has [team=pya]");
      Called one =
          Called.serin("pause", "running", "--cluster", "eu", "--server", at, "-o", "json");
      assertThat(one.exit()).isEqualTo(Exit.FAILED);
      assertThat(one.err()).contains("not supported yet");
    }
  }

  /** Each was told as one sentence without a place, the first of them alone. */
  @Test
  void whatTheServerRefusesIsToldWithItsLine() throws Exception {
    Path file = folder.resolve("rollouts.yaml");
    Files.writeString(
        file,
        draft("a").replace("checkout", "nosuch") + draft("b").replace("v2", "v9, policy: slow"));
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE);
      Called refused = Called.serin("apply", "--server", at, "-f", file.toString());
      assertThat(refused.exit()).isEqualTo(Exit.FAILED);
      assertThat(refused.err())
          .contains(file + ":5: error INVALID at spec.service: nosuch")
          .contains(file + ":10: error INVALID at spec.to: v9")
          .contains(file + ":10: error INVALID at spec.policy: slow");
    }
  }

  @Test
  void aWarningIsToldOnceAndWithItsLine() throws Exception {
    Path file = folder.resolve("policy.yaml");
    Files.writeString(
        file,
        "apiVersion: serin.dev/v1\nkind: CanaryPolicy\nmetadata: {name: p}\nspec:\n  sticky: none\n");
    try (SerinServer server = start()) {
      Called applied =
          Called.serin("apply", "--server", "127.0.0.1:" + server.apiPort(), "-f", file.toString());
      assertThat(applied.err().lines())
          .singleElement()
          .asString()
          .startsWith(file + ":5: warning NOT_STICKY");
    }
  }

  @Test
  void whatIsPrintedAsYamlOrJsonIsTakenBack() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE + draft("checkout-v2"));
      assertThat(Called.serin("start", "checkout-v2", "--server", at).exit()).isEqualTo(Exit.DONE);
      for (String kind : List.of("services", "rollouts")) {
        for (String format : List.of("yaml", "json")) {
          Called got = Called.serin("get", kind, "-o", format, "--server", at);
          Path file = folder.resolve(kind + "." + format);
          Files.writeString(file, got.out());
          Called again = Called.serin("apply", "-f", file.toString(), "--server", at);
          assertThat(again.exit()).as(kind + " as " + format + ": " + again.err()).isZero();
          assertThat(again.out().lines()).allMatch(line -> line.contains(" unchanged"));
        }
      }
    }
  }

  @Test
  void aRolloutUnderWayHasAForecast() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      applied(at, SERVICE + draft("checkout-v2"));
      assertThat(Called.serin("start", "checkout-v2", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called got = Called.serin("get", "rollout", "checkout-v2", "-o", "json", "--server", at);
      JsonNode forecast = new ObjectMapper().readTree(got.out()).get("status").path("forecast");
      assertThat(forecast.path("note").asText()).startsWith("counts on ");
      assertThat(forecast.path("promoted").asText()).isNotEmpty();
    }
  }

  @Test
  void figuresOnAPortOfTheirOwnAreThereAndNowhereElse() throws Exception {
    try (SerinServer server = start("--metrics.listen=127.0.0.1:0");
        HttpClient http = HttpClient.newHttpClient()) {
      int port = server.metricsPort().orElseThrow();
      assertThat(port).isPositive();
      for (int at : List.of(port, server.apiPort())) {
        HttpRequest metrics =
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + at + "/metrics")).build();
        assertThat(http.send(metrics, HttpResponse.BodyHandlers.ofString()).statusCode())
            .isEqualTo(at == port ? 200 : 404);
      }
    }
  }

  @Test
  void whatSpeaksNoTlsIsToldInWords() throws Exception {
    try (SerinServer server = start()) {
      Called called =
          Called.serin("get", "rollouts", "--tls", "--server", "127.0.0.1:" + server.apiPort());
      assertThat(called.exit()).isEqualTo(Exit.UNREACHABLE);
      assertThat(called.err()).contains("does not speak TLS").hasSizeLessThan(250);
    }
  }

  /** What the server said itself was told as if nobody had been there. */
  @Test
  void anAnswerOfTheServerIsNoLostServer() throws Exception {
    Path tokens = folder.resolve("tokens");
    Files.writeString(tokens, "0123456789abcdef ann\n");
    try (SerinServer server = start("--api.auth.tokens=" + tokens)) {
      Called refused = Called.serin("get", "rollouts", "--server", "127.0.0.1:" + server.apiPort());
      assertThat(refused.exit()).isEqualTo(Exit.FAILED);
      assertThat(refused.err()).contains("no token").contains("--token, SERIN_TOKEN");
    }
  }

  @Test
  void aDraftThatIsAbortedWentTheOtherWay() throws Exception {
    Path file = folder.resolve("draft.yaml");
    Files.writeString(
        file,
        SERVICE
            + """
            ---
            apiVersion: serin.dev/v1
            kind: Rollout
            metadata: {name: checkout-v2}
            spec: {service: checkout, to: v2, draft: true}
            """);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).exit())
          .isEqualTo(Exit.DONE);
      assertThat(Called.serin("abort", "checkout-v2", "--server", at).exit()).isEqualTo(Exit.DONE);
      Called waited =
          Called.serin(
              "wait", "checkout-v2", "--for", "promoted", "--timeout", "5s", "--server", at);
      assertThat(waited.exit()).isEqualTo(Exit.OTHER_WAY);
    }
  }

  @Test
  void theBuiltInPolicyCanBeAppliedUnderAnotherName() throws Exception {
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      String text = Called.serin("get", "policy", "default", "-o", "yaml", "--server", at).out();
      Path file = folder.resolve("mine.yaml");
      Files.writeString(file, text.replace("name: default", "name: mine"));
      Called applied = Called.serin("apply", "--server", at, "-f", file.toString());
      assertThat(applied.exit()).as(applied.err()).isEqualTo(Exit.DONE);
      assertThat(Called.serin("get", "policy", "mine", "-o", "yaml", "--server", at).out())
          .isEqualTo(text.replace("name: default", "name: mine"));
    }
  }
}
