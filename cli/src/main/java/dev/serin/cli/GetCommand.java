package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Message;
import dev.serin.text.PolicyText;
import dev.serin.text.ProtoCodec;
import dev.serin.v1.CanaryPolicy;
import dev.serin.v1.Rollout;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import java.io.PrintWriter;
import java.util.Iterator;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code serin get KIND [NAME]}. */
@Command(
    name = "get",
    description = "Show resources: service, policy, rollout, freezewindow or proxy.")
final class GetCommand implements Callable<Integer> {
  /** What is yet to come is not known: as wide as most of it is. */
  private static final int[] WATCH_WIDTHS = {7, 20, 12, 8, 6, 9, 17, 0};

  @Parameters(index = "0", paramLabel = "KIND")
  String kind = "";

  @Parameters(index = "1", arity = "0..1", paramLabel = "NAME")
  @Nullable String name;

  @Option(
      names = {"-w", "--watch"},
      description = "Go on showing changes (rollouts, proxies).")
  boolean watch;

  @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}")
  Output.Format format = Output.Format.table;

  @Mixin Tenant tenant = new Tenant();

  @Option(
      names = {"-l", "--label"},
      paramLabel = "LABEL=VALUE",
      description = "Only resources with this label; repeat for several.")
  List<String> labels = List.of();

  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      if (kind.equals("proxy") || kind.equals("proxies")) {
        if (!labels.isEmpty()) {
          throw new CommandFailure(Exit.USAGE, "-l: not for proxies (expected: without it)");
        }
        return proxies(connection);
      }
      ResourceKind resourceKind = ResourceKind.of(kind);
      if (watch) {
        return watch(resourceKind);
      }
      if (name != null) {
        print(
            ImmutableList.of(resourceKind.fetch(connection, tenant.name(), name)),
            resourceKind,
            true);
      } else {
        print(resourceKind.list(connection, tenant.orAll(), filter()), resourceKind, false);
      }
      return Exit.DONE;
    }
  }

  private int proxies(Connection connection) {
    if (watch) {
      if (name != null) {
        throw new CommandFailure(
            Exit.USAGE, "-w: not for one proxy (expected: serin proxies -w, all of them)");
      }
      return new ProxiesWatch(connection, out()).run(format, ProxiesView.Selection.ALL);
    }
    ProxiesView proxies = new ProxiesView(connection, out());
    return name == null
        ? proxies.print(format, ProxiesView.Selection.ALL)
        : proxies.printOne(format, name);
  }

  private String filter() {
    return Labels.filter(labels);
  }

  private Integer watch(ResourceKind resourceKind) {
    if (resourceKind != ResourceKind.ROLLOUT) {
      throw new CommandFailure(Exit.USAGE, "-w: only rollouts can be watched");
    }
    String parent =
        name == null ? "tenants/" + tenant.orAll() : resourceKind.fullName(tenant.name(), name);
    Iterator<WatchRolloutsResponse> events =
        server
            .rolloutWatches()
            .watchRollouts(
                WatchRolloutsRequest.newBuilder().setParent(parent).setFilter(filter()).build());
    boolean found = false;
    while (events.hasNext()) {
      WatchRolloutsResponse event = events.next();
      switch (event.getEventCase()) {
        case ROLLOUT -> {
          printWatched(event.getRollout(), found);
          found = true;
        }
        case DELETED -> deleted(event.getDeleted());
        case SYNCED -> {
          if (name != null && !found) {
            throw new CommandFailure(
                Exit.FAILED, "rollout " + tenant.name() + "/" + name + " does not exist");
          }
        }
        case RESET, EVENT_NOT_SET -> {}
      }
      out().flush();
    }
    return Exit.DONE;
  }

  /** Other formats are for programs, which read resources and nothing else. */
  private void deleted(String fullName) {
    switch (format) {
      case table -> out().println(fullName + " deleted");
      case json, yaml, name -> Console.err(spec).println(fullName + " deleted");
    }
  }

  private void printWatched(Rollout rollout, boolean further) {
    switch (format) {
      case table -> {
        if (!further) {
          out().println(Output.row(ResourceKind.ROLLOUT.header(), WATCH_WIDTHS));
        }
        out().println(Output.row(RolloutText.row(rollout), WATCH_WIDTHS));
      }
      case yaml -> out().print("---\n" + Output.yaml(rollout));
      case json, name -> print(ImmutableList.of(rollout), ResourceKind.ROLLOUT, true);
    }
  }

  private void print(List<Message> resources, ResourceKind resourceKind, boolean single) {
    switch (format) {
      case json -> {
        out().println(single ? Output.json(resources.get(0)) : Output.json(resources));
      }
      case yaml -> {
        for (Message resource : resources) {
          if (!single) {
            out().println("---");
          }
          out().print(yaml(resource));
        }
      }
      case name -> resources.forEach(resource -> out().println(ResourceKind.row(resource).get(1)));
      case table -> {
        if (resources.isEmpty()) {
          out().println("none");
        } else {
          Output.table(
              out(),
              resourceKind.header(),
              resources.stream().<List<String>>map(ResourceKind::row).toList());
        }
      }
    }
    out().flush();
  }

  /** Policies as people write them, for this is where they look what there is to write. */
  private static String yaml(Message resource) {
    if (resource instanceof CanaryPolicy policy) {
      // A newer server's policy may have what this program cannot read; its message still prints.
      return ProtoCodec.check(policy)
          .value()
          .map(PolicyText::print)
          .orElseGet(() -> Output.yaml(policy));
    }
    return Output.yaml(resource);
  }

  private PrintWriter out() {
    return Console.out(spec);
  }
}
