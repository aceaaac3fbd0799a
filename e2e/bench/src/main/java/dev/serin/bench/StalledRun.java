package dev.serin.bench;

import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.List;

/**
 * Every fourth proxy stops reading: what others notice, what it costs, what it gets when it wakes.
 */
final class StalledRun {
  private final Setup setup;

  StalledRun(Setup setup) {
    this.setup = setup;
  }

  void run() throws InterruptedException {
    for (String variant : setup.options().variants()) {
      Table table = table();
      new Rows(setup, kind -> true).fill(table, variant, subject -> measure(subject, variant));
      setup.heading(variant, ", %d of them stalled".formatted(stalled()));
      setup.out().println(table);
    }
  }

  private static Table table() {
    return new Table(
        "stalled",
        "variant",
        "others' p99 ms before",
        "and with them",
        "heap kB/stalled",
        "beside it kB",
        "pushes meanwhile",
        "responses each when awake",
        "missing");
  }

  private int stalled() {
    return Math.max(1, setup.streams() / 4);
  }

  private List<String> measure(Subject subject, String variant)
      throws IOException, InterruptedException {
    int pushes = setup.options().pushes();
    int reading = setup.streams() - stalled();
    subject.connect(setup.streams(), variant.equals("delta"));
    subject.warmUp(setup.warmUp());
    List<PushFigures> before = subject.pushes(pushes, reading);
    ServerProcess.Memory awake = subject.server().memory();
    subject.fleet().stallLast(stalled(), true);
    List<PushFigures> with = subject.pushes(pushes, reading);
    ServerProcess.Memory asleep = subject.server().memory();
    long responses = subject.fleet().responses();
    subject.fleet().stallLast(stalled(), false);
    Subject.settle();
    Subject.settle();
    double each = (double) (subject.fleet().responses() - responses) / stalled();
    // Nothing is lost: the next push reaches everybody.
    int missing = subject.push(setup.streams()).missing();
    subject.disconnect();
    return List.of(
        subject.kind().title(),
        variant,
        PushReport.number(Figures.median(before, PushFigures::p99Millis)),
        PushReport.number(Figures.median(with, PushFigures::p99Millis)),
        PushReport.number((asleep.heap() - awake.heap()) / 1e3 / stalled()),
        PushReport.number((asleep.beside() - awake.beside()) / 1e3 / stalled()),
        Integer.toString(pushes),
        PushReport.number(each),
        Integer.toString(missing));
  }
}
