package dev.serin.judge;

/**
 * Requests and errors over all mesh clusters, for the absolute bounds.
 *
 * @param split the canary's in the randomised split
 * @param stable stable's in the randomised split
 * @param cohort the canary's from cohorts, which are no random sample
 */
record Exposure(
    long split, long splitErrors, long stable, long stableErrors, long cohort, long cohortErrors) {

  static final Exposure NONE = new Exposure(0, 0, 0, 0, 0, 0);

  static Exposure of(Window window) {
    Exposure sum = NONE;
    for (Window.Arms arms : window.arms().values()) {
      sum =
          sum.plus(
              new Exposure(
                  arms.canary().requests(),
                  arms.canary().errors(),
                  arms.stable().requests(),
                  arms.stable().errors(),
                  0,
                  0));
    }
    for (ArmCounts cohort : window.canaryCohorts().values()) {
      sum = sum.plus(new Exposure(0, 0, 0, 0, cohort.requests(), cohort.errors()));
    }
    return sum;
  }

  Exposure plus(Exposure more) {
    return new Exposure(
        split + more.split,
        splitErrors + more.splitErrors,
        stable + more.stable,
        stableErrors + more.stableErrors,
        cohort + more.cohort,
        cohortErrors + more.cohortErrors);
  }

  long canary() {
    return split + cohort;
  }

  long canaryErrors() {
    return splitErrors + cohortErrors;
  }
}
