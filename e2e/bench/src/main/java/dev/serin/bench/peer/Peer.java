package dev.serin.bench.peer;

import java.io.IOException;

/** A server under test. */
interface Peer extends AutoCloseable {
  /** Serves from now on; returns the port. */
  int start() throws IOException;

  /** The call that changes a weight, as a program that embeds this server would make it. */
  void push(int weight);

  /** Ends it at once, with its streams. */
  @Override
  void close();
}
