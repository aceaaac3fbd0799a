package dev.serin.sim;

import java.time.Duration;

/**
 * An invariant that did not hold.
 *
 * @param invariant its number, as in docs/reliability.md
 * @param at since the beginning of the run
 */
public record Violation(int invariant, Duration at, String what) {
  @Override
  public String toString() {
    return "invariant %d at %s: %s".formatted(invariant, at, what);
  }
}
