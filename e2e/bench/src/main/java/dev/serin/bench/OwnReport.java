package dev.serin.bench;

import dev.serin.bench.PushRun.Aftermath;
import dev.serin.bench.PushRun.Result;
import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What it costs that every proxy has a cluster of its own, beside the same fleet without. Heap is
 * what is alive beyond the server without such clusters and without streams: a server that makes
 * everybody's configuration before anybody connects has made it all the same.
 */
final class OwnReport {
  private final Setup setup;
  private final String variant;
  private final Map<ServerKind, Result> shared;
  private final Map<ServerKind, Result> own;

  OwnReport(
      Setup setup, String variant, Map<ServerKind, Result> shared, Map<ServerKind, Result> own) {
    this.setup = setup;
    this.variant = variant;
    this.shared = shared;
    this.own = own;
  }

  String text() {
    Table table =
        new Table(
            "own beside shared",
            "CPU us/stream: shared",
            "own",
            "own / shared",
            "heap KiB/stream: shared",
            "own ",
            "own / shared ");
    shared.forEach((kind, without) -> {
      Optional.ofNullable(own.get(kind))
          .ifPresent(with ->
              with.failure()
                  .or(without::failure)
                  .ifPresentOrElse(table::note, () -> table.row(row(kind, without, with))));
    });
    return """

    ### %s, %s: a cluster of its own for each of %d proxies, beside one configuration for all

    %s\
    """
        .formatted(setup.scenario().word(), Setup.inWords(variant), setup.streams(), table);
  }

  private List<String> row(ServerKind kind, Result without, Result with) {
    double cpuShared = cpuMicros(without);
    double cpuOwn = cpuMicros(with);
    Aftermath plain = without.aftermath().orElseThrow();
    double heapShared = plain.after().heap() - plain.before().heap();
    double heapOwn = with.aftermath().orElseThrow().after().heap() - plain.before().heap();
    return List.of(
        kind.title(),
        PushReport.number(cpuShared),
        PushReport.number(cpuOwn),
        ratio(cpuOwn, cpuShared),
        PushReport.number(heapShared / 1024.0 / setup.streams()),
        PushReport.number(heapOwn / 1024.0 / setup.streams()),
        ratio(heapOwn, heapShared));
  }

  private double cpuMicros(Result result) {
    return Figures.median(result.pushes(), p -> p.serverCpuNanos() / 1e3 / setup.streams());
  }

  private static String ratio(double own, double shared) {
    return String.format(Locale.ROOT, "%.2f", own / shared);
  }
}
