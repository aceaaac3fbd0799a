package dev.serin.server.edge;

import java.util.concurrent.ConcurrentHashMap;

/** How many there are of each, up to a number. Thread-safe. */
final class Quota<K> {
  private final int most;
  private final ConcurrentHashMap<K, Integer> counts = new ConcurrentHashMap<>();

  Quota(int most) {
    this.most = most;
  }

  /** Counts one more; false when there are as many as may be. */
  boolean enter(K key) {
    boolean[] entered = new boolean[1];
    counts.compute(
        key,
        (k, before) -> {
          int count = before == null ? 0 : before;
          entered[0] = count < most;
          return entered[0] ? Integer.valueOf(count + 1) : before;
        });
    return entered[0];
  }

  void leave(K key) {
    counts.computeIfPresent(key, (k, count) -> count > 1 ? count - 1 : null);
  }

  int most() {
    return most;
  }
}
