package dev.serin.server.edge;

import io.grpc.Attributes;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One peer's connection, as long as it stands.
 *
 * @param since by {@link System#nanoTime}
 * @param streams calls under way on it
 */
record Connection(PeerAddress from, PeerIdentity peer, long since, AtomicInteger streams) {

  /** Among a call's transport attributes. */
  static final Attributes.Key<Connection> KEY = Attributes.Key.create("serin-connection");
}
