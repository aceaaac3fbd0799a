package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import dev.serin.v1.SkipRolloutRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serin skip NAME --to-step N}. */
@Command(
    name = "skip",
    description = "Go to a step, up or down, without those between; approvals are not skipped.")
final class SkipCommand extends VerbCommand {
  @Option(names = "--to-step", required = true, paramLabel = "N", description = "From 1.")
  int step;

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.skipRollout(
        SkipRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .setToStep(step)
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
