package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.PromoteRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code serin promote}. */
@Command(name = "promote", description = "End the present wait; with --full all of them.")
final class PromoteCommand extends VerbCommand {
  @Option(names = "--full", description = "All waits: straight to promotion.")
  boolean full;

  @Option(names = "--force", description = "Also when the verdict is UNHEALTHY.")
  boolean force;

  @Mixin Clusters clusters = new Clusters();

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.promoteRollout(
        PromoteRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .addAllClusters(clusters.names())
            .setFull(full)
            .setForce(force)
            .build());
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.PENDING,
        RolloutStatus.Phase.PROMOTING,
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLING_BACK,
        RolloutStatus.Phase.ROLLED_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
