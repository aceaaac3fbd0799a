package dev.serin.cli;

import dev.serin.v1.DeleteCanaryPolicyRequest;
import dev.serin.v1.DeleteChannelRequest;
import dev.serin.v1.DeleteFreezeWindowRequest;
import dev.serin.v1.DeleteMeshServiceRequest;
import dev.serin.v1.DeleteReleaseRequest;
import dev.serin.v1.DeleteRolloutRequest;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin delete KIND NAME}. */
@Command(name = "delete", description = "Delete a resource; a running rollout only with --abort.")
final class DeleteCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "KIND")
  String kind = "";

  @Parameters(index = "1", paramLabel = "NAME")
  String name = "";

  @Option(names = "--abort", description = "End a running rollout first, with zero at once.")
  boolean abort;

  @Mixin Reason reason = new Reason();

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      ResourceKind resourceKind = ResourceKind.of(kind);
      String fullName = resourceKind.fullName(tenant.name(), name);
      String requestId = UUID.randomUUID().toString();
      switch (resourceKind) {
        case SERVICE -> {
          var ignored =
              connection
                  .services()
                  .deleteMeshService(
                      DeleteMeshServiceRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
        }
        case POLICY -> {
          var ignored =
              connection
                  .policies()
                  .deleteCanaryPolicy(
                      DeleteCanaryPolicyRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
        }
        case RELEASE -> {
          var ignored =
              connection
                  .rollouts()
                  .deleteRelease(
                      DeleteReleaseRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
        }
        case FREEZE -> {
          var ignored =
              connection
                  .calendar()
                  .deleteFreezeWindow(
                      DeleteFreezeWindowRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
        }
        case CHANNEL -> {
          var ignored =
              connection
                  .policies()
                  .deleteChannel(
                      DeleteChannelRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
        }
        case ROLLOUT -> {
          var ignored =
              connection
                  .rollouts()
                  .deleteRollout(
                      DeleteRolloutRequest.newBuilder()
                          .setName(fullName)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .setAbort(abort)
                          .build());
        }
      }
      Console.out(spec).println(name + " deleted");
      Console.out(spec).flush();
      return Exit.DONE;
    }
  }
}
