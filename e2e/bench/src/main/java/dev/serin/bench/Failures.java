package dev.serin.bench;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;

/** What servers did not do in a run: it is told at once, in the table, and once more at the end. */
final class Failures {
  private final List<String> all = new ArrayList<>();

  /**
   * Notes one.
   *
   * @param run its scenario and variant
   * @param what with the server's name
   */
  void add(String run, String what) {
    String line = run + ": " + what;
    System.err.println("bench: FAILED: " + line);
    all.add(line);
  }

  ImmutableList<String> all() {
    return ImmutableList.copyOf(all);
  }
}
