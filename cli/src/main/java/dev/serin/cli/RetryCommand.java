package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.RetryRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import picocli.CommandLine.Command;

/** {@code serin retry}. */
@Command(
    name = "retry",
    description = "Start a rolled back rollout again, or try a held step again.")
final class RetryCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.retryRollout(
        RetryRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .build());
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.PENDING,
        RolloutStatus.Phase.WAITING,
        RolloutStatus.Phase.PROGRESSING,
        RolloutStatus.Phase.PAUSED,
        RolloutStatus.Phase.PROMOTING,
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLING_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
