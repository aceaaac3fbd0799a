package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Message;
import dev.serin.v1.Release;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import io.grpc.StatusRuntimeException;
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
  private static final String RELEASE = "release/";

  @Parameters(
      index = "0",
      arity = "0..1",
      paramLabel = "NAME",
      description = "A rollout, or release/NAME for all members of a release.")
  @Nullable String name;

  @Mixin Reason reason = new Reason();

  @Option(
      names = {"-l", "--label"},
      paramLabel = "LABEL=VALUE",
      description = "Every rollout with this label instead of one by name.")
  List<String> labels = List.of();

  @Option(
      names = "--all",
      description = "Every rollout of the tenant that this makes sense for; the others are named.")
  boolean all;

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json, yaml or name")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  /** Calls the API for one rollout. */
  abstract Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId);

  /**
   * The phases in which the verb is not meant for a rollout, so that one among many is left alone.
   */
  abstract ImmutableSet<RolloutStatus.Phase> leftAlone();

  /** What has to be known of the arguments before a server is asked. */
  void settle() {}

  private boolean isSelection() {
    return all || !labels.isEmpty();
  }

  @Override
  public Integer call() {
    settle();
    if (name == null && !isSelection()) {
      throw new CommandFailure(Exit.USAGE, "name a rollout, or give -l LABEL=VALUE or --all");
    }
    if (name != null && isSelection()) {
      throw new CommandFailure(
          Exit.USAGE, name + " beside " + (all ? "--all" : "-l") + " (expected: one of them)");
    }
    try (Connection connection = server) {
      if (name == null) {
        return toMany(
            connection,
            ResourceKind.ROLLOUT.list(connection, tenant.name(), Labels.filter(labels)));
      }
      return name.startsWith(RELEASE)
          ? toMany(connection, members(connection, name.substring(RELEASE.length())))
          : toOne(connection, name);
    }
  }

  private List<Message> members(Connection connection, String release) {
    Release found = (Release) ResourceKind.RELEASE.fetch(connection, tenant.name(), release);
    List<Message> members = new ArrayList<>();
    for (String member : found.getSpec().getMembersList()) {
      members.add(ResourceKind.ROLLOUT.fetch(connection, tenant.name(), member));
    }
    return members;
  }

  private int toOne(Connection connection, String rollout) {
    Rollout answer = ask(connection, ResourceKind.ROLLOUT.fullName(tenant.name(), rollout));
    PrintWriter out = Console.out(spec);
    switch (format) {
      case json -> out.println(Output.json(answer));
      case yaml -> out.print(Output.yaml(answer));
      case name, table -> print(ImmutableList.of(answer));
    }
    out.flush();
    return Exit.DONE;
  }

  private Rollout ask(Connection connection, String fullName) {
    return call(connection.rollouts(), fullName, UUID.randomUUID().toString());
  }

  private int toMany(Connection connection, List<Message> selected) {
    if (selected.isEmpty()) {
      // A label that is misspelt must not look like a fleet that was told.
      throw new CommandFailure(
          Exit.FAILED,
          "no rollout of " + tenant.name() + (labels.isEmpty() ? "" : " has " + labels));
    }
    List<Rollout> answers = new ArrayList<>();
    int failed = 0;
    for (Message one : selected) {
      Rollout rollout = (Rollout) one;
      RolloutStatus.Phase phase = rollout.getStatus().getPhase();
      if (leftAlone().contains(phase)) {
        Console.err(spec).println(rollout.getMetadata().getName() + ": left alone, " + phase);
        continue;
      }
      try {
        answers.add(ask(connection, rollout.getName()));
      } catch (StatusRuntimeException refused) {
        if (!Failures.isAnswer(refused)) {
          throw refused;
        }
        failed++;
        Console.err(spec)
            .println(
                rollout.getMetadata().getName()
                    + ": "
                    + Output.lines(String.valueOf(refused.getStatus().getDescription())));
      }
    }
    print(answers);
    return failed == 0 ? Exit.DONE : Exit.FAILED;
  }

  private void print(List<Rollout> rollouts) {
    PrintWriter out = Console.out(spec);
    switch (format) {
      case json -> out.println(Output.json(rollouts));
      case yaml -> rollouts.forEach(rollout -> out.print("---\n" + Output.yaml(rollout)));
      case name -> rollouts.forEach(rollout -> out.println(rollout.getMetadata().getName()));
      case table ->
          rollouts.forEach(rollout ->
              out.println(
                  rollout.getMetadata().getName()
                      + ": "
                      + rollout.getStatus().getPhase()
                      + ". "
                      + Output.line(rollout.getStatus().getReason())
                      + Output.note(rollout.getStatus().getNote())));
    }
    out.flush();
  }
}
