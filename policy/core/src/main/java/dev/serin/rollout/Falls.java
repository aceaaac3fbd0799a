package dev.serin.rollout;

import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Proceedings.Notch;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** The ways down and the ways to stop. None of them waits for anybody. */
final class Falls {

  private Falls() {}

  /** Does what the policy says about a failure. */
  static void follow(Turn turn, Exit exit, HoldCause cause, String detail) {
    follow(turn, exit, cause, Decided.SERIN, detail);
  }

  static void follow(Turn turn, Exit exit, HoldCause cause, String actor, String detail) {
    switch (possible(turn, exit)) {
      case Exit.Rollback() -> rollBack(turn, actor, detail);
      case Exit.Hold() -> hold(turn, cause, Optional.empty(), detail);
      case Exit.HoldThenRollback(var after) ->
          hold(turn, cause, Optional.of(turn.at.plus(after)), detail);
    }
  }

  /** After a step without return nothing goes back by itself. */
  static Exit possible(Turn turn, Exit exit) {
    return turn.passage.committed() ? new Exit.Hold() : exit;
  }

  /** Stops where it is, unless it already stopped for something as grave. */
  static void hold(Turn turn, HoldCause cause, Optional<Instant> rollbackAt, String detail) {
    holdSince(turn, cause, turn.at, rollbackAt, detail);
  }

  static void holdSince(
      Turn turn, HoldCause cause, Instant since, Optional<Instant> rollbackAt, String detail) {
    if (turn.hold.isPresent() && !cause.isGraverThan(turn.hold.get().cause())) {
      return;
    }
    Instant stopped = turn.hold.map(Hold::since).orElse(since);
    // What was announced stands: a graver cause does not take a rollback off the clock.
    Optional<Instant> due =
        Stream.of(turn.hold.flatMap(Hold::rollbackAt), rollbackAt)
            .flatMap(Optional::stream)
            .min(Comparator.naturalOrder());
    turn.hold = Optional.of(new Hold(cause, stopped, due, detail));
    turn.move(cause.move(), Decided.SERIN, detail);
  }

  /** Back by the policy's way: down its ramp, or at once; a release that was promoted at once. */
  static void rollBack(Turn turn, String actor, String what) {
    boolean undo = turn.stage instanceof Stage.KeptWarm;
    Optional<Notch> notch = undo ? Optional.empty() : nextNotch(turn);
    if (notch.isEmpty()) {
      toZero(turn, actor, what);
      return;
    }
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.manual = false;
    turn.publish(turn.split.loweredTo(notch.get().weightPpm()));
    turn.stage = new Stage.RollingBack(turn.at);
    turn.move(Move.ROLL_BACK, actor, what);
  }

  private static Optional<Notch> nextNotch(Turn turn) {
    return turn.before.policy().proceedings().ramp().stream()
        .filter(notch -> notch.weightPpm() < turn.split.weightPpm())
        .findFirst();
  }

  /** When the next weight of the way back is due. */
  static Optional<Instant> lowerAt(RolloutState state) {
    return state.stage() instanceof Stage.RollingBack(Instant since) && state.split().exposes()
        ? state.policy().proceedings().ramp().stream()
            .filter(notch -> notch.weightPpm() == state.split().weightPpm())
            .map(notch -> since.plus(notch.bake()))
            .findFirst()
        : Optional.empty();
  }

  /** Goes on down the ramp. */
  static void lower(Turn turn) {
    turn.publish(
        nextNotch(turn)
            .map(notch -> turn.split.loweredTo(notch.weightPpm()))
            .orElseGet(() -> turn.split.zero()));
    turn.stage = new Stage.RollingBack(turn.at);
    turn.move(Move.LOWER, turn.decided.actor(), turn.decided.what());
  }

  /** Zero for everyone at once; stable moves back when it had moved. */
  static void toZero(Turn turn, String actor, String what) {
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.manual = false;
    if (turn.split.generation() == 0) {
      turn.stage = new Stage.RolledBack();
      Hooks.tellRolledBack(turn);
      turn.add(new Effect.Finished(Effect.Outcome.ROLLED_BACK));
      turn.move(Move.NOTHING_OUT, actor, what);
      return;
    }
    boolean promoted = turn.stage instanceof Stage.KeptWarm;
    turn.publish(turn.split.zero());
    if (promoted) {
      turn.add(new Effect.SetStable(turn.before.spec().service(), turn.before.from()));
    }
    turn.stage = new Stage.RollingBack(turn.at);
    turn.move(Move.ROLL_BACK, actor, what);
  }

  /**
   * Takes back a split that the fleet refused. Nobody's share rises by it: a split that lowered
   * something keeps it low.
   */
  static void restorePrevious(Turn turn) {
    Split restored = turn.split.loweredTo(turn.previous);
    if (turn.split.exceeds(restored)) {
      turn.publish(restored);
      turn.stage = new Stage.Converging(turn.at);
    }
  }
}
