package dev.serin.judge;

import java.time.Duration;

/**
 * Seconds on their way to a window of ten for the default detector.
 *
 * @param sum of the usable seconds
 * @param length of all seconds, usable or not; zero when empty
 * @param newStep whether its first second began a step
 */
record Fold(Sample sum, Duration length, boolean newStep) {

  /** What the default detector's caps and dispersion blocks are made for. */
  static final Duration WINDOW = Duration.ofSeconds(10);

  static Fold empty(int clusters, int latencyMetrics) {
    return new Fold(Sample.unusable(clusters, latencyMetrics), Duration.ZERO, false);
  }

  boolean isEmpty() {
    return length.isZero();
  }

  boolean full() {
    return length.compareTo(WINDOW) >= 0;
  }

  Fold plus(Sample second, Duration duration, boolean step) {
    return new Fold(sum.plus(second), length.plus(duration), newStep || step);
  }
}
