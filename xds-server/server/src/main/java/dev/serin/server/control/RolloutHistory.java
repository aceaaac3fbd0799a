package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Verdict;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.Phase;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.spi.Entry;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.text.RecordJson;
import java.util.ArrayDeque;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Replays a rollout's journal to show each decision with the evidence of that moment; asked again,
 * it replays only what has come since.
 */
public final class RolloutHistory {
  private static final int PAGE = 1_000;

  /** So many decisions are shown at most, the newest ones. */
  private static final int MAX_DECISIONS = 10_000;

  /** Of so many rollouts it is kept how far they were replayed: who asks once asks again. */
  private static final int MAX_PASTS = 16;

  private final Store store;

  private final Map<ResourceName, Past> pasts =
      new LinkedHashMap<>(MAX_PASTS, 0.75f, true) {
        @Override
        protected boolean removeEldestEntry(Map.Entry<ResourceName, Past> eldest) {
          return size() > MAX_PASTS;
        }
      };

  public RolloutHistory(Store store) {
    this.store = store;
  }

  /**
   * One decision.
   *
   * @param cause the verb or event
   * @param verdict as the judge saw it then; empty where none had been formed
   */
  public record Step(JournalEntry entry, String cause, Optional<Verdict> verdict) {}

  /**
   * The decisions of a rollout, oldest first: entries that moved it, not those that only counted.
   */
  public ImmutableList<Step> decisions(ResourceName rollout) throws StoreException {
    Replay replay = new Replay(known(rollout));
    ImmutableList<Entry> page;
    do {
      page = store.history(RolloutStream.stream(rollout), replay.seq, PAGE);
      page.forEach(replay::next);
    } while (page.size() == PAGE);
    Past now = replay.past();
    synchronized (pasts) {
      pasts.put(rollout, now);
    }
    return now.decisions();
  }

  private Past known(ResourceName rollout) {
    synchronized (pasts) {
      return pasts.getOrDefault(rollout, Past.NONE);
    }
  }

  /** How far a journal has been replayed, and what that came to. */
  private record Past(long seq, Optional<RolloutState> state, ImmutableList<Step> decisions) {
    static final Past NONE = new Past(0, Optional.empty(), ImmutableList.of());
  }

  /** Goes on from a past, entry by entry. */
  private static final class Replay {
    private final ArrayDeque<Step> decisions;
    private long seq;
    private @Nullable RolloutState state;

    Replay(Past past) {
      seq = past.seq();
      state = past.state().orElse(null);
      decisions = new ArrayDeque<>(past.decisions());
    }

    void next(Entry entry) {
      seq = entry.seq();
      if (entry.kind().equals(RolloutStream.CREATED)) {
        state = RecordJson.read(entry.body(), RolloutState.class);
        decisions.clear();
      } else if (entry.kind().equals(RolloutStream.DELETED)) {
        state = null;
        decisions.clear();
      } else if (state != null) {
        JournalEntry written = RecordJson.read(entry.body(), JournalEntry.class);
        RolloutState next = Rollout.next(state, written.event()).state();
        if (moved(state, next)) {
          decisions.add(new Step(written, cause(entry), verdict(next)));
          if (decisions.size() > MAX_DECISIONS) {
            decisions.removeFirst();
          }
        }
        state = next;
      }
    }

    Past past() {
      return new Past(seq, Optional.ofNullable(state), ImmutableList.copyOf(decisions));
    }
  }

  private static boolean moved(RolloutState before, RolloutState after) {
    return before.phase() != after.phase()
        || before.step() != after.step()
        || before.split().generation() != after.split().generation()
        || !before.decided().equals(after.decided());
  }

  private static String cause(Entry entry) {
    return entry.kind().replaceAll("([a-z])([A-Z])", "$1-$2").toLowerCase(Locale.ROOT);
  }

  private static Optional<Verdict> verdict(@Nullable RolloutState state) {
    return Optional.ofNullable(state)
        .filter(s -> s.phase() != Phase.PENDING)
        .map(RolloutState::verdict)
        .filter(verdict -> !verdict.metrics().isEmpty());
  }
}
