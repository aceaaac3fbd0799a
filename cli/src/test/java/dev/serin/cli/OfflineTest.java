package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.v1.Proxy;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Commands that need no server, and those that miss theirs. */
final class OfflineTest {
  @TempDir Path folder;

  @Test
  void aVerbWithoutAServerSaysSo() {
    Called called = Called.serin("get", "rollouts", "--server", "127.0.0.1:1");
    assertThat(called.exit()).isEqualTo(Exit.UNREACHABLE);
    assertThat(called.err())
        .contains("cannot reach the server at 127.0.0.1:1")
        .contains("Connection refused");
    assertThat(called.err().lines()).hasSize(1);
    assertThat(called.out()).isEmpty();
  }

  /** A percent sign in a description is a format to the library, which complains on every help. */
  @Test
  void everyHelpIsPrintedWithoutComplaint() {
    PrintStream err = System.err;
    ByteArrayOutputStream complaints = new ByteArrayOutputStream();
    System.setErr(new PrintStream(complaints, true, StandardCharsets.UTF_8));
    try {
      for (String command : Main.commandLine().getSubcommands().keySet()) {
        assertThat(Called.serin(command, "--help").exit()).isEqualTo(Exit.DONE);
      }
    } finally {
      System.setErr(err);
    }
    assertThat(complaints.toString(StandardCharsets.UTF_8)).isEmpty();
    assertThat(Called.serin("set-weight", "--help").out()).contains("As 5% or 0.1%");
  }

  @Test
  void aShareStandsAloneWhereManyAreMeant() {
    for (String[] asked :
        new String[][] {{"--all", "5%"}, {"-l", "a=b", "5%"}, {"checkout-v2", "5%"}}) {
      List<String> arguments = new ArrayList<>(List.of("set-weight", "--server", "127.0.0.1:1"));
      arguments.addAll(List.of(asked));
      assertThat(Called.serin(arguments.toArray(String[]::new)).exit()).isEqualTo(Exit.UNREACHABLE);
    }
    assertThat(Called.serin("set-weight", "checkout-v2").err()).contains("SHARE");
    assertThat(Called.serin("set-weight", "--all", "5").err()).contains("SHARE: 5");
    assertThat(Called.serin("pause", "a", "--all").err()).contains("a beside --all");
  }

  @Test
  void anApplyOfNothingIsNoSuccess() throws Exception {
    Path file = folder.resolve("empty.yaml");
    Files.writeString(file, "# rendered from a template that came out empty\n---\n");
    Called called = Called.serin("apply", "-f", file.toString(), "--server", "127.0.0.1:1");
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    assertThat(called.err()).contains("no resources");
  }

  @Test
  void othersWordsCannotSpeakToTheTerminal() {
    StringWriter out = new StringWriter();
    Output.table(
        new PrintWriter(out, true),
        List.of("NODE", "SAYS"),
        List.of(List.of("gw\u001b[2J", "two\nlines\r")));
    assertThat(out.toString()).isEqualTo("NODE    SAYS\ngw?[2J  two; lines\n");
  }

  /** A terminal of eight bits takes U+009B for the beginning of a command; JSON may have it. */
  @Test
  void jsonForATerminalIsTheSameJson() throws Exception {
    String node = "gw\u001b[2J\u009b2J\u202e\udb40\udc01é";
    String json = Output.json(Proxy.newBuilder().setNodeId(node));
    assertThat(json).doesNotContainPattern("[\\p{Cc}\\p{Cf}&&[^\n]]").contains("é");
    assertThat(new ObjectMapper().readTree(json).get("nodeId").asText()).isEqualTo(node);
  }

  @Test
  void wrongUseIsToldFromFailure() {
    assertThat(Called.serin("bogus").exit()).isEqualTo(Exit.USAGE);
    assertThat(Called.serin().exit()).isEqualTo(Exit.USAGE);
    assertThat(Called.serin("apply").exit()).isEqualTo(Exit.USAGE);
    assertThat(Called.serin("pause", "--server", "127.0.0.1:1").err()).contains("name a rollout");
  }

  @Test
  void aDemoThatCannotBeIsRefusedBeforeItRuns() {
    Called called =
        Called.serin("demo", "--proxies", "21", "--json", folder.resolve("no/out.json").toString());
    assertThat(called.exit()).isEqualTo(Exit.USAGE);
    assertThat(called.err()).contains("--proxies: 21 (expected: 1..20)", "no/out.json");
  }

  @Test
  void lintReportsEveryProblemWithItsLine() throws Exception {
    Path file = folder.resolve("policy.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: CanaryPolicy
        metadata: {name: standard}
        spec:
          stepps: [5%]
          steps: [5, 50%]
        """);
    Called called = Called.serin("lint", "-f", folder.toString(), "-o", "json");
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    JsonNode problems = new ObjectMapper().readTree(called.out()).get("problems");
    assertThat(problems)
        .allSatisfy(problem ->
            assertThat(problem.fieldNames())
                .toIterable()
                .containsExactly("file", "line", "path", "code", "severity", "message", "hint"));
    assertThat(problems)
        .anySatisfy(problem -> {
          assertThat(problem.get("severity").asText()).isEqualTo("error");
          assertThat(problem.get("line").asInt()).isEqualTo(5);
          assertThat(problem.get("code").asText()).isEqualTo("UNKNOWN_KEY");
          assertThat(problem.get("file").asText()).isEqualTo(file.toString());
        });
    assertThat(problems)
        .anySatisfy(problem -> {
          assertThat(problem.get("path").asText()).isEqualTo("spec.steps[0]");
          assertThat(problem.get("code").asText()).isEqualTo("MISSING_UNIT");
          assertThat(problem.get("hint").asText()).contains("5%");
        });
  }

  @Test
  void lintWarnsOfWhatItCannotSeeAndPasses() throws Exception {
    Path file = folder.resolve("rollout.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: Rollout
        metadata: {name: checkout-v2}
        spec: {service: checkout, to: v2}
        """);
    Called called = Called.serin("lint", "-f", file.toString());
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.out()).contains("warning UNKNOWN_REFERENCE").contains("0 errors, 1 warning");
  }

  @Test
  void everyProblemOfTheConfigurationIsTold() {
    Called called = Called.serin("server", "--xds.listen=0.0.0.0:1", "--bogus=3", "--api.listen=x");
    assertThat(called.exit()).isEqualTo(Exit.USAGE);
    assertThat(called.err())
        .contains("--bogus: unknown")
        .contains("without TLS")
        .contains("expected: HOST:PORT");
  }

  @Test
  void theConfigurationIsPrintedWithItsOrigins() {
    Called called = Called.serin("server", "--print-config", "--xds.listen=127.0.0.1:7");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.out()).containsPattern("listen: 127\\.0\\.0\\.1:7 +# --xds\\.listen");
  }

  @Test
  void aBootstrapNamesTheMeshCluster() {
    Called called = Called.serin("bootstrap", "--id", "gw-1", "--cluster", "eu", "--bind", "::1");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.out()).contains("\"CLUSTER_ID\": \"eu\"").contains("\"SERIN_BIND\": \"::1\"");
    assertThat(Called.serin("bootstrap", "--id", "gw-1", "--token", "se cret").err())
        .contains("token: 7 characters")
        .doesNotContain("cret");
    assertThat(Called.serin("bootstrap", "--id", "gw-1", "--xds", "nowhere").exit())
        .isEqualTo(Exit.USAGE);
  }
}
