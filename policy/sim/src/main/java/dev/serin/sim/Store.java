package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import dev.serin.plan.TrafficPlan;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.RolloutState;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A journal on a disk with a write cache: what has not been synced is lost in a crash. Beside it
 * stands what was lowered ahead of the journal (docs/adr/0007).
 */
final class Store {

  private final Seams seams;
  private final RolloutState first;
  private final List<JournalEntry> entries = new ArrayList<>();
  private final List<RolloutState> decided = new ArrayList<>();

  /** The state after each durable entry, folded from the journal. */
  private RolloutState shadow;

  private final Map<Long, Integer> approved = new HashMap<>();
  private int durable;
  private long epoch;
  private Optional<Integer> owedDownTo = Optional.empty();

  Store(Seams seams, RolloutState first) {
    this.seams = seams;
    this.first = first;
    this.shadow = first;
  }

  /** A new leader's number. What was accepted of the one before is kept. */
  long lead() {
    return ++epoch;
  }

  long epoch() {
    return epoch;
  }

  /** Whether the entry was accepted: of the leader only. */
  boolean append(long leader, JournalEntry entry, RolloutState after) {
    if (leader != epoch && seams.fences()) {
      return false;
    }
    entries.add(entry);
    decided.add(after);
    return true;
  }

  int size() {
    return entries.size();
  }

  /** The first {@code count} entries are on disk; returns where a replay differs from life. */
  Optional<String> sync(int count) {
    Optional<String> differs = Optional.empty();
    for (; durable < Math.min(count, entries.size()); durable++) {
      JournalEntry entry = entries.get(durable);
      shadow = seams.decide(shadow, entry.event()).state();
      approved.put(shadow.split().generation(), shadow.split().weightPpm());
      if (!shadow.equals(decided.get(durable)) && differs.isEmpty()) {
        differs =
            Optional.of(
                "entry %d, %s: replay says \"%s\", life said \"%s\""
                    .formatted(
                        entry.seq(),
                        entry.event().kind(),
                        shadow.reason(),
                        decided.get(durable).reason()));
      }
    }
    if (durable == entries.size()) {
      owedDownTo = Optional.empty();
    }
    return differs;
  }

  boolean isSynced(int count) {
    return durable >= count;
  }

  /** Forgets what was not synced; a lowering that was kept aside stays. */
  void lose() {
    entries.subList(durable, entries.size()).clear();
    decided.subList(durable, decided.size()).clear();
  }

  /** Keeps aside a lowering that acts before it is stored. */
  void owe(int weightPpm) {
    owedDownTo = Optional.of(weightPpm);
  }

  Optional<Integer> owed() {
    return owedDownTo;
  }

  ImmutableList<JournalEntry> durable() {
    return ImmutableList.copyOf(entries.subList(0, durable));
  }

  RolloutState first() {
    return first;
  }

  /** What a faithful replay of the disk comes to. */
  RolloutState shadow() {
    return shadow;
  }

  /** Whether the disk gives nobody less than this plan, so that it may go ahead. */
  boolean hasMoreThan(TrafficPlan plan) {
    return plan.weightPpm() <= shadow.split().weightPpm();
  }

  /** The weight that the journal gives a generation; empty when it knows none. */
  Optional<Integer> approvedPpm(long generation) {
    return Optional.ofNullable(approved.get(generation));
  }
}
