package dev.serin.bench;

import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.List;

/**
 * One proxy refuses every RouteConfiguration: how often it gets it again, and what others notice.
 */
final class NackRun {
  private final Setup setup;

  NackRun(Setup setup) {
    this.setup = setup;
  }

  void run() throws InterruptedException {
    for (String variant : setup.options().variants()) {
      Table table = table();
      // The floor reads no error: it would measure nothing.
      new Rows(setup, kind -> kind != ServerKind.FLOOR)
          .fill(table, variant, subject -> measure(subject, variant));
      setup.heading(variant, "");
      setup.out().println(table);
    }
  }

  private static Table table() {
    return new Table(
        "refused",
        "variant",
        "pushes",
        "sent to it",
        "re-sent",
        "others' p99 ms before",
        "and with it",
        "CPU us/stream before",
        "and with it ");
  }

  private List<String> measure(Subject subject, String variant)
      throws IOException, InterruptedException {
    int streams = setup.streams();
    int pushes = setup.options().pushes();
    subject.connect(streams, variant.equals("delta"));
    subject.warmUp(setup.warmUp());
    List<PushFigures> before = subject.pushes(pushes, streams - 1);
    subject.fleet().refuseAtLast();
    List<PushFigures> with = subject.pushes(pushes, streams - 1);
    long sent = subject.fleet().refusals();
    long again = subject.fleet().refusedAgain();
    subject.disconnect();
    return List.of(
        subject.kind().title(),
        variant,
        Integer.toString(pushes),
        Long.toString(sent),
        Long.toString(again),
        PushReport.number(Figures.median(before, PushFigures::p99Millis)),
        PushReport.number(Figures.median(with, PushFigures::p99Millis)),
        PushReport.number(Figures.median(before, p -> p.serverCpuNanos() / 1e3 / streams)),
        PushReport.number(Figures.median(with, p -> p.serverCpuNanos() / 1e3 / streams)));
  }
}
