package dev.serin.cli;

import dev.serin.v1.PromoteRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serin promote}. */
@Command(name = "promote", description = "End the present wait; with --full all of them.")
final class PromoteCommand extends VerbCommand {
  @Option(names = "--full", description = "All waits: straight to promotion.")
  boolean full;

  @Option(names = "--force", description = "Also when the verdict is UNHEALTHY.")
  boolean force;

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.promoteRollout(
        PromoteRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason)
            .setRequestId(requestId)
            .setFull(full)
            .setForce(force)
            .build());
  }
}
