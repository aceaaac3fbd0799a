package dev.serin.server.control;

import dev.serin.policy.FreezeWindow;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.CalendarLint;
import dev.serin.text.Problem;
import dev.serin.text.RecordJson;
import java.util.Optional;
import java.util.stream.Collectors;

/** What people do to freezes. Each runs inside a turn and leaves it untouched when it refuses. */
final class FreezeOperations {
  private FreezeOperations() {}

  /** A change of a freeze, as its journal keeps it; nothing is left of one that was deleted. */
  record FreezeChange(String actor, String reason, Optional<FreezeWindow> window) {}

  /** Whether it changed anything. Who sets a freeze that is there already does not own it. */
  static Outcome<Boolean> apply(ControlTurn turn, FreezeWindow window, By by) {
    Versioned<StoredFreeze> before = turn.after().freezes().byName().get(window.name());
    boolean same = before != null && before.value().window().equals(window);
    if (!same) {
      turn.putFreeze(new StoredFreeze(window, by.actor(), by.reason()));
      record(turn, window.name(), before == null ? "Created" : "Changed", by, Optional.of(window));
    }
    String doubts =
        CalendarLint.doubts(window, turn.now()).stream()
            .filter(doubt -> doubt.code() != Problem.Code.NEVER_OPENS) // its status says so
            .map(doubt -> doubt.path() + ": " + doubt.message())
            .collect(Collectors.joining("; "));
    return new Outcome.Done<>(!same, doubts);
  }

  static Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, By by) {
    if (!turn.after().freezes().byName().containsKey(name)) {
      return Outcome.refused(Kind.NOT_FOUND, "freeze " + name + " does not exist");
    }
    turn.deleteFreeze(name);
    record(turn, name, "Deleted", by, Optional.empty());
    return Outcome.done(name);
  }

  private static void record(
      ControlTurn turn, ResourceName freeze, String kind, By by, Optional<FreezeWindow> window) {
    turn.record(
        "freezeWindows/" + freeze,
        kind,
        RecordJson.write(new FreezeChange(by.actor(), by.reason(), window)));
  }
}
