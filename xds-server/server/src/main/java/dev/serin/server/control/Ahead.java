package dev.serin.server.control;

import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.rollout.RolloutState;
import java.util.TreeMap;

/** The rollouts that were lowered before it was stored, while that is owed. Owned by the loop. */
final class Ahead {
  private final TreeMap<ResourceName, RolloutState> lowered = new TreeMap<>();

  void note(ControlTurn lowering) {
    lowering
        .changedRollouts()
        .forEach((name, after) -> after.ifPresent(live -> lowered.put(name, live.state())));
  }

  boolean isEmpty() {
    return lowered.isEmpty();
  }

  void clear() {
    lowered.clear();
  }

  /**
   * Keeps them low on top of a turn that was decided without knowing of it: where it gives a canary
   * more, that is taken back before anybody is served it.
   */
  void keepLow(ControlTurn turn) {
    lowered.forEach((name, state) -> {
      boolean exceeds =
          turn.rollout(name)
              .filter(live -> live.state().split().exceeds(state.split()))
              .isPresent();
      if (exceeds) {
        String why = "lowered while the store did not answer: " + state.decided().what();
        turn.decide(
            name, new Event.Abort(turn.now(), new By(state.decided().actor(), why, ""), true));
      }
    });
  }
}
