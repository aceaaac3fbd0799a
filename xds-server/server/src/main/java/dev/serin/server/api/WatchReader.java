package dev.serin.server.api;

/**
 * Who reads a watch.
 *
 * @param <E> its events
 */
interface WatchReader<E> {
  /** What a reader is told that is not to stop, but to come back. */
  String GOING = "the server is going away; watch again from the last revision";

  /** Whether it takes an event now; one that does not gets what is newest later. */
  boolean isReady();

  /** Takes an event; false when it has gone. */
  boolean send(E event);

  /** Ends it, because the server does. */
  void end();
}
