package dev.serin.bench;

import dev.serin.bench.fleet.ResetStorm;
import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.List;

/** One connection opens streams and resets them at once, as CVE-2023-44487 does. */
final class ResetRun {
  /** Proxies that are connected before, and still there after. */
  private static final int BYSTANDERS = 100;

  private final Setup setup;

  ResetRun(Setup setup) {
    this.setup = setup;
  }

  void run() throws InterruptedException {
    Table table =
        new Table(
            "reset",
            "opened and reset",
            "cut off",
            "seconds",
            "server CPU us/stream",
            "bystanders lost",
            "of them missed a push");
    new Rows(setup, kind -> true).fill(table, "sotw", this::measure);
    setup.heading("sotw", " at most");
    setup.out().println(table);
  }

  private List<String> measure(Subject subject) throws IOException, InterruptedException {
    subject.connect(BYSTANDERS, false);
    subject.warmUp(setup.warmUp());
    long cpu = subject.server().clock().cpuNanos();
    ResetStorm.Outcome storm =
        ResetStorm.run(subject.server().port(), setup.streams(), setup.loops());
    Subject.settle();
    long used = subject.server().clock().cpuNanos() - cpu;
    int missing = subject.push(BYSTANDERS).missing();
    return List.of(
        subject.kind().title(),
        Integer.toString(storm.opened()),
        storm.cutOff() ? "yes" : "no",
        PushReport.number(storm.nanos() / 1e9),
        PushReport.number(used / 1e3 / Math.max(1, storm.opened())),
        Integer.toString(subject.fleet().lost()),
        Integer.toString(missing));
  }
}
