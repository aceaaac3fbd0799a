package dev.serin.cli;

import dev.serin.v1.RetryRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
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
            .setReason(reason)
            .setRequestId(requestId)
            .build());
  }
}
