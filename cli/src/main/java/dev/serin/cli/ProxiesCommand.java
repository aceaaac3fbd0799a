package dev.serin.cli;

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
  @Option(names = "--stale", description = "Only those that are not in sync.")
  boolean stale;

  @Option(names = "--cluster", description = "Only those of this mesh cluster.")
  String cluster = "";

  @Option(names = "-o", paramLabel = "FORMAT", description = "${COMPLETION-CANDIDATES}")
  Output.Format format = Output.Format.table;

  @Mixin Connection server = new Connection();
  @Spec @Nullable CommandSpec spec;

  @Override
  public Integer call() {
    try (Connection connection = server) {
      return new ProxiesView(connection, Console.out(spec)).print(format, stale, cluster);
    }
  }
}
