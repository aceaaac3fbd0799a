package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What all verbs on rollouts share: which rollouts, why, and how the answer is shown. */
abstract class VerbCommand implements Callable<Integer> {
  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME")
  @Nullable String name;

  @Option(names = "--reason", description = "Why; kept in the journal with who and when.")
  String reason = "";

  @Option(
      names = {"-l", "--label"},
      paramLabel = "LABEL=VALUE",
      description = "Every rollout with this label instead of one by name.")
  List<String> labels = List.of();

  @Option(names = "--all", description = "Every rollout of the tenant that this makes sense for.")
  boolean all;

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json, yaml or name")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  /** Calls the API for one rollout. */
  abstract Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId);

  @Override
  public Integer call() {
    try (Connection connection = server) {
      List<Rollout> answers = new ArrayList<>();
      int failed = 0;
      for (String fullName : targets(connection)) {
        try {
          answers.add(call(connection.rollouts(), fullName, UUID.randomUUID().toString()));
        } catch (io.grpc.StatusRuntimeException refused) {
          if (name != null) {
            throw refused;
          }
          failed++;
          Console.err(spec).println(fullName + ": " + refused.getStatus().getDescription());
        }
      }
      print(answers);
      return failed == 0 ? Exit.DONE : Exit.FAILED;
    }
  }

  private ImmutableList<String> targets(Connection connection) {
    if (name != null) {
      return ImmutableList.of(ResourceKind.ROLLOUT.fullName(tenant.name(), name));
    }
    if (!all && labels.isEmpty()) {
      throw new CommandFailure(Exit.USAGE, "name a rollout, or give -l LABEL=VALUE or --all");
    }
    return ResourceKind.ROLLOUT.list(connection, tenant.name(), Labels.filter(labels)).stream()
        .map(resource -> ((Rollout) resource).getName())
        .collect(ImmutableList.toImmutableList());
  }

  private void print(List<Rollout> rollouts) {
    PrintWriter out = Console.out(spec);
    for (Rollout rollout : rollouts) {
      switch (format) {
        case json -> out.println(Output.json(rollout));
        case yaml -> out.print(Output.yaml(rollout));
        case name -> out.println(rollout.getMetadata().getName());
        case table ->
            out.println(
                rollout.getMetadata().getName()
                    + ": "
                    + rollout.getStatus().getPhase()
                    + ". "
                    + rollout.getStatus().getReason());
      }
    }
    out.flush();
  }
}
