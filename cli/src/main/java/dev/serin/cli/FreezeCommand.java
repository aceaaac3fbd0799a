package dev.serin.cli;

import com.google.protobuf.Message;
import dev.serin.policy.ResourceName;
import dev.serin.v1.CreateFreezeWindowRequest;
import dev.serin.v1.DeleteFreezeWindowRequest;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.FreezeWindowSpec;
import dev.serin.v1.UpdateFreezeWindowRequest;
import java.io.PrintWriter;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin freeze}. */
@Command(
    name = "freeze",
    description =
        "Stop growth for a time, of everything or of what is selected. Shrinking and rollbacks go on.")
final class FreezeCommand implements Callable<Integer> {
  /** What a freeze over everything is called that was given no name. */
  private static final String ALL = "all";

  @Parameters(index = "0", arity = "0..1", paramLabel = "NAME")
  @Nullable String name;

  @Option(
      names = "--for",
      paramLabel = "TIME",
      description = "For so long, as 2h; from now on or --from.")
  @Nullable String length;

  @Option(
      names = "--from",
      paramLabel = "TIME",
      description = "As 2026-11-27T00:00; now without it.")
  @Nullable String from;

  @Option(names = "--to", paramLabel = "TIME", description = "As 2026-11-30T23:59.")
  @Nullable String to;

  @Option(
      names = "--zone",
      paramLabel = "ZONE",
      description = "Of --from and --to, as Europe/Berlin; this machine's without it.")
  @Nullable String zone;

  @Option(
      names = "--service",
      paramLabel = "NAME",
      description = "Only this service; repeat for several.")
  List<String> services = List.of();

  @Option(
      names = "--cluster",
      paramLabel = "NAME",
      description = "Only this mesh cluster; repeat for several.")
  List<String> clusters = List.of();

  @Option(
      names = {"-l", "--label"},
      paramLabel = "LABEL=VALUE",
      description = "Only services with this label; repeat for several.")
  List<String> labels = List.of();

  @Option(names = "--allow", paramLabel = "VERB", description = "Who may pass: urgent.")
  List<String> allow = List.of();

  @Option(
      names = "--all",
      description =
          "Everything in every tenant, in one call; until it is lifted, or --for. Needs --reason.")
  boolean all;

  @Option(names = "--list", description = "Show the freezes.")
  boolean list;

  @Option(names = "--lift", paramLabel = "NAME", description = "End a freeze: it is deleted.")
  @Nullable String lift;

  @Mixin Reason reason = new Reason();

