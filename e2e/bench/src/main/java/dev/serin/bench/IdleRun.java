package dev.serin.bench;

import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.ArrayList;
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

  void run() throws IOException, InterruptedException {
    Table table =
        new Table(
            "at rest",
            "variant",
            "storm s",
            "storm CPU s",
            "CPU us/stream and push",
            "p99 ms",
            "missing",
            "lost",
            "resident MiB",
            "heap KiB/stream",
            "CPU ms/s at rest");
    for (ServerKind kind : setup.options().servers()) {
      try (Subject subject = setup.start(kind)) {
        for (String variant : setup.options().variants()) {
          table.row(measure(subject, variant));
        }
      }
    }
    setup.heading(
        ", %d steps, heap of a JVM at most %s"
            .formatted(STEPS, setup.options().heap().orElse(setup.scenario().heap())));
    setup.out().println(table);
  }

  private List<String> measure(Subject subject, String variant)
      throws IOException, InterruptedException {
    int streams = setup.streams();
    ServerProcess.Memory before = subject.server().memory();
    StormFigures storm = subject.connect(streams, variant.equals("delta"));
    subject.warmUp(setup.warmUp());
    List<PushFigures> steps = new ArrayList<>();
    for (int i = 0; i < STEPS; i++) {
      steps.add(subject.push(streams));
    }
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
        Integer.toString(steps.stream().mapToInt(PushFigures::missing).sum()),
        Integer.toString(lost),
        PushReport.number(resident / 1024.0 / 1024.0),
        PushReport.number((after.heap() - before.heap()) / 1024.0 / streams),
        PushReport.number(rest / 1e6 / (REST_MILLIS / 1e3)));
  }
}
