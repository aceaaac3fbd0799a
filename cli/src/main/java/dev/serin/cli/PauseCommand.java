package dev.serin.cli;

import dev.serin.v1.PauseRolloutRequest;
import dev.serin.v1.Rollout;
import dev.serin.v1.RolloutServiceGrpc.RolloutServiceBlockingStub;
import picocli.CommandLine.Command;

/** {@code serin pause}. */
@Command(name = "pause", description = "Stop growth until resumed; guards go on.")
final class PauseCommand extends VerbCommand {
  @Override
  Rollout call(RolloutServiceBlockingStub stub, String fullName, String requestId) {
    return stub.pauseRollout(
        PauseRolloutRequest.newBuilder()
            .setName(fullName)
            .setReason(reason)
            .setRequestId(requestId)
            .build());
  }
}
