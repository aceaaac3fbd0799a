package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
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
    turn.passage =
        turn.passage.atGate(Optional.empty()).committed(turn.ramp().hasNoReturnUpTo(step));
    turn.stage = new Stage.Converging(turn.at);
    turn.move(move, actor, what);
  }

  /**
   * Enters a step, or waits for what stands before it; the promotion is the step after the last.
   */
  static void enterOrWait(Turn turn, int step, Move move, String actor, String what) {
    turn.passage = turn.passage.atGate(Optional.empty());
    if (turn.gateway().obstacles(step).isEmpty()) {
      pass(turn, step, move, actor, what);
    } else {
      await(turn, step, actor, what);
    }
  }

  /** Through a gateway in which nothing stands. */
  static void pass(Turn turn, int step, Move move, String actor, String what) {
    if (step > turn.ramp().last()) {
      promote(turn, move, actor, what);
    } else if (turn.ramp().step(step).isGateOnly()) {
      turn.step = step;
      enterOrWait(turn, step + 1, move, actor, what);
    } else {
      enter(turn, step, move, actor, what);
    }
  }

  static void await(Turn turn, int step, String actor, String what) {
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.manual = false;
    boolean forApproval = turn.gateway().pendingApproval(step).isPresent();
    turn.passage = turn.passage.atGate(forApproval ? Optional.of(turn.at) : Optional.empty());
    if (!turn.split.terms().treatment().isNone()) {
      turn.publish(turn.split.betweenSteps()); // it lasts for its step, however long the next waits
    }
    turn.stage = new Stage.Waiting(step);
    turn.move(Move.WAIT, actor, what);
    if (forApproval) {
      turn.announce(Effect.Notice.APPROVAL_NEEDED);
    }
  }

  /** Leaves the step in force, for the next one or for promotion. */
  static void advance(Turn turn, Move move, String what) {
    turn.lowPower |= move == Move.ADVANCE_LOW_POWER;
    enterOrWait(turn, nextStep(turn), move, Decided.SERIN, what);
  }

  /**
   * The step to go on at: after a weight set by hand the first one above it, but not past an
   * approval that has not been given.
   */
  static int nextStep(Turn turn) {
    return turn.manual
        ? turn.gateway().stepAbove(turn.step, turn.split.weightPpm())
        : turn.step + 1;
  }

  /** Sends everyone to the canary. */
  static void promote(Turn turn, Move move, String actor, String what) {
    turn.publish(turn.split.toAll());
    turn.step = turn.ramp().last();
    turn.manual = false;
    turn.hold = Optional.empty();
    turn.pause = Optional.empty();
    turn.passage =
        turn.passage.atGate(Optional.empty()).committed(turn.ramp().hasNoReturnUpTo(turn.step));
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

  /** What speaks from outside against growth has changed. A retry has to know it, too. */
  static void blocked(Turn turn, ImmutableList<Block> blocks) {
    if (!turn.before.isOver() || turn.stage instanceof Stage.RolledBack) {
      turn.passage = turn.passage.blockedBy(blocks);
    }
  }

  /** Has the next tick see to a step that waits, when there is something to do about it. */
  static void lookAgain(Turn turn) {
    if (turn.passage.lookAgain().isEmpty()
        && turn.stage instanceof Stage.Waiting(int step)
        && mayGoOn(turn)
        && somethingToDo(turn, step)) {
      turn.passage = turn.passage.lookAgainAt(Optional.of(turn.at));
    }
  }

  private static boolean somethingToDo(Turn turn, int step) {
    ImmutableList<Obstacle> obstacles = turn.gateway().obstacles(step);
    return obstacles.isEmpty()
        || (Gateway.onlyHooks(obstacles)
            && turn.gateway().questions(step).stream()
                .map(q -> turn.passage.call(q.hook(), q.event()))
                .anyMatch(call -> call.isEmpty() || call.get().hasFailed()));
  }

  /** A step that waited goes out, when nothing stands before it any more. */
  static void enterWhenReady(Turn turn) {
    if (!(turn.stage instanceof Stage.Waiting(int step))) {
      return;
    }
    turn.passage = turn.passage.lookAgainAt(Optional.empty());
    if (!mayGoOn(turn)) {
      return;
    }
    ImmutableList<Obstacle> obstacles = turn.gateway().obstacles(step);
    if (obstacles.isEmpty()) {
      pass(turn, step, Move.ENTER, Decided.SERIN, cleared(turn, step));
    } else if (Gateway.onlyHooks(obstacles)) {
      Hooks.ask(turn, step);
    }
  }

  /** Whether what is in force speaks for more: the fleet runs it, and fresh evidence is not bad. */
  private static boolean mayGoOn(Turn turn) {
    return turn.hold.isEmpty()
        && turn.pause.isEmpty()
        && (!turn.split.exposes() || Fleet.isConverged(turn))
        && isEvidenceFresh(turn)
        && !pointsToHarm(turn);
  }

  private static String cleared(Turn turn, int step) {
    return "What %s waited for is there, so it was published"
        .formatted(Reasons.stepName(turn.ramp(), step));
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
