package dev.serin.bench;

import dev.serin.bench.content.Content;
import dev.serin.bench.fleet.Loops;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;

/**
 * What every run of a scenario needs.
 *
 * @param file holds the content, for the servers
 * @param out where tables go; progress goes to standard error
 */
record Setup(
    Options options, Scenario scenario, Content content, Path file, Loops loops, PrintStream out) {

  int streams() {
    return options.streams().orElse(scenario.streams());
  }

  int warmUp() {
    return options.warmUp().orElse(scenario.warmUp());
  }

  Subject start(ServerKind kind) throws IOException {
    progress(kind, "starts");
    return new Subject(
        kind,
        ServerProcess.start(kind, this, scenario.own() ? streams() : 0),
        scenario,
        content,
        loops);
  }

  void progress(ServerKind kind, String what) {
    System.err.printf("bench: %s: %s %s%n", scenario.word(), kind.word(), what);
  }

  /** The heading above what a run prints. */
  void heading(String rest) {
    out.printf(
        "%n### %s: %s; %d streams%s%n%n", scenario.word(), scenario.title(), streams(), rest);
  }
}
