package dev.serin.server.edge;

/**
 * So many a second, after a start with a number at once. Time comes in as {@link System#nanoTime}'s
 * or any other that counts like it. Not thread-safe.
 */
final class Rate {
  private static final long SECOND = 1_000_000_000L;

  private final long interval;
  private final long burst;

  /** When the next is due if all before had come evenly: the generic cell rate algorithm. */
  private long nextAt;

  Rate(int perSecond, int burst, long now) {
    this.interval = Math.max(1, SECOND / perSecond);
    this.burst = interval * (burst - 1);
    this.nextAt = now - this.burst;
  }

  /** Whether one more may be now; if so it is counted. */
  boolean take(long now) {
    if (nanosToNext(now) > 0) {
      return false;
    }
    // Who did not come for long has no more than the burst to his credit.
    nextAt = (nextAt - (now - burst) > 0 ? nextAt : now - burst) + interval;
    return true;
  }

  /** How long until one more may be; 0 or less: it may be now. */
  long nanosToNext(long now) {
    return nextAt - now;
  }
}
