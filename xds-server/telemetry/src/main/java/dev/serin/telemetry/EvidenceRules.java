package dev.serin.telemetry;

import java.time.Duration;

/**
 * The times by which evidence is folded.
 *
 * @param lateness how long after its end a window is closed
 * @param freshness a proxy that was not heard for longer does not report
 */
public record EvidenceRules(Duration lateness, Duration freshness) {

  /** Half a second, and three. */
  public static final EvidenceRules DEFAULT =
      new EvidenceRules(Duration.ofMillis(500), Duration.ofSeconds(3));

  public EvidenceRules {
    if (lateness.isNegative() || freshness.compareTo(Duration.ofSeconds(1)) < 0) {
      throw new IllegalArgumentException(
          "lateness: " + lateness + ", freshness: " + freshness + " (expected: >= 0, >= 1 s)");
    }
  }
}
