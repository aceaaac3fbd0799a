package dev.serin.policy;

/**
 * How many requests each proxy sends to the canary; it answers those beyond with 429 itself.
 *
 * @param requestsPerSecond at one proxy, 1 or more
 * @param burst how many may come at once, {@code requestsPerSecond} or more
 */
public record RateLimit(int requestsPerSecond, int burst) {
  public RateLimit {
    if (requestsPerSecond < 1) {
      throw new IllegalArgumentException(
          "rate limit: " + requestsPerSecond + " a second (expected: 1 or more)");
    }
    if (burst < requestsPerSecond) {
      throw new IllegalArgumentException(
          "burst: " + burst + " (expected: " + requestsPerSecond + " or more, a second's worth)");
    }
  }
}
