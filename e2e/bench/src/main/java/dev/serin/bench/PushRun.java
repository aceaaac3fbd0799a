package dev.serin.bench;

import com.google.common.collect.Lists;
import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import dev.serin.bench.measure.ProcessClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;

/**
 * Pushes to a whole fleet, measured turn by turn: as many servers as the limit of open files allows
 * are connected at once and pushed to in rotation, so that noise on the machine falls on all alike.
 */
final class PushRun {
  /** The JVM's own, and the pipes to the servers. */
  private static final int OTHER_FILES = 500;

  private final Setup setup;
  private final int streams;
  private final Map<String, Seen> contents = new HashMap<>();

  /** What the first proxy of the first server had in the end. */
  private record Seen(int weight, SortedMap<String, String> resources) {}

  /** What was measured of one server in one variant. */
  record Result(
      List<PushFigures> pushes,
      StormFigures storm,
      StormFigures again,
      ServerProcess.Memory before,
      ServerProcess.Memory after,
      long resident) {}

  PushRun(Setup setup) {
    this.setup = setup;
    this.streams = setup.streams();
  }

  /** Runs all servers, prints one report a variant. */
  void run() throws IOException, InterruptedException {
    Options options = setup.options();
    Map<String, Map<ServerKind, Result>> results = new LinkedHashMap<>();
    options.variants().forEach(variant -> results.put(variant, new LinkedHashMap<>()));
    int perConnection = setup.scenario().perConnection();
    int connections = (streams + perConnection - 1) / perConnection;
    int atOnce = Math.max(1, (ProcessClock.openFiles() - OTHER_FILES) / connections);
    for (List<ServerKind> kinds : Lists.partition(options.servers(), atOnce)) {
      List<Subject> subjects = new ArrayList<>();
      try {
        for (ServerKind kind : kinds) {
          subjects.add(setup.start(kind));
        }
        for (String variant : options.variants()) {
          results.getOrDefault(variant, new LinkedHashMap<>()).putAll(measure(subjects, variant));
        }
      } finally {
        subjects.forEach(Subject::close);
      }
    }
    results.forEach((variant, byServer) ->
        setup.out().println(new PushReport(setup, variant, atOnce, byServer).text()));
  }

  /** One server with a fleet, between its warm-up and its end. */
  private record Turn(
      Subject subject, ServerProcess.Memory before, StormFigures storm, List<PushFigures> pushes) {}

  private Map<ServerKind, Result> measure(List<Subject> subjects, String variant)
      throws IOException, InterruptedException {
    boolean delta = variant.equals("delta");
    List<Turn> turns = new ArrayList<>();
    for (Subject subject : subjects) {
      setup.progress(subject.kind(), variant + ": connects, warms up");
      ServerProcess.Memory before = subject.server().memory();
      StormFigures storm = subject.connect(streams, delta);
      subject.warmUp(setup.warmUp());
      turns.add(new Turn(subject, before, storm, new ArrayList<>()));
    }
    for (int i = 0; i < setup.options().pushes(); i++) {
      for (Turn turn : turns) {
        turn.pushes().add(turn.subject().push(streams));
      }
    }
    Map<ServerKind, Result> results = new LinkedHashMap<>();
    for (Turn turn : turns) {
      Subject subject = turn.subject();
      setup.progress(subject.kind(), variant + ": is looked at, and connected again");
      compare(subject, variant);
      long resident = subject.server().clock().residentBytes();
      ServerProcess.Memory after = subject.server().memory();
      if (setup.options().profile() && !subject.kind().isGo()) {
        profile(subject, variant);
      }
      subject.disconnect();
      StormFigures again = subject.connect(streams, delta);
      subject.disconnect();
      results.put(
          subject.kind(),
          new Result(turn.pushes(), turn.storm(), again, turn.before(), after, resident));
    }
    return results;
  }

  /** Every server's content as it arrived at the first proxy must be that of the first server. */
  private void compare(Subject subject, String variant) throws IOException {
    SortedMap<String, String> mine = subject.fleet().resources();
    Seen first = contents.putIfAbsent(variant, new Seen(subject.weight(), mine));
    if (first == null) {
      return;
    }
    MapDifference<String, String> difference = Maps.difference(first.resources(), mine);
    // A server that was profiled meanwhile has had more pushes.
    boolean equal =
        first.weight() == subject.weight()
            ? difference.areEqual()
            : difference.entriesDiffering().size() <= 1
                && difference.entriesOnlyOnLeft().isEmpty()
                && difference.entriesOnlyOnRight().isEmpty();
    if (!equal) {
      throw new IOException(
          subject.kind().title() + " serves other content than the first server: " + difference);
    }
  }

  private void profile(Subject subject, String variant) throws IOException, InterruptedException {
    subject.server().profile();
    int pushes = setup.options().pushes();
    subject.warmUp(pushes);
    setup.heading(
        "; profile of %d pushes, %s, %s".formatted(pushes, subject.kind().title(), variant));
    subject.server().profile().forEach(line -> setup.out().println("    " + line));
  }
}
