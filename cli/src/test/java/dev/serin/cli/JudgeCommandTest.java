package dev.serin.cli;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PipedInputStream;
import java.io.PipedOutputStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import picocli.CommandLine;

final class JudgeCommandTest {
  @TempDir Path folder;

  private static String window(int t) {
    return "{\"t\": %d, \"durationS\": 10, \"weight\": 0.01, \"versions\": {\"canary\": {\"requests\": 9, \"errors\": 0}, \"stable\": {\"requests\": 99, \"errors\": 0}}}\n"
        .formatted(t);
  }

  private static CommandLine judge(InputStream in, PrintWriter out, StringWriter err) {
    CommandLine line = Main.commandLine();
    line.setOut(out).setErr(new PrintWriter(err, true));
    JudgeCommand command = Objects.requireNonNull(line.getSubcommands().get("judge")).getCommand();
    command.standardInput = in;
    return line;
  }

  private static Called called(String input, String... arguments) {
    StringWriter out = new StringWriter();
    StringWriter err = new StringWriter();
    InputStream in = new ByteArrayInputStream(input.getBytes(UTF_8));
    int exit = judge(in, new PrintWriter(out, true), err).execute(arguments);
    return new Called(exit, out.toString(), err.toString());
  }

  @Test
  void everyWindowIsAnsweredAndTheEndOfTheStreamIsTheEnd() {
    Called called = called(window(0) + "\n" + window(10), "judge", "--policy", "default");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.err()).isEmpty();
    assertThat(called.out().lines())
        .hasSize(2)
        .allSatisfy(l -> assertThat(l).contains("\"action\""));
  }

  @Test
  void aLineThatCannotBeFollowedEndsItWithTwo() {
    Called called = called(window(10) + window(0) + window(20), "judge");
    assertThat(called.exit()).isEqualTo(2);
    assertThat(called.err()).contains("line 2: t: 0.0 (expected: 20.0 or later");
    assertThat(called.out().lines()).as("answers before it").hasSize(1);
  }

  @Test
  void anAnswerIsThereBeforeTheNextWindow() throws Exception {
    PipedOutputStream questions = new PipedOutputStream();
    PipedInputStream answers = new PipedInputStream();
    PrintWriter out = new PrintWriter(new PipedOutputStream(answers), false, UTF_8);
    CommandLine line = judge(new PipedInputStream(questions), out, new StringWriter());
    CompletableFuture<Integer> exit = CompletableFuture.supplyAsync(() -> line.execute("judge"));
    BufferedReader reader = new BufferedReader(new InputStreamReader(answers, UTF_8));
    for (int t = 0; t < 30; t += 10) {
      questions.write(window(t).getBytes(UTF_8));
      questions.flush();
      assertThat(reader.readLine()).contains("\"t\":" + t + ",");
    }
    questions.close();
    assertThat(exit.get(60, TimeUnit.SECONDS)).isEqualTo(Exit.DONE);
  }

  @Test
  void aPolicyWithAControlGroupIsJudgedByTheControlGroup() throws IOException {
    Path file = folder.resolve("policy.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: CanaryPolicy
        metadata: {name: own}
        spec: {steps: [1%, 100%], analysis: {control: {baseline: {endpoints: 10%}}}}
        """);
    Called without = called(window(0), "judge", "--policy", file.toString());
    assertThat(without.exit()).isEqualTo(Exit.USAGE);
    assertThat(without.err()).contains("line 1: versions.baseline: nothing (expected:");

    StringBuilder windows = new StringBuilder();
    for (int t = 0; t < 60; t += 10) {
      windows.append(
          ("{\"t\": %d, \"durationS\": 10, \"weight\": 0.01, \"versions\": {"
                  + "\"canary\": {\"requests\": 1000, \"errors\": 100},"
                  + " \"baseline\": {\"requests\": 1000, \"errors\": %s},"
                  + " \"stable\": {\"requests\": 90000, \"errors\": 0}}}\n")
              .formatted(t, "ERRORS"));
    }
    String like = windows.toString().replace("ERRORS", "100");
    String better = windows.toString().replace("ERRORS", "0");
    assertThat(called(like, "judge", "--policy", file.toString()).out())
        .doesNotContain("\"rollback\"");
    assertThat(called(better, "judge", "--policy", file.toString()).out()).contains("\"rollback\"");
  }

  @Test
  void aPolicyOfOnesOwnIsFollowed() throws IOException {
    Path file = folder.resolve("policy.yaml");
    Files.writeString(
        file,
        """
        apiVersion: serin.dev/v1
        kind: CanaryPolicy
        metadata: {name: own}
        spec: {steps: [20%, 100%], analysis: {falseRollback: 5%}}
        """);
    Called called = called("{\"history\": []}\n" + window(0), "judge", "--policy", file.toString());
    assertThat(called.err()).isEmpty();
    assertThat(called.out()).startsWith("{\"action\":\"start\",\"weight\":0.2}");
    assertThat(called.out()).contains("\"bound\":" + -Math.log(0.8 * 0.05));
  }

  @Test
  void aPolicyThatCannotBeReadIsWrongUse() {
    Called called = called("", "judge", "--policy", folder.resolve("none.yaml").toString());
    assertThat(called.exit()).isEqualTo(Exit.USAGE);
    assertThat(called.err()).contains("none.yaml", "expected: one, and no errors");
  }
}
