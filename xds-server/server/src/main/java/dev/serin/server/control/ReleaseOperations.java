package dev.serin.server.control;

import dev.serin.policy.Release;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Outcome.Kind;
import dev.serin.text.RecordJson;
import java.util.Optional;

/** What people do to releases. Each runs inside a turn and leaves it untouched when it refuses. */
final class ReleaseOperations {
  private ReleaseOperations() {}

  /** A change of a release, as its journal keeps it; nothing is left of one that was deleted. */
  record ReleaseChange(String actor, String reason, Optional<Release> release) {}

  /** Whether it changed anything. Its members may come later: until then nobody of it begins. */
  static Outcome<Boolean> apply(ControlTurn turn, Release release, By by) {
    Versioned<Release> before = turn.releases().get(release.name());
    if (before != null && before.value().equals(release)) {
      return Outcome.done(false);
    }
    turn.putRelease(release);
    String kind = before == null ? "Created" : "Changed";
    record(turn, release.name(), kind, by, Optional.of(release));
    return Outcome.done(true);
  }

  /** The members go on, each for itself. */
  static Outcome<ResourceName> delete(ControlTurn turn, ResourceName name, By by) {
    if (!turn.releases().containsKey(name)) {
      return Outcome.refused(Kind.NOT_FOUND, "release " + name + " does not exist");
    }
    turn.deleteRelease(name);
    record(turn, name, "Deleted", by, Optional.empty());
    return Outcome.done(name);
  }

  private static void record(
      ControlTurn turn, ResourceName name, String kind, By by, Optional<Release> release) {
    turn.record(
        "releases/" + name,
        kind,
        RecordJson.write(new ReleaseChange(by.actor(), by.reason(), release)));
  }
}
