package dev.serin.bench;

import com.google.common.collect.ImmutableList;
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
 * @param failures what servers did not do, of all scenarios
 */
record Setup(
    Options options,
    Scenario scenario,
    Content content,
    Path file,
    Loops loops,
    PrintStream out,
    Failures failures) {

  int streams() {
    return options.streams().orElse(scenario.streams());
  }

  int warmUp() {
    return options.warmUp().orElse(scenario.warmUp());
  }

  /**
   * Starts a server.
   *
   * @param own whether every proxy has a cluster of its own
   */
  Subject start(ServerKind kind, boolean own) throws IOException, InterruptedException {
    return start(kind, own, ImmutableList.of());
  }

  /**
   * The same with more flags.
   *
   * @param more flags of the JVM
   */
  Subject start(ServerKind kind, boolean own, ImmutableList<String> more)
      throws IOException, InterruptedException {
    progress(kind, "starts");
    int proxies = own ? streams() : 0;
    return new Subject(kind, ServerProcess.start(kind, this, proxies, more), this, own);
  }

  /** Notes what a server did not do; returns that as a row of a table says it. */
  String failed(ServerKind kind, String variant, IOException failure) {
    String what = kind.title() + ": " + failure.getMessage();
    failures.add(scenario.word() + ", " + inWords(variant), what);
    return what;
  }

  void progress(ServerKind kind, String what) {
    System.err.printf("bench: %s: %s %s%n", scenario.word(), kind.word(), what);
  }

  /** The heading above what a run prints of a variant. */
  void heading(String variant, String rest) {
    out.printf(
        "%n### %s, %s: %s; %d streams%s%n%n",
        scenario.word(), inWords(variant), scenario.title(), streams(), rest);
  }

  static String inWords(String variant) {
    return variant.equals("delta") ? "incremental" : "state of the world";
  }
}
