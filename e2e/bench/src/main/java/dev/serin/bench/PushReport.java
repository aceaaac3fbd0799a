package dev.serin.bench;

import dev.serin.bench.PushRun.Result;
import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/** The tables of one scenario and variant. "Serin / it" is below 1 where Serin needs less. */
final class PushReport {
  private final Setup setup;
  private final String variant;
  private final int streams;
  private final int atOnce;
  private final Map<ServerKind, Result> results;

  PushReport(Setup setup, String variant, int atOnce, Map<ServerKind, Result> results) {
    this.setup = setup;
    this.variant = variant;
    this.streams = setup.streams();
    this.atOnce = atOnce;
    this.results = results;
  }

  String text() {
    int pushes = results.values().stream().mapToInt(r -> r.pushes().size()).max().orElse(0);
    return """

    ### %s, %s: %s; %d streams, medians of %d pushes, %d servers at a time

    %s
    %s\
    """
        .formatted(
            setup.scenario().word(),
            variant.equals("delta") ? "incremental" : "state of the world",
            setup.scenario().title(),
            streams,
            pushes,
            Math.min(atOnce, results.size()),
            pushes(),
            memory());
  }

  private Table pushes() {
    Table table =
        new Table(
            "push",
            "CPU us/stream",
            "least",
            "Serin / it",
            "p50 ms",
            "p99 ms",
            "max ms",
            "p99: Serin / it",
            "kB/stream",
            "call ms",
            "client us/stream",
            "others' CPU ms",
            "missing");
    results.forEach((kind, result) -> {
      List<PushFigures> pushes = result.pushes();
      table.row(
          List.of(
              kind.title(),
              number(cpuMicros(result)),
              number(Figures.least(pushes, p -> p.serverCpuNanos() / 1e3 / streams)),
              ratio(result, PushReport.this::cpuMicros),
              number(Figures.median(pushes, PushFigures::p50Millis)),
              number(p99(result)),
              number(pushes.stream().mapToDouble(PushFigures::maxMillis).max().orElse(Double.NaN)),
              ratio(result, PushReport::p99),
              number(Figures.median(pushes, PushFigures::bytes) / 1e3 / streams),
              number(Figures.median(pushes, p -> p.callNanos() / 1e6)),
              number(Figures.median(pushes, p -> p.clientCpuNanos() / 1e3 / streams)),
              number(Figures.median(pushes, p -> p.otherCpuNanos() / 1e6)),
              Integer.toString(pushes.stream().mapToInt(PushFigures::missing).sum())));
    });
    return table;
  }

  private Table memory() {
    Table table =
        new Table(
            "streams",
            "heap KiB/stream",
            "beside it",
            "resident MiB",
            "storm s",
            "storm CPU s",
            "Serin / it",
            "again s",
            "again CPU s",
            "Serin / it ",
            "storm MB");
    results.forEach((kind, result) ->
        table.row(
            List.of(
                kind.title(),
                number((result.after().heap() - result.before().heap()) / 1024.0 / streams),
                number((result.after().beside() - result.before().beside()) / 1024.0 / streams),
                number(result.resident() / 1024.0 / 1024.0),
                number(result.storm().nanos() / 1e9),
                number(result.storm().serverCpuNanos() / 1e9),
                ratio(result, r -> r.storm().serverCpuNanos()),
                number(result.again().nanos() / 1e9),
                number(result.again().serverCpuNanos() / 1e9),
                ratio(result, r -> r.again().serverCpuNanos()),
                number(result.storm().bytes() / 1e6))));
    return table;
  }

  private double cpuMicros(Result result) {
    return Figures.median(result.pushes(), p -> p.serverCpuNanos() / 1e3 / streams);
  }

  private static double p99(Result result) {
    return Figures.median(result.pushes(), PushFigures::p99Millis);
  }

  private String ratio(Result result, ToDoubleFunction<Result> figure) {
    @Nullable Result serin = results.get(ServerKind.SERIN);
    return serin == null || serin.equals(result)
        ? ""
        : "%.2f".formatted(figure.applyAsDouble(serin) / figure.applyAsDouble(result));
  }

  /** Three digits that count. */
  static String number(double value) {
    double size = Math.abs(value);
    String form = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, form, value);
  }
}
