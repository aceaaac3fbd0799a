package dev.serin.rollout;

import dev.serin.judge.Gate;
import dev.serin.judge.Verdict;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.Step;
import java.time.Instant;
import java.util.Optional;

/** When a step may be left, and what happens when it cannot be. */
final class Gates {

  private Gates() {}

  /**
   * Leaves the step when its bake is over, its least met and harm ruled out, and the fleet that the
   * evidence is of still runs it. With the judge on and traffic on the canary only a usable window
   * calls this, so that silence never advances.
   */
  static void tryToLeave(Turn turn) {
    boolean stopped = turn.hold.filter(h -> !h.cause().awaitsVerdict()).isPresent();
    if (stopped
        || turn.pause.isPresent()
        || !(turn.stage instanceof Stage.Baking(Instant since))
        || turn.at.isBefore(since.plus(turn.ramp().bake(turn.step)))) {
      return;
    }
    if (!Fleet.runsTheSplit(turn)) {
      return;
    }
    if (leastMet(turn) && harmExcluded(turn)) {
      Rises.advance(turn, Move.ADVANCE, passed(turn));
    } else if (turn.hold.isEmpty()
        && isJudged(turn)
        && !turn.at.isBefore(inconclusiveAt(turn.before, since))) {
      inconclusive(turn);
    }
  }

  /** Whether the judge has a say: analysis is on and the canary has traffic. */
  static boolean isJudged(Turn turn) {
    return turn.evidence.judge().isPresent() && turn.split.exposes();
  }

  static Instant inconclusiveAt(RolloutState state, Instant bakingSince) {
    return bakingSince
        .plus(state.ramp().bake(state.step()))
        .plus(state.policy().onInconclusive().after());
  }

  private static boolean leastMet(Turn turn) {
    return turn.evidence.stepRequests() >= step(turn).leastCanaryRequests();
  }

  private static boolean harmExcluded(Turn turn) {
    if (!isJudged(turn)) {
      return true;
    }
    Gate gate = turn.evidence.judge().orElseThrow().gate();
    if (!turn.evidence.seenInStep() || gate.harmShown() || gate.signOfHarm()) {
      return false;
    }
    // A split that should give the canary requests and gave it none has shown nothing.
    boolean idle =
        !gate.randomised() && turn.split.weightPpm() > 0 && turn.evidence.stepRequests() == 0;
    return !idle && gate.harmRuledOut();
  }

  private static void inconclusive(Turn turn) {
    OnInconclusive rule = turn.before.policy().onInconclusive();
    Gate gate = turn.evidence.judge().orElseThrow().gate();
    if (!leastMet(turn)) {
      hold(turn, HoldCause.INCONCLUSIVE, tooFew(turn));
      return;
    }
    switch (rule.then()) {
      case HOLD -> hold(turn, signOr(gate), undecided(turn, gate));
      case ROLLBACK -> Falls.follow(turn, new Exit.Rollback(), signOr(gate), undecided(turn, gate));
      case ADVANCE -> Rises.advance(turn, Move.ADVANCE_INCONCLUSIVE, undecided(turn, gate));
      case AUTO -> {
        if (!gate.signOfHarm() && !gate.harmShown() && hasLowPower(turn)) {
          Rises.advance(turn, Move.ADVANCE_LOW_POWER, lowPower(turn));
        } else {
          hold(turn, signOr(gate), undecided(turn, gate));
        }
      }
    }
  }

  private static boolean hasLowPower(Turn turn) {
    Verdict verdict = turn.evidence.judge().orElseThrow().verdict();
    return verdict.state() == Verdict.State.INSUFFICIENT_DATA
        || turn.evidence.stepRequests()
            < Power.requestsNeeded(
                turn.before.policy().analysis(), verdict, turn.split.weightPpm());
  }

  private static HoldCause signOr(Gate gate) {
    return gate.signOfHarm() ? HoldCause.SIGN_OF_HARM : HoldCause.INCONCLUSIVE;
  }

  private static void hold(Turn turn, HoldCause cause, String what) {
    Falls.hold(turn, cause, Optional.empty(), what);
  }

  private static Step step(Turn turn) {
    return turn.ramp().step(turn.step);
  }

  private static String passed(Turn turn) {
    return "%s passed: %s, %s"
        .formatted(
            Reasons.theStep(turn.ramp(), turn.step),
            Reasons.count(turn.evidence.stepRequests(), "canary request"),
            isJudged(turn) ? "harm ruled out" : "nothing to judge");
  }

  private static String tooFew(Turn turn) {
    return "%s has %d of the %s that it needs at least"
        .formatted(
            Reasons.theStep(turn.ramp(), turn.step),
            turn.evidence.stepRequests(),
            Reasons.count(step(turn).leastCanaryRequests(), "canary request"));
  }

  private static String undecided(Turn turn, Gate gate) {
    return "%s is undecided after %s: %s"
        .formatted(
            Reasons.theStep(turn.ramp(), turn.step),
            Reasons.count(turn.evidence.stepRequests(), "canary request"),
            gate.signOfHarm()
                ? "the evidence points to harm"
                : "harm is neither shown nor ruled out");
  }

  private static String lowPower(Turn turn) {
    return "%s was left with LOW_POWER: %s cannot rule harm out and show no sign of it"
        .formatted(
            Reasons.theStep(turn.ramp(), turn.step),
            Reasons.count(turn.evidence.stepRequests(), "canary request"));
  }
}
