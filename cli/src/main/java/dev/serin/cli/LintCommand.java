package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.text.CalendarLint;
import dev.serin.text.Problem;
import dev.serin.text.ProblemsJson;
import dev.serin.text.Reading;
import dev.serin.text.References;
import java.io.InputStream;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin lint -f PATH}; needs no server. */
@Command(name = "lint", description = "Check resources without a server; exit 1 on an error.")
final class LintCommand implements Callable<Integer> {
  /** The values of {@code -o}. */
  enum Format {
    text,
    json
  }

  @Mixin Inputs inputs = new Inputs();

  @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}")
  Format format = Format.text;

  @Spec @Nullable CommandSpec spec;

  InputStream standardInput = System.in;

  @Override
  public Integer call() {
    Reading reading = inputs.read(standardInput);
    ImmutableList<Problem> problems =
        ImmutableList.<Problem>builder()
            .addAll(reading.problems())
            .addAll(References.lint(reading))
            .addAll(CalendarLint.check(reading.resources(), Instant.now()))
            .build();
    PrintWriter out = Console.out(spec);
    switch (format) {
      case json -> out.println(ProblemsJson.print(problems));
      case text -> {
        problems.forEach(out::println);
        out.println(summary(reading, problems));
      }
    }
    out.flush();
    return problems.stream().anyMatch(Problem::isError) ? Exit.FAILED : Exit.DONE;
  }

  private static String summary(Reading reading, List<Problem> problems) {
    long errors = problems.stream().filter(Problem::isError).count();
    return count(reading.resources().size(), "sound resource")
        + ", "
        + count(errors, "error")
        + ", "
        + count(problems.size() - errors, "warning");
  }

  private static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }
}
