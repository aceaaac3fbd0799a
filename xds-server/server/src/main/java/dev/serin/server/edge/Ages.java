package dev.serin.server.edge;

import dev.serin.server.config.ServerConfig.Lifetimes;
import java.time.Duration;
import java.util.concurrent.ThreadLocalRandom;

/**
 * When old connections go. The transport asks a connection to go at its age, 10 % more or less; its
 * streams are ended after that, spread over the grace, and what is left then is cut off.
 */
final class Ages {
  /** The transport's own jitter; a stream ended before the request to go would come back. */
  private static final double JITTER = 0.1;

  private static final Duration SLACK = Duration.ofSeconds(5);

  private Ages() {}

  /** How long after its connection's begin a stream ends. */
  static long streamNanos(Lifetimes lifetimes) {
    double grace = ThreadLocalRandom.current().nextDouble() * lifetimes.maxAgeGrace().toNanos();
    return (long) (lifetimes.maxAge().toNanos() * (1 + JITTER) + grace);
  }

  /** How long after its request to go the transport cuts a connection off. */
  static Duration cutOffAfter(Lifetimes lifetimes) {
    double twice = 2 * JITTER * lifetimes.maxAge().toNanos();
    return Duration.ofNanos((long) twice).plus(lifetimes.maxAgeGrace()).plus(SLACK);
  }
}
