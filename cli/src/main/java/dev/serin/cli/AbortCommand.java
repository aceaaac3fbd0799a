package dev.serin.cli;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.Sets;
import dev.serin.v1.AbortRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import dev.serin.v1.RolloutStatus;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** {@code serin abort}. */
@Command(name = "abort", description = "Zero now, at every proxy, whatever the policy says.")
final class AbortCommand extends VerbCommand {
  @Option(names = "--force", description = "Also after a step of no return.")
  boolean force;

  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.abortRollout(
        AbortRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .setForce(force)
            .build());
  }

  @Override
  ImmutableSet<RolloutStatus.Phase> leftAlone() {
    return Sets.immutableEnumSet(
        RolloutStatus.Phase.SUCCEEDED,
        RolloutStatus.Phase.ROLLED_BACK,
        RolloutStatus.Phase.SUPERSEDED);
  }
}
