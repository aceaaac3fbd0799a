package dev.serin.server.api;

/**
 * Who reads a watch.
 *
 * @param <E> its events
 */
interface WatchReader<E> {
  /** Whether it takes an event now; one that does not gets what is newest later. */
  boolean isReady();

  /** Takes an event; false when it has gone. */
  boolean send(E event);
}
