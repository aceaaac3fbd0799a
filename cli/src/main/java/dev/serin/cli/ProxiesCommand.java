package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import dev.serin.v1.Proxy;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code serin proxies}. */
@Command(name = "proxies", description = "Show the proxies and what each has accepted or refused.")
final class ProxiesCommand implements Callable<Integer> {
  /** The values of {@code --state}. */
  enum State {
    synced,
    stale,
    error,
    disconnected
  }

  @Option(names = "--stale", description = "Only those that are not in sync.")
  boolean stale;

  @Option(
      names = "--state",
      paramLabel = "STATE",
      split = ",",
      description = "Only those in this state: ${COMPLETION-CANDIDATES}; several with commas.")
  List<State> states = List.of();

  @Option(names = "--cluster", description = "Only those of this mesh cluster.")
  String cluster = "";

  @Option(
      names = "--sort",
      paramLabel = "FIELDS",
      description =
          "node_id (the default), cluster, state (worst first), version, last_seen, connected;"
              + " several with commas, 'last_seen desc' turns it round.")
  String sort = "";

  @Option(names = "--limit", paramLabel = "N", description = "Only the first so many.")
  int limit = Integer.MAX_VALUE;

  @Option(
      names = {"-w", "--watch"},
      description =
          "Go on showing changes; as JSON one proxy a line, of one that is gone its name alone.")
  boolean watch;

  @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}")
  Output.Format format = Output.Format.table;

  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    if (limit < 1) {
      throw new CommandFailure(Exit.USAGE, "--limit: " + limit + " (expected: 1 or more)");
    }
    if (watch && (!sort.isEmpty() || limit < Integer.MAX_VALUE)) {
      throw new CommandFailure(Exit.USAGE, "--sort and --limit go with a list, not with --watch");
    }
    ProxiesView.Selection selection =
        new ProxiesView.Selection(
            cluster,
            stale,
            states.stream().map(ProxiesCommand::state).collect(ImmutableList.toImmutableList()),
            sort,
            limit);
    try (Connection connection = server) {
      return watch
          ? new ProxiesWatch(connection, Console.out(spec)).run(format, selection)
          : new ProxiesView(connection, Console.out(spec)).print(format, selection);
    }
  }

  private static Proxy.State state(State word) {
    return switch (word) {
      case synced -> Proxy.State.SYNCED;
      case stale -> Proxy.State.STALE;
      case error -> Proxy.State.ERROR;
      case disconnected -> Proxy.State.DISCONNECTED;
    };
  }
}
