package dev.serin.bench;

import dev.serin.bench.PushRun.Aftermath;
import dev.serin.bench.PushRun.Result;
import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;
import java.util.function.ToDoubleFunction;

/** The tables of one scenario and variant. "Serin / it" is below 1 where Serin needs less. */
final class PushReport {
  private final Setup setup;
  private final String variant;
  private final String title;
  private final int streams;
  private final int atOnce;
  private final Map<ServerKind, Result> results;

  PushReport(
      Setup setup, String variant, String title, int atOnce, Map<ServerKind, Result> results) {
    this.setup = setup;
    this.variant = variant;
    this.title = title;
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
            Setup.inWords(variant),
            title,
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
            "allocated B/stream",
            "call ms",
            "client us/stream",
            "others' CPU ms",
            "missing");
    results.forEach((kind, result) -> {
      List<PushFigures> pushes = result.pushes();
      if (!pushes.isEmpty()) {
        table.row(
            List.of(
                kind.title(),
                number(cpuMicros(result)),
                number(Figures.least(pushes, p -> p.serverCpuNanos() / 1e3 / streams)),
                ratio(kind, this::cpuMicros),
                number(Figures.median(pushes, PushFigures::p50Millis)),
                number(p99(result)),
                number(
                    pushes.stream().mapToDouble(PushFigures::maxMillis).max().orElse(Double.NaN)),
                ratio(kind, PushReport::p99),
                number(Figures.median(pushes, PushFigures::bytes) / 1e3 / streams),
                number(Figures.median(pushes, PushFigures::allocated) / streams),
                number(Figures.median(pushes, p -> p.callNanos() / 1e6)),
                number(Figures.median(pushes, p -> p.clientCpuNanos() / 1e3 / streams)),
                number(Figures.median(pushes, p -> p.otherCpuNanos() / 1e6)),
                Integer.toString(pushes.stream().mapToInt(PushFigures::missing).sum())));
      }
      result.failure().ifPresent(table::note);
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
    results.forEach((kind, result) -> {
      result.aftermath().ifPresent(it -> table.row(row(kind, it)));
      result.failure().ifPresent(table::note);
    });
    return table;
  }

  private List<String> row(ServerKind kind, Aftermath it) {
    return List.of(
        kind.title(),
        number((it.after().heap() - it.before().heap()) / 1024.0 / streams),
        number((it.after().beside() - it.before().beside()) / 1024.0 / streams),
        number(it.resident() / 1024.0 / 1024.0),
        number(it.storm().nanos() / 1e9),
        number(it.storm().serverCpuNanos() / 1e9),
        stormRatio(kind, it, Aftermath::storm),
        number(it.again().nanos() / 1e9),
        number(it.again().serverCpuNanos() / 1e9),
        stormRatio(kind, it, Aftermath::again),
        number(it.storm().bytes() / 1e6));
  }

  private double cpuMicros(Result result) {
    return Figures.median(result.pushes(), p -> p.serverCpuNanos() / 1e3 / streams);
  }

  private static double p99(Result result) {
    return Figures.median(result.pushes(), PushFigures::p99Millis);
  }

  private String ratio(ServerKind kind, ToDoubleFunction<Result> figure) {
    return ratio(kind, Optional.ofNullable(results.get(kind)), serin(), figure);
  }

  private String stormRatio(
      ServerKind kind, Aftermath it, Function<Aftermath, StormFigures> storm) {
    return ratio(
        kind,
        Optional.of(it),
        serin().flatMap(Result::aftermath),
        of -> storm.apply(of).serverCpuNanos());
  }

  private Optional<Result> serin() {
    return Optional.ofNullable(results.get(ServerKind.SERIN));
  }

  /** Serin's figure over this one; nothing where either is missing, or this is Serin's own. */
  private static <T> String ratio(
      ServerKind kind, Optional<T> it, Optional<T> serin, ToDoubleFunction<T> figure) {
    if (kind == ServerKind.SERIN || it.isEmpty() || serin.isEmpty()) {
      return "";
    }
    double ratio = figure.applyAsDouble(serin.get()) / figure.applyAsDouble(it.get());
    return Double.isNaN(ratio) ? "" : String.format(Locale.ROOT, "%.2f", ratio);
  }

  /** Three digits that count. */
  static String number(double value) {
    double size = Math.abs(value);
    String form = size >= 100 ? "%.0f" : size >= 10 ? "%.1f" : "%.2f";
    return String.format(Locale.ROOT, form, value);
  }
}