  @Option(names = "-o", paramLabel = "FORMAT", description = "table, json, yaml or name")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();
  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    boolean sets = name != null || all;
    int wishes = (sets ? 1 : 0) + (list ? 1 : 0) + (lift != null ? 1 : 0);
    if (wishes != 1) {
      throw usage(
          wishes == 0 ? "nothing to do" : "too much at once",
          "one of NAME, --all, --list, --lift NAME");
    }
    if (list) {
      return list();
    }
    return lift != null ? lift(lift) : freeze(wanted(Instant.now()));
  }

  private int list() {
    try (Connection connection = server) {
      List<Message> freezes =
          ResourceKind.FREEZE.list(connection, tenant.orAll(), Labels.filter(labels));
      PrintWriter out = out();
      switch (format) {
        case json -> out.println(Output.json(freezes));
        case yaml -> freezes.forEach(freeze -> out.print("---\n" + Output.yaml(freeze)));
        case name -> freezes.forEach(freeze -> out.println(ResourceKind.row(freeze).get(1)));
        case table -> {
          if (freezes.isEmpty()) {
            out.println("none");
          } else {
            Output.table(
                out,
                FreezeText.HEADER,
                freezes.stream().<List<String>>map(ResourceKind::row).toList());
          }
        }
      }
      out.flush();
      return Exit.DONE;
    }
  }

  private int lift(String lifted) {
    try (Connection connection = server) {
      var ignored =
          connection
              .calendar()
              .deleteFreezeWindow(
                  DeleteFreezeWindowRequest.newBuilder()
                      .setName(ResourceKind.FREEZE.fullName(tenant.name(), lifted))
                      .setReason(reason.text())
                      .setRequestId(UUID.randomUUID().toString())
                      .build());
      out().println(lifted + ": lifted");
      out().flush();
      return Exit.DONE;
    }
  }

  private FreezeWindow wanted(Instant now) {
    FreezeWindowSpec.Builder wanted = times(now).addAllAllow(allow);
    FreezeWindowSpec.Selector.Builder in = wanted.getInBuilder();
    in.addAllServices(services).addAllClusters(clusters);
    labels.forEach(label -> {
      int equals = label.indexOf('=');
      if (equals < 1) {
        throw usage("-l: " + label, "label=value");
      }
      in.putLabels(label.substring(0, equals), label.substring(equals + 1));
    });
    String whose = ResourceName.DEFAULT_TENANT;
    if (all) {
      boolean isSome =
          isTenantGiven()
              || in.getServicesCount() + in.getClustersCount() + in.getLabelsCount() > 0;
      if (isSome) {
        throw usage("--all beside what selects a part", "one of them");
      }
      if (reason.text().isBlank()) {
        throw usage("--all without --reason", "why everything stops");
      }
    } else {
      if (!tenant.orAll().equals("-")) {
        whose = tenant.name();
        in.addTenants(whose);
      }
      if (in.build().equals(FreezeWindowSpec.Selector.getDefaultInstance())) {
        throw usage(
            "nothing that says what to freeze", "--tenant, --service, --cluster or -l, or --all");
      }
    }
    FreezeWindow.Builder freeze = FreezeWindow.newBuilder().setSpec(wanted);
    freeze.getMetadataBuilder().setTenant(whose).setName(name == null ? ALL : name);
    return freeze.build();
  }

  /** The tenant of the environment does not make a part of everything. */
  private boolean isTenantGiven() {
    return spec != null && spec.commandLine().getParseResult().hasMatchedOption("--tenant");
  }

  private FreezeWindowSpec.Builder times(Instant now) {
    FreezeWindowSpec.Builder times = FreezeWindowSpec.newBuilder();
    if (length != null && to != null) {
      throw usage("--for beside --to", "one of them");
    }
    if (length == null && to == null && !all) {
      throw usage("no end", "--for or --to");
    }
    if (from == null && to == null) {
      times.setZone("UTC");
      LocalDateTime utc = LocalDateTime.ofInstant(now, ZoneOffset.UTC);
      return length == null
          ? times.setFrom(utc.truncatedTo(ChronoUnit.MINUTES).toString())
          : times.setTo(utc.plus(length(length)).truncatedTo(ChronoUnit.SECONDS).toString());
    }
    ZoneId of = zone();
    times.setZone(of.getId());
    if (from != null) {
      times.setFrom(from);
    }
    if (to != null) {
      times.setTo(to);
    } else if (from != null && length != null) {
      times.setTo(
          local("--from", from).atZone(of).plus(length(length)).toLocalDateTime().toString());
    }
    return times;
  }

  private static Duration length(String text) {
    return Durations.parse("--for", text);
  }

  private ZoneId zone() {
    try {
      return zone == null ? ZoneId.systemDefault() : ZoneId.of(zone);
    } catch (DateTimeException unknown) {
      throw usage("--zone: " + zone, "an IANA zone, as Europe/Berlin");
    }
  }

  private static LocalDateTime local(String what, String text) {
    try {
      return LocalDateTime.parse(text);
    } catch (DateTimeException malformed) {
      throw usage(what + ": " + text, "a local date and time, as 2026-11-27T00:00");
    }
  }

  private static CommandFailure usage(String found, String expected) {
    return new CommandFailure(Exit.USAGE, found + " (expected: " + expected + ")");
  }

  /** Everything is frozen again where it is already; a name of one's own is taken once. */
  private int freeze(FreezeWindow wanted) {
    String requestId = UUID.randomUUID().toString();
    try (Connection connection = server) {
      FreezeWindow set =
          all
              ? connection
                  .calendar()
                  .updateFreezeWindow(
                      UpdateFreezeWindowRequest.newBuilder()
                          .setFreezeWindow(wanted)
                          .setAllowMissing(true)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build())
              : connection
                  .calendar()
                  .createFreezeWindow(
                      CreateFreezeWindowRequest.newBuilder()
                          .setParent("tenants/" + wanted.getMetadata().getTenant())
                          .setFreezeWindow(wanted)
                          .setReason(reason.text())
                          .setRequestId(requestId)
                          .build());
      switch (format) {
        case json -> out().println(Output.json(set));
        case yaml -> out().print(Output.yaml(set));
        case name -> out().println(set.getMetadata().getName());
        case table ->
            out()
                .println(
                    set.getMetadata().getName()
                        + ": "
                        + FreezeText.state(set.getStatus())
                        + ", for "
                        + Output.line(FreezeText.selected(set.getSpec().getIn()))
                        + Output.note(set.getStatus().getNote()));
      }
      out().flush();
      return Exit.DONE;
    }
  }

  private PrintWriter out() {
    return Console.out(spec);
  }
}
