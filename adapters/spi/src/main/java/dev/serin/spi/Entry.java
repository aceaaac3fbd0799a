package dev.serin.spi;

import java.time.Instant;

/**
 * One journal entry.
 *
 * @param stream what the entry is about, such as {@code rollouts/default/checkout-v2}
 * @param seq its place in the stream: 1 for the first, then without gaps
 * @param at when it was decided, kept to the nanosecond
 * @param kind the caller's word for the shape of the body
 * @param body the caller's text
 */
public record Entry(String stream, long seq, Instant at, String kind, String body) {

  public Entry {
    StreamSnapshot.requirePlace(stream, seq);
  }
}
