package dev.serin.judge;

import java.time.Duration;
import java.util.OptionalDouble;

/**
 * Where the rollout stands, as far as its windows tell.
 *
 * @param begun whether there was a window at all
 * @param generation of the last window
 * @param canaryPpm of the last window
 * @param control of the last window
 * @param canarySinceS start of the first window with canary traffic
 * @param stepCanary the canary's requests in the split since generation or share last changed
 * @param stepStable stable's
 * @param stepExposed the canary's with cohorts
 * @param stableRequests stable's since the start of the rollout
 */
record Progress(
    boolean begun,
    long generation,
    int canaryPpm,
    Control control,
    OptionalDouble canarySinceS,
    long stepCanary,
    long stepStable,
    long stepExposed,
    long stableRequests,
    long stableErrors) {

  static final Progress START =
      new Progress(false, 0, 0, Control.REST, OptionalDouble.empty(), 0, 0, 0, 0, 0);

  /** Requests that stable should have had by now before its silence is taken for absence. */
  private static final double SILENCE = 20;

  Progress observe(Window window) {
    boolean same = continues(window);
    Exposure n = window.usable() ? Exposure.of(window) : Exposure.NONE;
    OptionalDouble since = canarySinceS;
    if (since.isEmpty() && n.canary() > 0) {
      since = OptionalDouble.of(window.startS());
    }
    return new Progress(
        true,
        window.generation(),
        window.canaryPpm(),
        window.control(),
        since,
        (same ? stepCanary : 0) + n.split(),
        (same ? stepStable : 0) + n.stable(),
        (same ? stepExposed : 0) + n.canary(),
        stableRequests + n.stable(),
        stableErrors + n.stableErrors());
  }

  /** Whether the split is still the one of the window before. */
  boolean continues(Window window) {
    return begun && generation == window.generation() && canaryPpm == window.canaryPpm();
  }

  /** The first window, and the first with a larger share: new capital is staked then. */
  boolean startsStep(Window window) {
    return !begun || window.canaryPpm() > canaryPpm;
  }

  boolean warm(Window window, Duration warmUp) {
    return canarySinceS.isPresent()
        && window.startS() >= canarySinceS.getAsDouble() + warmUp.toMillis() / 1000.0;
  }

  boolean randomised() {
    return stepCanary > 0 && stepStable > 0;
  }

  /**
   * Whether the split sends both arms traffic that could be compared, however little. Not so
   * without a split, nor where stable stayed silent although the split would have sent it at least
   * twenty requests.
   */
  boolean comparable() {
    return canaryPpm > 0 && control.sharePpm(canaryPpm) > 0 && !stableSilent();
  }

  boolean stableSilent() {
    double due = stepCanary * (double) control.sharePpm(canaryPpm) / Math.max(canaryPpm, 1);
    return stepStable == 0 && due >= SILENCE;
  }

  double stableRatio() {
    return stableRequests == 0 ? 0 : (double) stableErrors / stableRequests;
  }
}
