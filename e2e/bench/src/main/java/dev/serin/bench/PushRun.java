package dev.serin.bench;

import com.google.common.collect.Maps;
import dev.serin.bench.content.Content;
import dev.serin.bench.fleet.Loops;
import dev.serin.bench.measure.ProcessClock;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to a whole fleet, measured turn by turn: as many servers as the limit of open files allows
 * are connected at once and pushed to in rotation, so that noise on the machine falls on all alike.
 */
final class PushRun {
  /** The JVM's own, and the pipes to the servers. */
  private static final int OTHER_FILES = 500;

  private final Options options;
  private final Scenario scenario;
  private final Content content;
  private final Path file;
  private final Loops loops;
  private final PrintStream out;
  private final int streams;
  private int weight = 1_000;

  /** What was measured of one server in one variant. */
  record Result(
      List<PushFigures> pushes,
      StormFigures storm,
      StormFigures again,
      ServerProcess.Memory before,
      ServerProcess.Memory after,
      long resident) {}

  PushRun(
      Options options,
      Scenario scenario,
      Content content,
      Path file,
      Loops loops,
      PrintStream out) {
    this.options = options;
    this.scenario = scenario;
    this.content = content;
    this.file = file;
    this.loops = loops;
    this.out = out;
    this.streams = options.streams().orElse(scenario.streams());
  }

  /** Runs all servers, prints one report a variant. */
  void run() throws IOException, InterruptedException {
    Map<String, Map<ServerKind, Result>> results = new LinkedHashMap<>();
    options.variants().forEach(variant -> results.put(variant, new LinkedHashMap<>()));
    Map<String, @Nullable SortedMap<String, String>> contents = new HashMap<>();
    int connections = (streams + scenario.perConnection() - 1) / scenario.perConnection();
    int atOnce = Math.max(1, (ProcessClock.openFiles() - OTHER_FILES) / connections);
    for (int i = 0; i < options.servers().size(); i += atOnce) {
      List<Subject> subjects = new ArrayList<>();
      try {
        for (ServerKind kind :
            options.servers().subList(i, Math.min(i + atOnce, options.servers().size()))) {
          subjects.add(
              Subject.start(kind, options, content, file, scenario.own() ? streams : 0, loops));
        }
        for (String variant : options.variants()) {
          results.getOrDefault(variant, new LinkedHashMap<>())
              .putAll(measure(subjects, variant, contents));
        }
      } finally {
        subjects.forEach(Subject::close);
      }
    }
    results.forEach((variant, byServer) ->
        out.println(
            new PushReport(scenario, variant, streams, atOnce, byServer).text()));
  }

  private Map<ServerKind, Result> measure(
      List<Subject> subjects, String variant, Map<String, @Nullable SortedMap<String, String>> contents)
      throws IOException, InterruptedException {
    boolean delta = variant.equals("delta");
    Map<ServerKind, StormFigures> storms = new HashMap<>();
    Map<ServerKind, ServerProcess.Memory> before = new HashMap<>();
    Map<ServerKind, List<PushFigures>> pushes = new LinkedHashMap<>();
    for (Subject subject : subjects) {
      progress(subject, variant, "connects");
      before.put(subject.kind(), subject.server().memory());
      storms.put(subject.kind(), connect(subject, delta));
      progress(subject, variant, "warms up");
      for (int i = 0; i < options.warmUp().orElse(scenario.warmUp()); i++) {
        subject.push(++weight, streams);
      }
      pushes.put(subject.kind(), new ArrayList<>());
    }
    for (int i = 0; i < options.pushes(); i++) {
      weight++;
      for (Subject subject : subjects) {
        pushes.getOrDefault(subject.kind(), new ArrayList<>()).add(subject.push(weight, streams));
      }
    }
    Map<ServerKind, Result> results = new LinkedHashMap<>();
    for (Subject subject : subjects) {
      progress(subject, variant, "is looked at, and connected again");
      compare(subject, variant, contents);
      if (options.profile() && !subject.kind().isGo()) {
        profile(subject, variant);
      }
      long resident = subject.server().clock().residentBytes();
      ServerProcess.Memory after = subject.server().memory();
      subject.disconnect();
      StormFigures again = connect(subject, delta);
      subject.disconnect();
      results.put(
          subject.kind(),
          new Result(
              pushes.getOrDefault(subject.kind(), List.of()),
              java.util.Objects.requireNonNull(storms.get(subject.kind())),
              again,
              java.util.Objects.requireNonNull(before.get(subject.kind())),
              after,
              resident));
    }
    return results;
  }

  private StormFigures connect(Subject subject, boolean delta)
      throws IOException, InterruptedException {
    return subject.connect(streams, scenario.perConnection(), delta, scenario.own());
  }

  /** Every server's content as it arrived at the first proxy must be that of the first server. */
  private static void compare(
      Subject subject, String variant, Map<String, @Nullable SortedMap<String, String>> contents)
      throws IOException {
    SortedMap<String, String> mine = subject.fleet().resources();
    SortedMap<String, String> first = contents.putIfAbsent(variant, mine);
    if (first != null && !first.equals(mine)) {
      throw new IOException(
          subject.kind().title() + " serves other content than the first server: "
              + Maps.difference(first, mine));
    }
  }

  private void profile(Subject subject, String variant) throws IOException, InterruptedException {
    subject.server().profile();
    for (int i = 0; i < options.pushes(); i++) {
      subject.push(++weight, streams);
    }
    out.printf(
        "%n%s, %s, %s: %d pushes to %d streams%n",
        subject.kind().title(), scenario.word(), variant, options.pushes(), streams);
    subject.server().profile().forEach(out::println);
  }

  private void progress(Subject subject, String variant, String what) {
    System.err.printf(
        "bench: %s %s: %s %s%n", scenario.word(), variant, subject.kind().word(), what);
  }
}
