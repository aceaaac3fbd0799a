package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.cli.plan.ProxyDiffText;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.ResourceDiff;
import java.io.PrintWriter;
import java.util.LinkedHashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin diff NODE}. */
@Command(
    name = "diff",
    description =
        "Show what Serin changes now of what a proxy would have without it: its bases' resources,"
            + " and of what Serin itself publishes the stable versions. With --step, what a step of"
            + " a rollout changes for it.")
final class DiffCommand implements Callable<Integer> {
  /** Every step, one after the other. */
  private static final String ALL = "all";

  @Parameters(index = "0", paramLabel = "NODE")
  String node = "";

  @Option(
      names = "--step",
      paramLabel = "N",
      description =
          "The policy's step from 1, or promoted, against the one before; all is every step.")
  String step = "";

  @Option(
      names = "--rollout",
      paramLabel = "NAME",
      description =
          "Whose step, under way or not started yet; needed where there are several of these.")
  String rollout = "";

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (!rollout.isEmpty() && step.isEmpty()) {
      throw new CommandFailure(
          Exit.USAGE, "--rollout without --step (expected: --step 1, 2, ..., promoted or all)");
    }
    try (Connection connection = server) {
      Set<String> refusals = new LinkedHashSet<>();
      DiffProxyRequest request =
          DiffProxyRequest.newBuilder()
              .setName("proxies/" + node)
              .setStep(step.equals(ALL) ? "1" : step)
              .setRollout(
                  rollout.isEmpty() ? "" : ResourceKind.ROLLOUT.fullName(tenant.name(), rollout))
              .build();
      DiffProxyResponse told = print(connection, request, refusals);
      while (step.equals(ALL) && !told.getNextStep().isEmpty()) {
        request =
            request.toBuilder().setRollout(told.getRollout()).setStep(told.getNextStep()).build();
        Console.out(spec).println();
        told = print(connection, request, refusals);
      }
      Console.out(spec).flush();
      PrintWriter err = Console.err(spec);
      told.getClashesList()
          .forEach(clash ->
              err.println(
                  "warning: mesh.base: "
                      + Output.line(clash)
                      + " is in two bases (expected: one; the first counts)"));
      refusals.forEach(refusal -> err.println("refused: " + Output.line(refusal)));
      err.flush();
      return refusals.isEmpty() ? Exit.DONE : Exit.FAILED;
    }
  }

  /** Prints all pages of one difference; the last of them is returned. */
  private DiffProxyResponse print(
      Connection connection, DiffProxyRequest request, Set<String> refusals) {
    ImmutableList.Builder<ResourceDiff> resources = ImmutableList.builder();
    DiffProxyResponse page;
    String token = "";
    do {
      page = connection.fleet().diffProxy(request.toBuilder().setPageToken(token).build());
      resources.addAll(page.getResourcesList());
      token = page.getNextPageToken();
    } while (!token.isEmpty());
    refusals.addAll(page.getRefusalsList());
    new ProxyDiffText(Console.out(spec), Output::line)
        .print(node, title(request.getStep(), page), page.getReach(), resources.build());
    return page;
  }

  private static Optional<String> title(String step, DiffProxyResponse page) {
    if (step.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        step.equals(page.getStepName()) ? step : "step " + step + " \"" + page.getStepName() + '"');
  }
}
