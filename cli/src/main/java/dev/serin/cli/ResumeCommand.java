package dev.serin.cli;

import dev.serin.v1.ResumeRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import picocli.CommandLine.Command;

/** {@code serin resume}. */
@Command(name = "resume", description = "Undo a pause, or go on after a weight set by hand.")
final class ResumeCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.resumeRollout(
        ResumeRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason)
            .setRequestId(requestId)
            .build());
  }
}
