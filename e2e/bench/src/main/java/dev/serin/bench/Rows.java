package dev.serin.bench;

import dev.serin.bench.measure.Table;
import java.io.IOException;
import java.util.List;
import java.util.function.Predicate;

/** Runs whose table has one row a server; each server is started for its row and ended after it. */
final class Rows {
  private final Setup setup;
  private final Predicate<ServerKind> measured;

  /** Measures a server that has just started; returns its row. */
  interface Measure {
    List<String> row(Subject subject) throws IOException, InterruptedException;
  }

  Rows(Setup setup, Predicate<ServerKind> measured) {
    this.setup = setup;
    this.measured = measured;
  }

  /** Fills the table; a server that fails has a row that says in what, and the others go on. */
  void fill(Table table, String variant, Measure measure) throws InterruptedException {
    for (ServerKind kind : setup.options().servers()) {
      if (measured.test(kind)) {
        try (Subject subject = setup.start(kind, false)) {
          table.row(measure.row(subject));
        } catch (IOException e) {
          table.note(setup.failed(kind, variant, e));
        }
      }
    }
  }
}
