package dev.serin.server;

import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * The system's time as long as that goes on. When it is set back, this one goes on by the time that
 * really passes, a thousandth slower until the two meet: windows of evidence are folded by it, and
 * a clock that stood still would leave a canary unjudged for as long. Set forward it follows,
 * because a machine that slept cannot be told from one that was set.
 */
final class OnwardClock implements InstantSource {
  private static final int SLOWER_BY = 1_000;

  private final InstantSource system;
  private final LongSupplier nanoTime;
  private Instant at;
  private long readAt;

  OnwardClock(InstantSource system, LongSupplier nanoTime) {
    this.system = system;
    this.nanoTime = nanoTime;
    this.at = system.instant();
    this.readAt = nanoTime.getAsLong();
  }

  @Override
  public synchronized Instant instant() {
    long now = nanoTime.getAsLong();
    long passed = Math.max(0, now - readAt);
    Instant said = system.instant();
    Instant onward = at.plusNanos(passed);
    if (said.isBefore(onward)) {
      Duration ahead = Duration.between(said, onward);
      Duration most = Duration.ofNanos(passed / SLOWER_BY);
      at = onward.minus(ahead.compareTo(most) < 0 ? ahead : most);
    } else {
      at = said;
    }
    readAt = now;
    return at;
  }
}
