package dev.serin.server.control;

import dev.serin.judge.ArmCounts;
import dev.serin.judge.Window;

/** What both versions have answered under a rollout, for people; decisions use the judge. */
public record Tally(
    long canaryRequests, long canaryErrors, long stableRequests, long stableErrors) {
  static final Tally NONE = new Tally(0, 0, 0, 0);

  Tally plus(Window window) {
    long canary = canaryRequests;
    long canaryBad = canaryErrors;
    long stable = stableRequests;
    long stableBad = stableErrors;
    for (Window.Arms arms : window.arms().values()) {
      canary += arms.canary().requests();
      canaryBad += arms.canary().errors();
      stable += arms.stable().requests();
      stableBad += arms.stable().errors();
    }
    for (ArmCounts cohort : window.canaryCohorts().values()) {
      canary += cohort.requests();
      canaryBad += cohort.errors();
    }
    return new Tally(canary, canaryBad, stable, stableBad);
  }

  /** Canary requests that failed beyond what stable's error ratio would have failed. */
  public long spoiled() {
    double expected =
        stableRequests == 0 ? 0 : (double) stableErrors / stableRequests * canaryRequests;
    return Math.max(0, Math.round(canaryErrors - expected));
  }
}
