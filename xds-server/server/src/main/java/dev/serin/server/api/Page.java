package dev.serin.server.api;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/**
 * One page of a sorted list. The token is the key of the last item, so a list that changes between
 * two pages neither repeats nor skips what stays.
 */
record Page<T>(List<T> items, String nextToken) {
  private static final int DEFAULT_SIZE = 100;

  static <T> Page<T> of(
      Iterable<T> sorted, Function<T, String> key, int size, int maxSize, String token) {
    if (size < 0) {
      throw Replies.badField("page_size", size + " (expected: 0 or more)");
    }
    int limit = Math.min(size == 0 ? Math.min(DEFAULT_SIZE, maxSize) : size, maxSize);
    List<T> items = new ArrayList<>();
    boolean passed = token.isEmpty();
    for (T item : sorted) {
      if (!passed) {
        passed = key.apply(item).compareTo(token) > 0;
      }
      if (passed) {
        if (items.size() == limit) {
          return new Page<>(items, key.apply(items.get(limit - 1)));
        }
        items.add(item);
      }
    }
    return new Page<>(items, "");
  }
}
