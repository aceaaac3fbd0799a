package dev.serin.judge;

import java.time.Duration;

/**
 * What is frozen of stable: its latencies, for the thresholds, and its error ratio, for the bound
 * that cohorts are held to. Where no history gave them, they come from the rollout's own first
 * minute and thousand requests of stable.
 *
 * @param latency stable's, as far as it was watched
 * @param watched time with traffic on stable
 * @param requests stable's
 * @param latencyFrozen whether the thresholds are taken, so that {@code latency} is no longer kept
 * @param ratioFrozen whether the error ratio no longer moves
 */
record Learning(
    Histogram latency,
    Duration watched,
    long requests,
    long errors,
    boolean latencyFrozen,
    boolean ratioFrozen) {

  /** Requests below which a histogram has no 99th percentile to speak of. */
  static final long LEAST_REQUESTS = 1_000;

  private static final Duration LEAST_TIME = Duration.ofSeconds(60);

  /**
   * @param latencyUnused true where no latency is judged, so that no histogram is kept
   */
  static Learning from(Baseline baseline, boolean latencyUnused) {
    boolean latency = latencyUnused || baseline.latency().total() >= LEAST_REQUESTS;
    boolean ratio = baseline.requests() > 0;
    return new Learning(
        Histogram.NONE, Duration.ZERO, baseline.requests(), baseline.errors(), latency, ratio);
  }

  /** Watches one window; frozen parts stay as they are. */
  Learning observe(Window window) {
    if (!window.usable() || (latencyFrozen && ratioFrozen)) {
      return this;
    }
    Histogram sum = latency;
    long requestsNow = 0;
    long errorsNow = 0;
    for (Window.Arms arms : window.arms().values()) {
      sum = latencyFrozen ? sum : sum.plus(arms.stable().latency());
      requestsNow += arms.stable().requests();
      errorsNow += arms.stable().errors();
    }
    if (requestsNow == 0) {
      return this;
    }
    Duration time = watched.plus(window.duration());
    long requestsNext = ratioFrozen ? requests : requests + requestsNow;
    long errorsNext = ratioFrozen ? errors : errors + errorsNow;
    boolean longEnough = time.compareTo(LEAST_TIME) >= 0;
    return new Learning(
        sum,
        time,
        requestsNext,
        errorsNext,
        latencyFrozen,
        ratioFrozen || (longEnough && requestsNext >= LEAST_REQUESTS));
  }

  /** Whether thresholds can be taken now. */
  boolean latencyReady() {
    return !latencyFrozen
        && watched.compareTo(LEAST_TIME) >= 0
        && latency.total() >= LEAST_REQUESTS;
  }

  Learning freezeLatency() {
    return new Learning(Histogram.NONE, watched, requests, errors, true, ratioFrozen);
  }

  /** Errors at three times stable's ratio plus five percentage points: the bound of cohorts. */
  double impliedBound() {
    double ratio = requests == 0 ? 0 : (double) errors / requests;
    return Math.min(1, 3 * ratio + 0.05);
  }
}
