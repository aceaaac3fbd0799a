package dev.serin.telemetry;

import java.util.SortedMap;
import java.util.TreeMap;

/** The {@link Belief} of every arm of a rollout. Not thread-safe. */
final class Beliefs {
  private final TreeMap<String, Belief> byArm = new TreeMap<>();
  private long disbelieved;

  void admit(String arm, SortedMap<String, Tally> window) {
    disbelieved += byArm.computeIfAbsent(arm, a -> new Belief()).admit(window);
  }

  /** Errors taken out since the last call. */
  long takeDisbelieved() {
    long taken = disbelieved;
    disbelieved = 0;
    return taken;
  }
}
