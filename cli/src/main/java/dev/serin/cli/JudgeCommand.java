package dev.serin.cli;

import dev.serin.cli.judge.JudgeStream;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.text.Parsed;
import dev.serin.text.Problem;
import dev.serin.text.Reading;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin judge --policy FILE < windows.jsonl}; needs no server. */
@Command(
    name = "judge",
    description =
        "Judge windows of evidence from standard input, one JSON object a line, and answer each at"
            + " once with what a rollout would do. Of a policy with a control group every window has"
            + " versions.baseline, which the canary is compared with.")
final class JudgeCommand implements Callable<Integer> {
  private static final String BUILT_IN = "default";

  @Option(
      names = "--policy",
      paramLabel = "FILE|default",
      description = "A file with one CanaryPolicy, or the built-in one (${DEFAULT-VALUE}).")
  String policy = BUILT_IN;

  @Spec @Nullable CommandSpec spec;

  InputStream standardInput = System.in;

  @Override
  public Integer call() throws IOException {
    JudgeStream stream = new JudgeStream(policy());
    PrintWriter out = Console.out(spec);
    BufferedReader lines =
        new BufferedReader(new InputStreamReader(standardInput, StandardCharsets.UTF_8));
    long number = 0;
    for (String line = lines.readLine(); line != null; line = lines.readLine()) {
      number++;
      if (line.isBlank()) {
        continue;
      }
      switch (stream.take(line)) {
        case JudgeStream.Answer.Line(String json) -> {
          out.println(json);
          out.flush();
        }
        case JudgeStream.Answer.Problem(String message) ->
            throw new CommandFailure(Exit.USAGE, "line " + number + ": " + message);
      }
    }
    return Exit.DONE;
  }

  private CanaryPolicy policy() {
    if (policy.equals(BUILT_IN)) {
      return CanaryPolicy.defaults(new ResourceName("default", BUILT_IN));
    }
    Reading reading = ResourceFiles.read(List.of(policy), InputStream.nullInputStream());
    reading.problems().stream()
        .filter(Problem::isError)
        .forEach(problem -> Console.err(spec).println(problem));
    List<CanaryPolicy> policies =
        reading.resources().stream()
            .filter(Parsed.Policy.class::isInstance)
            .map(resource -> ((Parsed.Policy) resource).policy())
            .toList();
    if (reading.hasErrors() || policies.size() != 1) {
      throw new CommandFailure(
          Exit.USAGE,
          "--policy: %s has %d sound policies (expected: one, and no errors)"
              .formatted(policy, policies.size()));
    }
    return policies.get(0);
  }
}
