package dev.serin.cli;

import dev.serin.v1.MeshCatalogGrpc.MeshCatalogBlockingStub;
import dev.serin.v1.MeshService;
import dev.serin.v1.SetStableRequest;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code serin set-stable SERVICE VERSION}. */
@Command(
    name = "set-stable",
    description =
        "Make a version the stable one by hand; refused while a rollout of the service runs.")
final class SetStableCommand extends ServiceVerbCommand {
  @Parameters(index = "1", paramLabel = "VERSION")
  String version = "";

  @Override
  MeshService call(MeshCatalogBlockingStub stub, String fullName, String requestId) {
    return stub.setStable(
        SetStableRequest.newBuilder()
            .setName(fullName)
            .setVersion(version)
            .setReason(reason.text())
            .setRequestId(requestId)
            .build());
  }

  @Override
  String told(MeshService after) {
    return "stable is " + after.getStatus().getStable() + " now";
  }
}
