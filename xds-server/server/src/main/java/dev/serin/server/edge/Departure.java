package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ServerConfig.XdsLimits;
import io.grpc.Server;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.concurrent.ThreadLocalRandom;
import java.util.concurrent.TimeUnit;

/**
 * Ends streams one by one in random order, so that a fleet does not come to its next server all at
 * once: as fast as that server lets new ones in if it is like this one, and within a time.
 */
final class Departure {
  private final ImmutableList<Streams.Stream> order;
  private final Duration over;

  private Departure(ImmutableList<Streams.Stream> order, Duration over) {
    this.order = order;
    this.over = over;
  }

  static Departure of(ImmutableList<Streams.Stream> streams, XdsLimits limits) {
    List<Streams.Stream> shuffled = new ArrayList<>(streams);
    Collections.shuffle(shuffled, ThreadLocalRandom.current());
    Duration atTheirPace =
        Duration.ofSeconds(streams.size()).dividedBy(limits.streams().newPerSecond());
    return new Departure(
        ImmutableList.copyOf(shuffled),
        atTheirPace.compareTo(limits.drain()) < 0 ? atTheirPace : limits.drain());
  }

  /** Waits meanwhile; returns early when the server has nothing left. */
  void run(Server server) throws InterruptedException {
    long begin = System.nanoTime();
    for (int i = 0; i < order.size(); i++) {
      long due = over.toNanos() * i / order.size();
      long left = due - (System.nanoTime() - begin);
      if (left > 0 && server.awaitTermination(left, TimeUnit.NANOSECONDS)) {
        return;
      }
      order.get(i).goAway();
    }
  }
}
