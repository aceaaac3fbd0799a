package dev.serin.cli;

import dev.serin.v1.RollbackRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import picocli.CommandLine.Command;

/** {@code serin rollback}. */
@Command(
    name = "rollback",
    description = "The policy's way back; also after success while it is kept warm.")
final class RollbackCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.rollbackRollout(
        RollbackRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason)
            .setRequestId(requestId)
            .build());
  }
}
