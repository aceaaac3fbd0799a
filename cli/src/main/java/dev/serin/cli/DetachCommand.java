package dev.serin.cli;

import dev.serin.v1.DetachRequest;
import dev.serin.v1.MeshService;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin detach SERVICE}. */
@Command(
    name = "detach",
    description =
        "Give a service's routes back as its base has them and touch them no more; start or"
            + " set-stable attaches it again. Refused while a rollout of the service runs.")
final class DetachCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "SERVICE")
  String service = "";

  @Mixin Reason reason = new Reason();

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      MeshService detached =
          connection
              .services()
              .detach(
                  DetachRequest.newBuilder()
                      .setName(ResourceKind.SERVICE.fullName(tenant.name(), service))
                      .setReason(reason.text())
                      .setRequestId(UUID.randomUUID().toString())
                      .build());
      Console.out(spec)
          .println(
              service
                  + ": detached; its routes are as the base has them"
                  + Output.note(detached.getStatus().getNote()));
      Console.out(spec).flush();
      return Exit.DONE;
    }
  }
}
