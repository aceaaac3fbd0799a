package dev.serin.server.api;

import com.google.common.hash.HashFunction;
import com.google.common.hash.Hashing;
import dev.serin.v1.Proxy;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.concurrent.ConcurrentSkipListMap;
import org.jspecify.annotations.Nullable;

/**
 * The last change of every proxy, by the revision that it got. Whoever has seen everything up to a
 * revision needs what stands behind it and nothing else, so that a watch is a number. One thread
 * writes, any reads.
 */
final class FleetBoard {
  /** Proxies that are forgotten and still stand here, so that watches hear of it. */
  private static final int MAX_FORGOTTEN = 10_000;

  private static final HashFunction FINGERPRINT = Hashing.farmHashFingerprint64();

  private final ConcurrentSkipListMap<Long, Change> changes = new ConcurrentSkipListMap<>();
  private final Map<String, Change> byName = new HashMap<>();
  private int forgotten;
  private volatile long revision;
  private volatile long horizon;

  /**
   * A change.
   *
   * @param print tells one state of a proxy from another
   * @param proxy what it came to; null: it was forgotten, or nobody watches
   */
  record Change(
      long revision, String name, boolean isForgotten, long print, @Nullable Proxy proxy) {}

  /**
   * An empty board.
   *
   * @param revision counts from here; above everything that another server may have given out
   */
  FleetBoard(long revision) {
    this.revision = revision;
    this.horizon = revision;
  }

  /** The revision of the last change. */
  long revision() {
    return revision;
  }

  /** Who has seen less than this has missed what is not kept any more. */
  long horizon() {
    return horizon;
  }

  /** What has changed after a revision, the oldest first; of each proxy its last change. */
  NavigableMap<Long, Change> after(long seen) {
    return changes.tailMap(seen, false);
  }

  /** Takes the whole fleet as it is now. */
  void update(Collection<Proxy> fleet) {
    Set<String> gone = new HashSet<>(byName.keySet());
    for (Proxy proxy : fleet) {
      gone.remove(proxy.getName());
      // When it was last heard is no news.
      long print =
          FINGERPRINT.hashBytes(proxy.toBuilder().clearLastSeen().build().toByteArray()).asLong();
      Change known = byName.get(proxy.getName());
      if (known == null || known.isForgotten() || known.print() != print) {
        put(known, new Change(revision + 1, proxy.getName(), false, print, proxy));
      } else {
        replace(new Change(known.revision(), proxy.getName(), false, print, proxy));
      }
    }
    for (String name : gone) {
      Change known = byName.get(name);
      if (known != null && !known.isForgotten()) {
        put(known, new Change(revision + 1, name, true, 0, null));
      }
    }
    if (forgotten > MAX_FORGOTTEN) {
      dropForgotten();
    }
  }

  /** Nobody watches: keeps what a watch that comes back needs, without the messages. */
  void rest() {
    for (Change change : changes.values()) {
      if (change.proxy() != null) {
        replace(new Change(change.revision(), change.name(), false, change.print(), null));
      }
    }
  }

  private void put(@Nullable Change before, Change after) {
    if (before != null) {
      changes.remove(before.revision());
      forgotten -= before.isForgotten() ? 1 : 0;
    }
    forgotten += after.isForgotten() ? 1 : 0;
    replace(after);
    revision = after.revision();
  }

  private void replace(Change change) {
    changes.put(change.revision(), change);
    byName.put(change.name(), change);
  }

  private void dropForgotten() {
    for (Change change : changes.values()) {
      if (forgotten <= MAX_FORGOTTEN / 2) {
        return;
      }
      if (change.isForgotten()) {
        changes.remove(change.revision());
        byName.remove(change.name());
        forgotten--;
        horizon = change.revision();
      }
    }
  }
}
