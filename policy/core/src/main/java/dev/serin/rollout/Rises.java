package dev.serin.rollout;

import dev.serin.judge.Gate;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** The ways up: every change that can give the canary more traffic goes through here. */
final class Rises {

  private Rises() {}

  /** Puts a step in force and waits for the fleet. */
  static void enter(Turn turn, int step, Move move, String actor, String what) {
    turn.publish(turn.ramp().splitAt(step, turn.split.generation() + 1));
    turn.step = step;
    turn.manual = false;
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.stage = new Stage.Converging(turn.at);
    turn.move(move, actor, what);
  }

  /** Enters a step, or waits for the endpoints that it needs. */
  static void enterOrWait(Turn turn, int step, Move move, String actor, String what) {
    if (turn.ramp().hasEndpointsFor(step, turn.endpoints)) {
      enter(turn, step, move, actor, what);
    } else {
      turn.hold = Optional.empty();
      turn.pause = Optional.empty();
      turn.stage = new Stage.Waiting(step);
      turn.move(Move.WAIT_FOR_ENDPOINTS, actor, what);
    }
  }

  /** Leaves the step in force, for the next one or for promotion. */
  static void advance(Turn turn, Move move, String what) {
    turn.lowPower |= move == Move.ADVANCE_LOW_POWER;
    if (nextStep(turn) > turn.ramp().last()) {
      promote(turn, move, Decided.SERIN, what);
    } else {
      enterOrWait(turn, nextStep(turn), move, Decided.SERIN, what);
    }
  }

  /** The step to go on at: after a weight set by hand the first one above it. */
  static int nextStep(Turn turn) {
    return turn.manual ? turn.ramp().firstAbove(turn.split.weightPpm()) : turn.step + 1;
  }

  /** Sends everyone to the canary. */
  static void promote(Turn turn, Move move, String actor, String what) {
    turn.publish(turn.split.toAll());
    turn.step = turn.ramp().last();
    turn.manual = false;
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.stage = new Stage.Promoting(turn.at);
    turn.move(move, actor, what);
  }

  /** The fleet runs the new version: it is stable. */
  static void succeed(Turn turn, String actor, String what) {
    Duration keepWarm = turn.before.policy().keepWarm();
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.stage = new Stage.KeptWarm(turn.at.plus(keepWarm));
    turn.add(new Effect.SetStable(turn.before.spec().service(), turn.before.spec().to()));
    turn.move(Move.SUCCEED, actor, what);
  }

  /** A step that waited for endpoints goes out, when nothing else speaks against it. */
  static void enterWhenReady(Turn turn) {
    if (turn.stage instanceof Stage.Waiting(int step)
        && turn.hold.isEmpty()
        && turn.pause.isEmpty()
        && turn.ramp().hasEndpointsFor(step, turn.endpoints)
        && (!turn.split.exposes() || Fleet.isConverged(turn))
        && isEvidenceFresh(turn)
        && !pointsToHarm(turn)) {
      enter(turn, step, Move.ENDPOINTS_THERE, Decided.SERIN, endpointsThere(turn, step));
    }
  }

  private static String endpointsThere(Turn turn, int step) {
    return "The canary has %s and needs %d, so %s was published"
        .formatted(
            Reasons.count(turn.endpoints.canary(), "healthy endpoint"),
            turn.ramp().endpointsNeeded(step, turn.endpoints),
            Reasons.stepName(turn.ramp(), step));
  }

  /** Whether the last window is young enough to raise exposure on. */
  static boolean isEvidenceFresh(Turn turn) {
    if (turn.evidence.judge().isEmpty() || !turn.split.exposes()) {
      return true;
    }
    Duration lostAfter = turn.before.policy().onMetricsLost().after();
    Optional<Instant> last = turn.evidence.lastUsable();
    return last.isPresent() && Budget.elapsed(last.get(), turn.at).compareTo(lostAfter) < 0;
  }

  private static boolean pointsToHarm(Turn turn) {
    if (turn.evidence.judge().isEmpty() || !turn.split.exposes()) {
      return false;
    }
    Gate gate = turn.evidence.judge().get().gate();
    return gate.harmShown() || gate.signOfHarm() || gate.bothArmsBreach();
  }
}
