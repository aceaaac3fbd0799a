package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.ApproveRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import picocli.CommandLine.Command;

/** {@code serin approve}. */
@Command(name = "approve", description = "Agree to the step that waits for it.")
final class ApproveCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.approveRollout(
        ApproveRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .build());
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.PENDING,
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLING_BACK,
        RolloutStatus.Phase.ROLLED_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
