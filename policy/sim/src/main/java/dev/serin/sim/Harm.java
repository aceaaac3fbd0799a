package dev.serin.sim;

import dev.serin.judge.Window;
import dev.serin.rollout.Event;
import dev.serin.rollout.HoldCause;
import dev.serin.rollout.Move;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Stage;
import java.time.Duration;
import java.util.Optional;

/** Whether harm is seen where there is some, and not where one proxy alone says so. */
final class Harm {

  /** Windows of plain harm after which a rollout must have been stopped. */
  private static final int PATIENCE = 30;

  /** Requests of the canary from which on a window is plain. */
  private static final long PLAIN = 500;

  private final Traffic traffic;
  private int windows;

  Harm(Traffic traffic) {
    this.traffic = traffic;
  }

  Optional<Violation> decided(
      RolloutState before, Event event, RolloutState after, Optional<Move> move) {
    boolean forced = event instanceof Event.Promote promote && promote.force();
    if (forced || after.split().generation() != before.split().generation()) {
      windows = 0;
    }
    if (!(event instanceof Event.Observed(var at, var window))
        || window.generation() != before.split().generation()) {
      return Optional.empty();
    }
    boolean blamed = (isHeldForHarm(after) && !isHeldForHarm(before)) || isRolledBack(move);
    if (blamed && !traffic.everBroken && traffic.loneSlanderer()) {
      return found(11, "one proxy's statistics stopped a healthy release");
    }
    if (isPlain(window) && isJudged(before)) {
      windows++;
    } else if (window.usable()) {
      windows = 0;
    }
    boolean stopped = isHeldForHarm(after) || after.stage() instanceof Stage.RollingBack;
    return windows >= PATIENCE && !stopped
        ? found(7, "plain harm for %d windows: %s".formatted(windows, after.reason()))
        : Optional.empty();
  }

  private static Optional<Violation> found(int invariant, String what) {
    return Optional.of(new Violation(invariant, Duration.ZERO, what));
  }

  private static boolean isRolledBack(Optional<Move> move) {
    return move.filter(m -> m == Move.ROLL_BACK).isPresent();
  }

  private static boolean isHeldForHarm(RolloutState state) {
    return state.hold().filter(h -> h.cause() == HoldCause.HARM).isPresent();
  }

  private static boolean isJudged(RolloutState state) {
    return state.evidence().judge().isPresent()
        && state.split().exposes()
        && !state.isOver()
        && !(state.stage() instanceof Stage.RollingBack);
  }

  private static boolean isPlain(Window window) {
    long canary = 0;
    long canaryErrors = 0;
    long stable = 0;
    long stableErrors = 0;
    for (Window.Arms arms : window.arms().values()) {
      canary += arms.canary().requests();
      canaryErrors += arms.canary().errors();
      stable += arms.stable().requests();
      stableErrors += arms.stable().errors();
    }
    return window.usable()
        && canary >= PLAIN
        && 2 * canaryErrors >= canary
        && 20 * stableErrors <= stable;
  }
}
