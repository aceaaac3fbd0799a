package dev.serin.cli;

import dev.serin.v1.MeshCatalogGrpc.MeshCatalogBlockingStub;
import dev.serin.v1.MeshService;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** What verbs on services share: which service, why, and how the answer is shown. */
abstract class ServiceVerbCommand implements Callable<Integer> {
  @Parameters(index = "0", paramLabel = "SERVICE")
  String service = "";

  @Mixin Reason reason = new Reason();

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  /** Calls the API. */
  abstract MeshService call(MeshCatalogBlockingStub stub, String fullName, String requestId);

  /** What is so now, as a clause. */
  abstract String told(MeshService after);

  @Override
  public Integer call() {
    try (Connection connection = server) {
      MeshService after =
          call(
              connection.services(),
              ResourceKind.SERVICE.fullName(tenant.name(), service),
              UUID.randomUUID().toString());
      Console.out(spec)
          .println(service + ": " + told(after) + Output.note(after.getStatus().getNote()));
      Console.out(spec).flush();
      return Exit.DONE;
    }
  }
}
