package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.UrgentRolloutRequest;
import picocli.CommandLine.Command;

/** {@code serin urgent}. */
@Command(
    name = "urgent",
    description =
        "Skip bakes, windows and the freezes that allow it; never the guards. Needs --reason.")
final class UrgentCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.urgentRollout(
        UrgentRolloutRequest.newBuilder()
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
