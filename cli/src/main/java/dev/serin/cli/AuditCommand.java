package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.v1.AuditEntry;
import dev.serin.v1.ListAuditEntriesRequest;
import dev.serin.v1.ListAuditEntriesResponse;
import java.io.PrintWriter;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin audit KIND NAME}. */
@Command(
    name = "audit",
    description =
        "Show who did what to a rollout, a service or a policy, and when, also of a deleted one.")
final class AuditCommand implements Callable<Integer> {
  private static final int PAGE = 1000;
  private static final ImmutableList<String> HEADER =
      ImmutableList.of("TIME", "ACTION", "ACTOR", "REASON");

  @Parameters(index = "0", paramLabel = "KIND")
  String kind = "";

  @Parameters(index = "1", paramLabel = "NAME")
  String name = "";

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json or yaml")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    String resource = ResourceKind.of(kind).fullName(tenant.name(), name);
    try (Connection connection = server) {
      List<AuditEntry> entries = new ArrayList<>();
      ListAuditEntriesRequest.Builder request =
          ListAuditEntriesRequest.newBuilder().setResource(resource).setPageSize(PAGE);
      ListAuditEntriesResponse page;
      do {
        page = connection.audit().listAuditEntries(request.build());
        entries.addAll(page.getEntriesList());
        request.setPageToken(page.getNextPageToken());
      } while (!page.getNextPageToken().isEmpty());
      if (entries.isEmpty()) {
        throw new CommandFailure(Exit.FAILED, resource + " has never been there");
      }
      print(entries);
      return Exit.DONE;
    }
  }

  private void print(List<AuditEntry> entries) {
    PrintWriter out = Console.out(spec);
    switch (format) {
      case json -> out.println(Output.json(entries));
      case yaml -> entries.forEach(entry -> out.print("---\n" + Output.yaml(entry)));
      case name -> entries.forEach(entry -> out.println(Output.line(entry.getAction())));
      case table -> {
        var unused = Output.table(out, HEADER, entries.stream().map(AuditCommand::row).toList());
      }
    }
    out.flush();
  }

  private static List<String> row(AuditEntry entry) {
    Instant at = Instant.ofEpochSecond(entry.getTime().getSeconds());
    return List.of(at.toString(), entry.getAction(), entry.getActor(), entry.getReason());
  }
}
