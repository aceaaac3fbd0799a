package dev.serin.cli;

import dev.serin.v1.CreateRolloutRequest;
import dev.serin.v1.Metadata;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutSpec;
import dev.serin.v1.StartRolloutRequest;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin start SERVICE VERSION}, or {@code serin start ROLLOUT} for a draft. */
@Command(
    name = "start",
    description = "Start moving a service to a version, or start a draft by its name.")
final class StartCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "SERVICE|ROLLOUT")
  String first = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "VERSION")
  @Nullable String version;

  @Option(names = "--policy", description = "The policy (default: ${DEFAULT-VALUE}).")
  String policy = "default";

  @Option(names = "--name", description = "The rollout's name (default: SERVICE-VERSION).")
  @Nullable String name;

  @Mixin Reason reason = new Reason();

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json, yaml or name")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      Rollout started = version == null ? startDraft(connection) : create(connection, version);
      var out = Console.out(spec);
      switch (format) {
        case json -> out.println(Output.json(started));
        case yaml -> out.print(Output.yaml(started));
        case name -> out.println(started.getMetadata().getName());
        case table ->
            out.println(
                started.getMetadata().getName()
                    + ": "
                    + started.getStatus().getPhase()
                    + ". "
                    + Output.line(started.getStatus().getReason())
                    + Output.note(started.getStatus().getNote()));
      }
      out.flush();
      return Exit.DONE;
    }
  }

  private Rollout startDraft(Connection connection) {
    return connection
        .rollouts()
        .startRollout(
            StartRolloutRequest.newBuilder()
                .setName(ResourceKind.ROLLOUT.fullName(tenant.name(), first))
                .setReason(reason.text())
                .setRequestId(UUID.randomUUID().toString())
                .build());
  }

  private Rollout create(Connection connection, String to) {
    String rollout = name == null ? first + "-" + to : name;
    return connection
        .rollouts()
        .createRollout(
            CreateRolloutRequest.newBuilder()
                .setParent("tenants/" + tenant.name())
                .setRolloutId(rollout)
                .setReason(reason.text())
                .setRequestId(UUID.randomUUID().toString())
                .setRollout(
                    Rollout.newBuilder()
                        .setMetadata(
                            Metadata.newBuilder().setName(rollout).setTenant(tenant.name()))
                        .setSpec(
                            RolloutSpec.newBuilder().setService(first).setTo(to).setPolicy(policy)))
                .build());
  }
}
