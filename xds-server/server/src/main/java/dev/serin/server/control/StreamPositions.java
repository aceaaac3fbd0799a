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

  /** The same for as long as nothing is written. */
  StreamPositions copy() {
    StreamPositions copy = new StreamPositions();
    copy.last.putAll(last);
    return copy;
  }

  /** Goes back to these: what was numbered since then was not written. */
  void goBackTo(StreamPositions earlier) {
    last.clear();
    last.putAll(earlier.last);
  }

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
