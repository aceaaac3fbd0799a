package dev.serin.judge;

import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;

/**
 * One closed window of evidence for one rollout: counts per mesh cluster of the randomised split,
 * and apart from them the counts of each cohort, which are no random sample.
 *
 * @param generation the split generation that every count was taken under, each after that proxy's
 *     own ACK
 * @param startS start in seconds on the observer's clock
 * @param duration 1 s feeds both detectors (folded by ten for the default one), 10 s the default
 *     one only
 * @param canaryPpm the canary's share that was in force
 * @param control what of stable's requests the arms hold
 * @param arms per mesh cluster; a mesh cluster that sent nothing is absent
 * @param canaryCohorts the canary's counts per cohort, over all mesh clusters
 * @param usable false when telemetry was missing, stale or reset: the window then only passes time
 */
public record Window(
    long generation,
    double startS,
    Duration duration,
    int canaryPpm,
    Control control,
    ImmutableSortedMap<String, Arms> arms,
    ImmutableSortedMap<String, ArmCounts> canaryCohorts,
    boolean usable) {

  /** Both arms of the randomised split at the same time in the same place. */
  public record Arms(ArmCounts canary, ArmCounts stable) {}

  public Window {
    if (duration.isZero() || duration.isNegative()) {
      throw new IllegalArgumentException("duration: " + duration + " (expected: above 0s)");
    }
  }

  /** A window whose control is all of stable. */
  public Window(
      long generation,
      double startS,
      Duration duration,
      int canaryPpm,
      ImmutableSortedMap<String, Arms> arms,
      ImmutableSortedMap<String, ArmCounts> canaryCohorts,
      boolean usable) {
    this(generation, startS, duration, canaryPpm, Control.REST, arms, canaryCohorts, usable);
  }

  /** The control's share of the requests. */
  public int controlPpm() {
    return control.sharePpm(canaryPpm);
  }

  /** Requests that the canary answered, cohorts included. */
  public long canaryRequests() {
    long split = arms.values().stream().mapToLong(a -> a.canary().requests()).sum();
    return split + canaryCohorts.values().stream().mapToLong(ArmCounts::requests).sum();
  }
}
