package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Sets;
import dev.serin.cli.plan.Course;
import dev.serin.cli.plan.Moment;
import dev.serin.cli.plan.PlanText;
import dev.serin.cli.plan.RequestText;
import dev.serin.mesh.SimulatedRequest;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.tree.BasePlanner;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import dev.serin.mesh.tree.LargeTables;
import dev.serin.mesh.tree.PlannedBase;
import dev.serin.mesh.tree.YamlText;
import dev.serin.text.Parsed;
import dev.serin.text.Problem;
import dev.serin.text.Reading;
import dev.serin.text.References;
import java.io.InputStream;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin plan -f RESOURCES --base FILE_OR_DIR}; needs no server. */
@Command(
    name = "plan",
    description =
        "Show what rollouts will change of Envoy's own resources, step by step, without a server.")
final class PlanCommand implements Callable<Integer> {
  /** The values of {@code -o}. */
  enum Format {
    diff,
    yaml
  }

  @Mixin Inputs inputs = new Inputs();

  @Option(
      names = "--base",
      paramLabel = "FILE_OR_DIR",
      required = true,
      description =
          "Envoy's resources as YAML or JSON: each document one resource, a list, a config_dump or"
              + " a DiscoveryResponse.")
  Path base = Path.of("");

  @Option(
      names = "--step",
      paramLabel = "N",
      description =
          "The policy's step from 1, approvals included; 0 is before, promoted is after. Without it"
              + " every step is shown.")
  @Nullable String step;

  @Option(
      names = "--node",
      paramLabel = "NODE.yaml",
      description =
          "The proxy that is asked for, as Envoy names itself; without it a current Envoy.")
  @Nullable Path node;

  @Option(
      names = "-o",
      paramLabel = "FORMAT",
      description =
          "${COMPLETION-CANDIDATES}: what changes from the step before, or the resources of one"
              + " step (with --step).")
  Format format = Format.diff;

  @Mixin RequestOptions asked = new RequestOptions();
  @Spec @Nullable CommandSpec spec;

  InputStream standardInput = System.in;

  @Override
  public Integer call() {
    if (format == Format.yaml && step == null) {
      throw new CommandFailure(
          Exit.USAGE, "-o yaml without --step (expected: --step 0, 1, 2, ... or promoted)");
    }
    Optional<SimulatedRequest> request = asked.read();
    if (format == Format.yaml && request.isPresent()) {
      throw new CommandFailure(
          Exit.USAGE, "-o yaml with --request (expected: one of them, since both print)");
    }
    Course course = course();
    EnvoyDocuments documents = documents();
    Capabilities capabilities = PlanNode.capabilities(node);
    BasePlanner planner = new BasePlanner(documents);
    PrintWriter err = Console.err(spec);
    planner.warnings(course.released()).forEach(warning -> err.println("warning: " + warning));

    List<Moment> moments = course.moments();
    int wanted = step == null ? -1 : index(moments, step);
    Set<Refusal> refused = new LinkedHashSet<>();
    Set<EnvoyResource> tables = Sets.newIdentityHashSet(); // their trees are long to compare
    PlanText text = new PlanText(Console.out(spec));
    Optional<RequestText> ways = request.map(one -> new RequestText(Console.out(spec), one));
    PlannedBase before = null;
    for (int i = 0; i < moments.size(); i++) {
      boolean shown = wanted < 0 ? i > 0 || ways.isPresent() : i == wanted;
      boolean compared = format == Format.diff && ways.isEmpty();
      boolean needed = shown || wanted < 0 || (i == wanted - 1 && compared);
      if (!needed) {
        continue;
      }
      Moment moment = moments.get(i);
      PlannedBase after = planner.plan(moment.services(), moment.plans(), capabilities);
      if (shown) {
        refused.addAll(after.refusals());
        tables.addAll(after.changedTables());
        if (ways.isPresent()) {
          ways.get().step(moment, after);
        } else {
          show(text, moment, before == null ? after : before, after);
        }
      }
      before = after;
    }
    Console.out(spec).flush();
    documents.resources().stream()
        .filter(tables::contains)
        .flatMap(table -> LargeTables.warning(table).stream())
        .forEach(warning -> err.println("warning: " + warning));
    refused.forEach(
        refusal -> err.println("refused: " + refusal.service() + ": " + refusal.reason()));
    err.flush();
    return refused.isEmpty() ? Exit.DONE : Exit.FAILED;
  }

  private void show(PlanText text, Moment moment, PlannedBase before, PlannedBase after) {
    switch (format) {
      case diff -> text.step(moment, before, after);
      case yaml -> YamlText.write(after.documents(), Console.out(spec));
    }
  }

  private Course course() {
    Reading reading = inputs.read(standardInput);
    ImmutableList<Problem> problems =
        ImmutableList.<Problem>builder()
            .addAll(reading.problems())
            .addAll(References.lint(reading))
            .build();
    PrintWriter err = Console.err(spec);
    problems.forEach(err::println);
    Course course = Course.of(ImmutableList.<Parsed>copyOf(reading.resources()));
    if (problems.stream().noneMatch(Problem::isError)) {
      course.problems().forEach(problem -> err.println("error: " + problem));
    }
    if (problems.stream().anyMatch(Problem::isError) || !course.problems().isEmpty()) {
      throw new CommandFailure(Exit.FAILED, "nothing planned: the resources have errors");
    }
    if (course.isEmpty()) {
      err.println("warning: no Rollout in these files (expected: at least one)");
    }
    return course;
  }

  private EnvoyDocuments documents() {
    EnvoyDocuments documents = EnvoyDocuments.read(base);
    documents.problems().forEach(Console.err(spec)::println);
    if (!documents.problems().isEmpty()) {
      throw new CommandFailure(Exit.FAILED, "nothing planned: the base has errors");
    }
    if (documents.resources().isEmpty()) {
      throw new CommandFailure(Exit.FAILED, base + ": no resources (expected: Envoy's)");
    }
    return documents;
  }

  private static int index(List<Moment> moments, String step) {
    for (int i = 0; i < moments.size(); i++) {
      if (moments.get(i).key().equals(step)) {
        return i;
      }
    }
    throw new CommandFailure(
        Exit.USAGE,
        "--step: %s (expected: one of %s)"
            .formatted(step, moments.stream().map(Moment::key).collect(Collectors.joining(", "))));
  }
}
