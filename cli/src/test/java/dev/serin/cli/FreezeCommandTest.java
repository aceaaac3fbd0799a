package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code serin freeze} against a whole server in this process. */
final class FreezeCommandTest {
  @TempDir Path folder;

  private SerinServer start() throws Exception {
    return SerinServer.start(
        ConfigLoader.load(
                Optional.empty(),
                Map.of(),
                List.of(
                    "--xds.listen=127.0.0.1:0",
                    "--api.listen=127.0.0.1:0",
                    "--store.sqlite.path=" + folder.resolve("serin.db")))
            .config()
            .orElseThrow(),
        Map.of());
  }

  @Test
  void everythingIsFrozenInOneCallAndStaysSoOverARestartUntilItIsLifted() throws Exception {
    try (SerinServer server = start()) {
      Called frozen = freeze(server, "--all", "--reason", "incident 7");
      assertThat(frozen.exit()).as(frozen.err()).isEqualTo(Exit.DONE);
      assertThat(frozen.out()).startsWith("all: in force, no end known, for everything");
      assertThat(freeze(server, "--all", "--reason", "once more").exit()).isEqualTo(Exit.DONE);
    }
    try (SerinServer server = start()) {
      assertThat(freeze(server, "--list").out()).contains("incident 7", "everything", "in force");
      assertThat(freeze(server, "--lift", "all").out()).isEqualTo("all: lifted\n");
      assertThat(freeze(server, "--list").out()).isEqualTo("none\n");
      assertThat(freeze(server, "--lift", "all").exit()).isEqualTo(Exit.FAILED);
    }
  }

  @Test
  void aPartIsFrozenForATime() throws Exception {
    try (SerinServer server = start()) {
      Called frozen =
          freeze(
              server,
              "sale",
              "--for",
              "2h",
              "-n",
              "shop",
              "--service",
              "cart",
              "--cluster",
              "eu west",
              "-l",
              "team=one",
              "--allow",
              "urgent",
              "--reason",
              "sale");
      assertThat(frozen.exit()).as(frozen.err()).isEqualTo(Exit.DONE);
      assertThat(frozen.out())
          .startsWith("sale: in force until 20")
          .contains("tenant shop; service cart; cluster eu west; team=one");
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("get", "freezewindow", "sale", "-n", "shop", "--server", at).out())
          .contains("urgent", "in force until", "sale");
      assertThat(freeze(server, "sale", "--for", "2h", "-n", "shop").err())
          .contains("exists already");
      assertThat(Called.serin("delete", "freeze", "sale", "-n", "shop", "--server", at).out())
          .isEqualTo("sale deleted\n");
    }
  }

  @Test
  void aFreezeInThePastIsSetAndSaidToBeOver() throws Exception {
    try (SerinServer server = start()) {
      LocalDateTime from =
          LocalDateTime.ofInstant(Instant.now(), ZoneOffset.UTC)
              .minusDays(2)
              .truncatedTo(ChronoUnit.MINUTES);
      Called past =
          freeze(
              server,
              "old",
              "--from",
              from.toString(),
              "--for",
              "3h",
              "--zone",
              "UTC",
              "-n",
              "shop");
      assertThat(past.out()).contains("not in force", from.plusHours(3) + " is over");
    }
  }

  @Test
  void aFileOfFreezesIsAppliedAndGotBack() throws Exception {
    Path file = folder.resolve("nights.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: FreezeWindow
        metadata: {name: nights}
        spec: {zone: Europe/Berlin, rrule: "FREQ=DAILY;BYHOUR=22", duration: 8h}
        """);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("freezewindow/nights created");
      Called got = Called.serin("get", "freezewindow", "nights", "-o", "yaml", "--server", at);
      Files.writeString(file, got.out());
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).out())
          .startsWith("freezewindow/nights unchanged");
    }
  }

  @Test
  void whetherAServiceIsOpenIsAnsweredAsJson() throws Exception {
    Path file = folder.resolve("checkout.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: MeshService
        metadata: {name: checkout}
        spec:
          initialStable: v1
          versions: {v1: {endpoints: ["127.0.0.1:9001"]}}
          hosts: [checkout]
          port: 8080
        """);
    try (SerinServer server = start()) {
      String at = "127.0.0.1:" + server.apiPort();
      assertThat(Called.serin("apply", "--server", at, "-f", file.toString()).exit())
          .isEqualTo(Exit.DONE);
      String path = "http://" + at + "/v1/tenants/default/services/checkout:checkOpen";
      assertThat(answer(path)).contains("\"open\"", "true");
      assertThat(freeze(server, "--all", "--reason", "incident 7").exit()).isEqualTo(Exit.DONE);
      assertThat(answer(path + "?cluster=eu-west&urgent=true"))
          .contains("tenants/default/freezeWindows/all", "incident 7");
    }
  }

  private static String answer(String url) throws Exception {
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpResponse<String> response =
          client.send(
              HttpRequest.newBuilder(URI.create(url)).build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(response.statusCode()).as(response.body()).isEqualTo(200);
      return response.body();
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
|nothing to do
--all|--all without --reason
--all --reason x -n shop|--all beside what selects a part
--all --reason x --service cart|--all beside what selects a part
sale -n shop|no end (expected: --for or --to)
sale --for 2h|nothing that says what to freeze
sale --for 2h --to 2026-11-27T00:00 -n shop|--for beside --to
sale --for 2 -n shop|--for: 2 (expected: a number with ms, s, m or h)
sale --for 2h --from noon -n shop|--from: noon
sale --to 2026-11-27T00:00 --zone Mars -n shop|--zone: Mars
sale --for 2h -l team|-l: team (expected: label=value)
--list --lift sale|too much at once
""")
  void whatMakesNoSenseIsRefusedBeforeAServerIsAsked(String arguments, String problem) {
    List<String> words = arguments == null ? List.of() : List.of(arguments.split(" "));
    Called called = freezeAt("127.0.0.1:1", words.toArray(new String[0]));
    assertThat(called.exit()).isEqualTo(Exit.USAGE);
    assertThat(called.err()).contains(problem);
  }

  private static Called freeze(SerinServer server, String... arguments) {
    return freezeAt("127.0.0.1:" + server.apiPort(), arguments);
  }

  private static Called freezeAt(String at, String... arguments) {
    String[] all = new String[arguments.length + 3];
    all[0] = "freeze";
    all[1] = "--server";
    all[2] = at;
    System.arraycopy(arguments, 0, all, 3, arguments.length);
    return Called.serin(all);
  }
}
