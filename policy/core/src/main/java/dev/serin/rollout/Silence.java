package dev.serin.rollout;

import dev.serin.judge.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Usable windows in a row in which the canary answered nothing although stable did.
 *
 * @param since start of the first of them
 * @param until end of the last of them
 * @param expected requests that the canary should have answered by its weight
 */
public record Silence(Instant since, Instant until, double expected) {

  private static final Duration TOO_LONG = Duration.ofSeconds(30);

  /** At 20 expected requests chance leaves a canary without any once in 500 million times. */
  private static final double TOO_MANY = 20;

  static Optional<Silence> after(Optional<Silence> before, Window window, Instant at) {
    long canary = window.arms().values().stream().mapToLong(a -> a.canary().requests()).sum();
    long stable = window.arms().values().stream().mapToLong(a -> a.stable().requests()).sum();
    if (canary > 0 || window.canaryPpm() == 0 || window.controlPpm() == 0) {
      return Optional.empty();
    }
    double odds = (double) window.canaryPpm() / window.controlPpm();
    Instant since = before.map(Silence::since).orElse(at.minus(window.duration()));
    double expected = before.map(Silence::expected).orElse(0.0) + stable * odds;
    return Optional.of(new Silence(since, at, expected));
  }

  boolean isAlarming() {
    return expected >= TOO_MANY && Budget.elapsed(since, until).compareTo(TOO_LONG) > 0;
  }
}
