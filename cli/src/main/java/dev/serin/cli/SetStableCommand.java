package dev.serin.cli;

import dev.serin.v1.MeshService;
import dev.serin.v1.SetStableRequest;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin set-stable SERVICE VERSION}. */
@Command(
    name = "set-stable",
    description =
        "Make a version the stable one by hand; refused while a rollout of the service runs.")
final class SetStableCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "SERVICE")
  String service = "";

  @Parameters(index = "1", paramLabel = "VERSION")
  String version = "";

  @Mixin Reason reason = new Reason();

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      MeshService changed =
          connection
              .services()
              .setStable(
                  SetStableRequest.newBuilder()
                      .setName(ResourceKind.SERVICE.fullName(tenant.name(), service))
                      .setVersion(version)
                      .setReason(reason.text())
                      .setRequestId(UUID.randomUUID().toString())
                      .build());
      Console.out(spec)
          .println(
              service
                  + ": stable is "
                  + changed.getStatus().getStable()
                  + " now"
                  + Output.note(changed.getStatus().getNote()));
      Console.out(spec).flush();
      return Exit.DONE;
    }
  }
}
