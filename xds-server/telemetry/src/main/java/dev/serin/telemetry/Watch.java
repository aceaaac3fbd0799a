package dev.serin.telemetry;

import dev.serin.judge.Control;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import java.time.Instant;

/**
 * Evidence wanted: one rollout under one split.
 *
 * @param generation of the split; only proxies that ACKed exactly this one count
 * @param canaryPpm the canary's share of the randomised split
 * @param control what the canary is compared with
 * @param since the first window is the first whole second from here on
 */
public record Watch(
    ResourceName rollout,
    ResourceName service,
    String stable,
    String canary,
    long generation,
    int canaryPpm,
    Control control,
    Instant since) {

  public Watch {
    Ppm.require("canaryPpm", canaryPpm);
    if (stable.equals(canary)) {
      throw new IllegalArgumentException("canary: " + canary + " (expected: not the stable one)");
    }
  }

  /** Whether evidence of the one is evidence of the other. */
  boolean isSameSplitAs(Watch other) {
    return generation == other.generation
        && canaryPpm == other.canaryPpm
        && control.equals(other.control)
        && service.equals(other.service)
        && stable.equals(other.stable)
        && canary.equals(other.canary);
  }
}
