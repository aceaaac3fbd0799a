package dev.serin.bench;

import dev.serin.bench.content.Content;
import dev.serin.bench.fleet.Loops;
import dev.serin.bench.overlay.OverlayRun;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;

/** The driver: runs the scenarios that are asked for, prints their tables. */
public final class Main {
  /** Of a scenario without servers, at least: a step is quick, and medians of few are noise. */
  private static final int LEAST_STEPS = 15;

  private Main() {}

  public static void main(String[] args) throws IOException, InterruptedException {
    if (List.of(args).contains("--help")) {
      System.out.print(Options.USAGE);
      return;
    }
    Options options;
    try {
      options = Options.parse(args);
    } catch (IllegalArgumentException wrong) {
      System.err.println("bench: " + wrong.getMessage());
      System.exit(2);
      return;
    }
    if (options.skipped()) {
      System.err.println(
          "bench: SKIPPED: the servers written in Go; there is no program of peers-go");
    }
    Failures failures = run(options, System.out);
    if (!failures.all().isEmpty()) {
      System.err.println("bench: FAILED, all in all:");
      failures.all().forEach(line -> System.err.println("bench:   " + line));
      System.exit(1);
    }
  }

  /** Runs everything that is asked for; returns what servers did not do. */
  static Failures run(Options options, PrintStream out) throws IOException, InterruptedException {
    Failures failures = new Failures();
    try (Loops loops = new Loops(options.clientThreads())) {
      for (Scenario scenario : options.scenarios()) {
        run(options, scenario, loops, out, failures);
      }
    }
    return failures;
  }

  private static void run(
      Options options, Scenario scenario, Loops loops, PrintStream out, Failures failures)
      throws IOException, InterruptedException {
    Content content = Content.of(scenario.shape());
    Path file = Files.createTempFile("serin-bench", ".content");
    try {
      content.write(file);
      Setup setup = new Setup(options, scenario, content, file, loops, out, failures);
      switch (scenario) {
        case SMALL, MUX, LARGE, SPLIT, OWN -> new PushRun(setup).run();
        case NACK -> new NackRun(setup).run();
        case STALLED -> new StalledRun(setup).run();
        case IDLE -> new IdleRun(setup).run();
        case RESET -> new ResetRun(setup).run();
        case OVERLAY -> overlay(setup);
      }
    } finally {
      Files.deleteIfExists(file);
    }
  }

  private static void overlay(Setup setup) {
    int steps = Math.max(LEAST_STEPS, setup.options().pushes());
    new OverlayRun(setup.streams(), setup.warmUp(), steps, setup.out()).run();
  }
}
