package dev.serin.e2e.traffic;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * How a version answers.
 *
 * @param errorShare the share of requests that it answers with status 500, 0 to 1
 * @param medianLatency of its log-normal latency, 0 for an answer at once, at most a minute
 * @param latencySpread the standard deviation of the latency's natural logarithm, 0 for a constant;
 *     at .5 the 99th percentile is 3.2 medians
 */
public record Behaviour(double errorShare, Duration medianLatency, double latencySpread) {

  // Before the constants that its check is for.
  private static final Duration LONGEST = Duration.ofMinutes(1);

  /** Answers at once and never with an error. */
  public static final Behaviour PERFECT = new Behaviour(0, Duration.ZERO, 0);

  public Behaviour {
    if (!(errorShare >= 0 && errorShare <= 1)) {
      throw new IllegalArgumentException("errorShare: " + errorShare + " (expected: 0 to 1)");
    }
    if (medianLatency.isNegative() || medianLatency.compareTo(LONGEST) > 0) {
      throw new IllegalArgumentException(
          "medianLatency: " + medianLatency + " (expected: 0 to " + LONGEST + ")");
    }
    if (!(latencySpread >= 0 && latencySpread <= 10)) {
      throw new IllegalArgumentException(
          "latencySpread: " + latencySpread + " (expected: 0 to 10)");
    }
  }

  boolean drawError(RandomGenerator random) {
    // Always drawn, so that a change of the share does not shift the latencies of a seed.
    return random.nextDouble() < errorShare;
  }

  /** One latency in nanoseconds. */
  long drawLatency(RandomGenerator random) {
    double factor = Math.exp(latencySpread * random.nextGaussian());
    return Math.min((long) (medianLatency.toNanos() * factor), LONGEST.toNanos());
  }
}
