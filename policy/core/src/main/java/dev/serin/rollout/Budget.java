package dev.serin.rollout;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Time that counts against the deadline.
 *
 * @param spent before {@code runningSince}
 * @param runningSince empty while the clock stands
 */
public record Budget(Duration spent, Optional<Instant> runningSince) {

  static final Budget UNTOUCHED = new Budget(Duration.ZERO, Optional.empty());

  Budget run(Instant at) {
    return runningSince.isPresent() ? this : new Budget(spent, Optional.of(at));
  }

  Budget stop(Instant at) {
    return runningSince
        .map(since -> new Budget(spent.plus(elapsed(since, at)), Optional.empty()))
        .orElse(this);
  }

  /** When {@code after} will have been spent; empty while the clock stands. */
  Optional<Instant> dueAt(Duration after) {
    return runningSince.map(since -> since.plus(after.minus(spent)));
  }

  /** Time from {@code since} to {@code at}; none when a clock went back. */
  static Duration elapsed(Instant since, Instant at) {
    return at.isBefore(since) ? Duration.ZERO : Duration.between(since, at);
  }
}
