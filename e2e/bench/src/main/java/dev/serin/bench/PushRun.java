package dev.serin.bench;

import com.google.common.collect.Lists;
import com.google.common.collect.MapDifference;
import com.google.common.collect.Maps;
import dev.serin.bench.measure.ProcessClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;

/**
 * Pushes to a whole fleet, measured turn by turn: as many servers as the limit of open files allows
 * are connected at once and pushed to in rotation, so that noise on the machine falls on all alike.
 * A server that fails is left out from then on, and its table says in what. Where every proxy has a
 * cluster of its own, the same fleet without is measured first.
 */
final class PushRun {
  /** The JVM's own, and the pipes to the servers. */
  private static final int OTHER_FILES = 500;

  private final Setup setup;

  /** What the first proxy of the first server had in the end. */
  private @Nullable Seen first;

  private record Seen(int weight, SortedMap<String, String> resources) {}

  /**
   * What was measured of one server in one variant.
   *
   * @param aftermath empty where it failed before the end
   * @param failure what it did not do
   */
  record Result(List<PushFigures> pushes, Optional<Aftermath> aftermath, Optional<String> failure) {
    /** Of a server that nobody expects this of. */
    static Result unable(ServerKind kind) {
      return new Result(
          List.of(),
          Optional.empty(),
          Optional.of(kind.title() + ": has one configuration for all proxies"));
    }
  }

  /**
   * What is measured beside pushes.
   *
   * @param before memory before anybody had connected
   * @param after the same with the fleet, after all pushes
   */
  record Aftermath(
      StormFigures storm,
      StormFigures again,
      ServerProcess.Memory before,
      ServerProcess.Memory after,
      long resident) {}

  PushRun(Setup setup) {
    this.setup = setup;
  }

  /** Runs all servers, prints a variant's report as soon as there is one. */
  void run() throws IOException, InterruptedException {
    int perConnection = setup.scenario().perConnection();
    int connections = (setup.streams() + perConnection - 1) / perConnection;
    int atOnce = Math.max(1, (ProcessClock.openFiles() - OTHER_FILES) / connections);
    for (String variant : setup.options().variants()) {
      Map<ServerKind, Result> shared = round(variant, atOnce, false);
      print(variant, atOnce, setup.scenario().title(), shared);
      if (setup.scenario().own()) {
        Map<ServerKind, Result> own = round(variant, atOnce, true);
        print(variant, atOnce, "the same, and one more that only this proxy has", own);
        setup.out().println(new OwnReport(setup, variant, shared, own).text());
      }
      if (setup.options().profile()) {
        new ProfileRun(setup).run(variant);
      }
    }
  }

  private void print(String variant, int atOnce, String title, Map<ServerKind, Result> results) {
    setup.out().println(new PushReport(setup, variant, title, atOnce, results).text());
  }

  private Map<ServerKind, Result> round(String variant, int atOnce, boolean own)
      throws InterruptedException {
    Map<ServerKind, Result> results = new LinkedHashMap<>();
    first = null;
    List<ServerKind> able =
        setup.options().servers().stream().filter(kind -> !own || kind.knowsProxies()).toList();
    for (List<ServerKind> kinds : Lists.partition(able, atOnce)) {
      List<Turn> turns = new ArrayList<>();
      try {
        for (ServerKind kind : kinds) {
          Turn turn = new Turn(setup, kind, variant, own);
          turns.add(turn);
          turn.begin();
        }
        measure(turns);
        turns.forEach(turn -> results.put(turn.kind(), turn.result()));
      } finally {
        turns.forEach(Turn::close);
      }
    }
    setup.options().servers().stream()
        .filter(kind -> !able.contains(kind))
        .forEach(kind -> results.put(kind, Result.unable(kind)));
    return results;
  }

  private void measure(List<Turn> turns) throws InterruptedException {
    for (int i = 0; i < setup.options().pushes(); i++) {
      for (Turn turn : turns) {
        turn.push();
      }
    }
    for (Turn turn : turns) {
      turn.then(this::compare);
      turn.end();
    }
  }

  /** Every server's content as it arrived at the first proxy must be that of the first server. */
  private void compare(Subject subject) throws IOException {
    SortedMap<String, String> mine = subject.fleet().resources();
    if (first == null) {
      first = new Seen(subject.weight(), mine);
      return;
    }
    MapDifference<String, String> difference = Maps.difference(first.resources(), mine);
    if (first.weight() != subject.weight() || !difference.areEqual()) {
      throw new IOException("serves other content than the first server: " + difference);
    }
  }
}
