package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Makes a failing script short: deletes acts for as long as the same invariant still breaks. */
final class Shrinker {

  private Shrinker() {}

  /**
   * A script that breaks the same invariant and no longer does when any one act is deleted; the
   * script itself when nothing is wrong with it.
   */
  static Script shrink(Script script, Seams seams) {
    Optional<Integer> invariant = brokenBy(script, seams);
    if (invariant.isEmpty()) {
      return script;
    }
    List<Act> acts = script.acts();
    for (int size = Math.max(1, acts.size() / 2); size > 0; size /= 2) {
      boolean shorter = true;
      while (shorter) {
        List<Act> fewer = without(script, acts, size, seams, invariant.get());
        shorter = fewer.size() < acts.size();
        acts = fewer;
      }
    }
    return script.with(ImmutableList.copyOf(acts));
  }

  private static List<Act> without(
      Script script, List<Act> acts, int size, Seams seams, int invariant) {
    List<Act> kept = acts;
    for (int i = acts.size() - size; i >= 0; i -= size) {
      List<Act> fewer = new ArrayList<>(kept);
      fewer.subList(i, Math.min(i + size, fewer.size())).clear();
      if (brokenBy(script.with(fewer), seams).equals(Optional.of(invariant))) {
        kept = fewer;
      }
    }
    return kept;
  }

  private static Optional<Integer> brokenBy(Script script, Seams seams) {
    return Simulation.run(script, seams).violation().map(Violation::invariant);
  }
}
