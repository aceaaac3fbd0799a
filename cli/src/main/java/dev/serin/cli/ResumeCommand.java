package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code serin resume}. */
@Command(name = "resume", description = "Undo a pause, or go on after a weight set by hand.")
final class ResumeCommand extends VerbCommand {
  @Mixin Clusters clusters = new Clusters();

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.resumeRollout(
        ResumeRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .addAllClusters(clusters.names())
            .build());
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.PENDING,
        RolloutStatus.Phase.WAITING,
        RolloutStatus.Phase.PROGRESSING,
        RolloutStatus.Phase.HOLDING,
        RolloutStatus.Phase.PROMOTING,
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLING_BACK,
        RolloutStatus.Phase.ROLLED_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
