package dev.serin.spi;

/**
 * A stream's state after one of its entries, so that a restart need not replay from the first.
 *
 * @param stream the stream
 * @param seq the last entry that the state includes, at least 1
 * @param body the caller's text
 */
public record StreamSnapshot(String stream, long seq, String body) {

  public StreamSnapshot {
    requirePlace(stream, seq);
  }

  static void requirePlace(String stream, long seq) {
    if (stream.isEmpty()) {
      throw new IllegalArgumentException("stream: empty (expected: a name such as rollouts/T/R)");
    }
    if (seq < 1) {
      throw new IllegalArgumentException("seq of " + stream + ": " + seq + " (expected: >= 1)");
    }
  }
}
