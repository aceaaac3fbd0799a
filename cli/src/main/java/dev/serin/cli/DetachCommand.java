package dev.serin.cli;

import dev.serin.v1.DetachRequest;
import dev.serin.v1.MeshCatalogGrpc.MeshCatalogBlockingStub;
import dev.serin.v1.MeshService;
import picocli.CommandLine.Command;

/** {@code serin detach SERVICE}. */
@Command(
    name = "detach",
    description =
        "Give a service's routes back as its base has them and touch them no more; start or"
            + " set-stable attaches it again. Refused while a rollout of the service runs.")
final class DetachCommand extends ServiceVerbCommand {
  @Override
  MeshService call(MeshCatalogBlockingStub stub, String fullName, String requestId) {
    return stub.detach(
        DetachRequest.newBuilder()
            .setName(fullName)
            .setReason(reason.text())
            .setRequestId(requestId)
            .build());
  }

  @Override
  String told(MeshService after) {
    return "detached; its routes are as the base has them";
  }
}
