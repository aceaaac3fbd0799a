package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.Event;
import dev.serin.rollout.Split;
import dev.serin.spi.Entry;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.text.RecordJson;
import java.time.Instant;
import java.util.TreeMap;

/**
 * The rollouts that were lowered before it was stored, while that is owed. It is kept aside as
 * well, so that a server which starts again before the store has taken it does not raise them.
 * Owned by the loop.
 */
final class Ahead {
  private final TreeMap<ResourceName, Lowered> lowered = new TreeMap<>();

  /**
   * A rollout that was lowered ahead.
   *
   * @param seq of the journal entry that does it
   * @param at when it was decided
   * @param split that is served since then
   * @param actor who did it, and what was the matter
   */
  record Lowered(
      ResourceName rollout, long seq, Instant at, Split split, String actor, String what) {}

  /** The text that is kept aside. */
  private record Text(ImmutableList<Lowered> lowered) {}

  /** What an earlier server had lowered, and what the journal does not say. */
  static Ahead restored(Store store) throws StoreException {
    Ahead ahead = new Ahead();
    String aside = store.aside();
    if (!aside.isEmpty()) {
      for (Lowered one : RecordJson.read(aside, Text.class).lowered()) {
        if (!isJournalled(store, one)) {
          ahead.lowered.put(one.rollout(), one);
        }
      }
    }
    return ahead;
  }

  private static boolean isJournalled(Store store, Lowered one) throws StoreException {
    ImmutableList<Entry> entry =
        store.history(RolloutStream.stream(one.rollout()), one.seq() - 1, 1);
    return !entry.isEmpty()
        && entry.getFirst().seq() == one.seq()
        && entry.getFirst().at().equals(one.at());
  }

  void note(ControlTurn lowering) {
    lowering
        .changedRollouts()
        .forEach((name, after) ->
            after.ifPresent(live ->
                lowered.put(
                    name,
                    new Lowered(
                        name,
                        live.seq(),
                        lowering.lastEntry(RolloutStream.stream(name)).at(),
                        live.state().split(),
                        live.state().decided().actor(),
                        live.state().decided().what()))));
  }

  /** Empty when nothing is ahead. */
  String text() {
    return lowered.isEmpty()
        ? ""
        : RecordJson.write(new Text(ImmutableList.copyOf(lowered.values())));
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
    lowered.forEach((name, one) -> {
      boolean exceeds =
          turn.rollout(name)
              .filter(live -> live.state().plan().isPresent())
              .filter(live -> live.state().split().exceeds(one.split()))
              .isPresent();
      if (exceeds) {
        String why = "lowered while the store did not answer: " + one.what();
        turn.decide(name, new Event.Abort(turn.now(), new By(one.actor(), why, ""), true));
      }
    });
  }
}
