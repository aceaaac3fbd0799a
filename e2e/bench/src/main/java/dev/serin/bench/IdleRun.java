package dev.serin.bench;

import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.List;

/**
 * Very many streams: what they take, whether they last, and what they cost while nothing happens.
 */
final class IdleRun {
  private static final int STEPS = 20;
  private static final int REST_MILLIS = 10_000;

  private final Setup setup;

  IdleRun(Setup setup) {
    this.setup = setup;
  }

  void run() throws InterruptedException {
    for (String variant : setup.options().variants()) {
      Table table = table();
      new Rows(setup, kind -> true).fill(table, variant, subject -> measure(subject, variant));
      setup.heading(
          variant,
          ", %d steps, heap of a JVM at most %s"
              .formatted(STEPS, setup.options().heap().orElse(setup.scenario().heap())));
      setup.out().println(table);
    }
  }

  private static Table table() {
    return new Table(
        "at rest",
        "variant",
        "storm s",
        "storm CPU s",
        "CPU us/stream and push",
        "p99 ms",
        "lost",
        "resident MiB",
        "heap KiB/stream",
        "CPU ms/s at rest");
  }

  private List<String> measure(Subject subject, String variant)
      throws IOException, InterruptedException {
    int streams = setup.streams();
    ServerProcess.Memory before = subject.server().memory();
    StormFigures storm = subject.connect(streams, variant.equals("delta"));
    subject.warmUp(setup.warmUp());
    List<PushFigures> steps = subject.pushes(STEPS, streams);
    long resident = subject.server().clock().residentBytes();
    ServerProcess.Memory after = subject.server().memory();
    long cpu = subject.server().clock().cpuNanos();
    Thread.sleep(REST_MILLIS);
    long rest = subject.server().clock().cpuNanos() - cpu;
    int lost = subject.fleet().lost();
    subject.disconnect();
    return List.of(
        subject.kind().title(),
        variant,
        PushReport.number(storm.nanos() / 1e9),
        PushReport.number(storm.serverCpuNanos() / 1e9),
        PushReport.number(Figures.median(steps, p -> p.serverCpuNanos() / 1e3 / streams)),
        PushReport.number(Figures.median(steps, PushFigures::p99Millis)),
        Integer.toString(lost),
        PushReport.number(resident / 1024.0 / 1024.0),
        PushReport.number((after.heap() - before.heap()) / 1024.0 / streams),
        PushReport.number(rest / 1e6 / (REST_MILLIS / 1e3)));
  }
}
