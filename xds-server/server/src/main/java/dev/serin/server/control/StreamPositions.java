package dev.serin.server.control;

import dev.serin.spi.Entry;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The last sequence number of every stream, those of deleted resources included. Owned by the loop.
 */
final class StreamPositions {
  private final Map<String, Long> last = new HashMap<>();

  long last(String stream) {
    return last.getOrDefault(stream, 0L);
  }

  void advance(List<Entry> entries) {
    entries.forEach(entry -> advance(entry.stream(), entry.seq()));
  }

  void advance(String stream, long seq) {
    last.merge(stream, seq, Math::max);
  }
}
