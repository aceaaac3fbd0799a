package dev.serin.bench.fleet;

/**
 * A fleet to play.
 *
 * @param port of the server, on loopback
 * @param streams proxies, each with one stream
 * @param perConnection streams that share one connection
 * @param delta the incremental variant; else the state of the world
 * @param own whether every proxy has a cluster of its own beside the shared ones
 */
public record FleetSpec(int port, int streams, int perConnection, boolean delta, boolean own) {
  public FleetSpec {
    if (streams < 1 || perConnection < 1) {
      throw new IllegalArgumentException(
          "streams: " + streams + ", perConnection: " + perConnection + " (expected: 1 or more)");
    }
  }

  int connections() {
    return (streams + perConnection - 1) / perConnection;
  }
}
