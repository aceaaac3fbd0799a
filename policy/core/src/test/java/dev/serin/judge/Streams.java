package dev.serin.judge;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.Window.Arms;
import java.time.Duration;

/** A judge fed by hand: keeps the clock and the split, so that a test only says what happened. */
final class Streams {

  private static final ImmutableDoubleArray LE =
      ImmutableDoubleArray.of(
          10, 10.5, 20, 21, 40, 42, 80, 84, 160, 168, 320, 336, Double.POSITIVE_INFINITY);

  private Judge judge;
  private double now;
  private int ppm = 100_000;
  private long generation = 1;

  Streams(Judge judge) {
    this.judge = judge;
  }

  Judge judge() {
    return judge;
  }

  Gate gate() {
    return judge.gate();
  }

  Verdict.State state() {
    return judge.verdict().state();
  }

  Streams weight(int canaryPpm) {
    ppm = canaryPpm;
    generation++;
    return this;
  }

  /** {@code times} windows of {@code seconds} with these counts in each. */
  Streams windows(int times, int seconds, ArmCounts canary, ArmCounts stable) {
    return windows(times, seconds, ImmutableSortedMap.of("local", new Arms(canary, stable)));
  }

  Streams windows(int times, int seconds, ImmutableSortedMap<String, Arms> arms) {
    for (int i = 0; i < times; i++) {
      take(seconds, arms, ImmutableSortedMap.of(), true);
    }
    return this;
  }

  Streams cohort(int times, int seconds, ArmCounts cohort, ArmCounts stable) {
    for (int i = 0; i < times; i++) {
      take(
          seconds,
          ImmutableSortedMap.of("local", new Arms(ArmCounts.NONE, stable)),
          ImmutableSortedMap.of("staff", cohort),
          true);
    }
    return this;
  }

  Streams gap(int times, int seconds) {
    for (int i = 0; i < times; i++) {
      take(seconds, ImmutableSortedMap.of(), ImmutableSortedMap.of(), false);
    }
    return this;
  }

  private void take(
      int seconds,
      ImmutableSortedMap<String, Arms> arms,
      ImmutableSortedMap<String, ArmCounts> cohorts,
      boolean usable) {
    judge =
        judge.observe(
            new Window(generation, now, Duration.ofSeconds(seconds), ppm, arms, cohorts, usable));
    now += seconds;
  }

  /** Requests of which {@code errors} failed; half of them take up to 20 ms, a hundredth 160 ms. */
  static ArmCounts arm(long requests, long errors) {
    return arm(requests, errors, 0);
  }

  /** The same, {@code octaves} times twice as slow. */
  static ArmCounts arm(long requests, long errors, int octaves) {
    long[] counts = new long[LE.length()];
    double[] shares = {0.3, 0.2, 0.2, 0.15, 0.1, 0.03, 0.01, 0.01};
    long left = requests;
    for (int i = 0; i < shares.length; i++) {
      long some = Math.min(left, Math.round(requests * shares[i]));
      counts[Math.min(2 + i + 2 * octaves, counts.length - 1)] += some;
      left -= some;
    }
    counts[2 + 2 * octaves] += left;
    return new ArmCounts(requests, errors, new Histogram(LE, ImmutableLongArray.copyOf(counts)));
  }

  /** Without latency. */
  static ArmCounts plain(long requests, long errors) {
    return new ArmCounts(requests, errors, Histogram.NONE);
  }
}
