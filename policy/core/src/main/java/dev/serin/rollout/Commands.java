package dev.serin.rollout;

import dev.serin.judge.Gate;
import dev.serin.policy.Ppm;
import java.util.Optional;

/** What people ask for. What makes no sense is refused with the verb that would. */
final class Commands {

  private Commands() {}

  static void apply(Turn turn, Event.Command command) {
    switch (command) {
      case Event.Started start -> start(turn, start);
      case Event.Pause pause -> pause(turn, pause.by());
      case Event.Resume resume -> resume(turn, resume.by());
      case Event.Promote promote -> Promotion.promote(turn, promote);
      case Event.SetWeight set -> setWeight(turn, set);
      case Event.Abort abort -> Returns.abort(turn, abort);
      case Event.Rollback rollback -> Returns.rollback(turn, rollback.by());
      case Event.Retry retry -> retry(turn, retry.by());
      case Event.Supersede supersede -> Returns.supersede(turn, supersede);
      case Event.Approve approve -> Approvals.approve(turn, approve);
      case Event.Reject reject -> Approvals.reject(turn, reject);
      case Event.Skip skip -> Hurries.skip(turn, skip);
      case Event.Urgent urgent -> Hurries.urgent(turn, urgent.by());
    }
  }

  private static void start(Turn turn, Event.Started start) {
    if (!(turn.stage instanceof Stage.Pending)) {
      turn.refuse("It has been started already and is " + turn.before.phase() + "; " + way(turn));
      return;
    }
    turn.opening = Optional.of(start.opening());
    turn.judgeAfresh();
    begin(turn, Move.BEGIN, start.by(), "started it");
  }

  private static void begin(Turn turn, Move move, By by, String what) {
    int first = turn.ramp().first();
    String skipped =
        first == 1 ? "" : ", %d steps skipped for want of traffic".formatted(first - 1);
    Rises.enterOrWait(
        turn,
        first,
        move,
        by.actor(),
        "%s %s at %s%s".formatted(by, what, Reasons.stepName(turn.ramp(), first), skipped));
  }

  private static void pause(Turn turn, By by) {
    switch (turn.before.phase()) {
      case WAITING, PROGRESSING, HOLDING, PROMOTING -> {
        turn.pause = Optional.of(new Pause(turn.at, by));
        withoutTimedRollback(turn);
        turn.move(Move.STOP, by.actor(), by + " paused it");
      }
      case PENDING, PAUSED, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s cannot be paused; %s"
                  .formatted(turn.before.phase(), way(turn)));
    }
  }

  /** Whoever pauses or sets a weight has decided: the rollout no longer goes back by itself. */
  private static void withoutTimedRollback(Turn turn) {
    turn.hold = turn.hold.map(h -> new Hold(h.cause(), h.since(), Optional.empty(), h.detail()));
  }

  private static void resume(Turn turn, By by) {
    if (turn.pause.isEmpty() || turn.before.phase() != Phase.PAUSED) {
      turn.refuse(
          "A rollout that is %s is not paused; %s".formatted(turn.before.phase(), way(turn)));
      return;
    }
    boolean staysHeld = turn.hold.filter(h -> h.cause().outlastsResume()).isPresent();
    if (turn.manual && !staysHeld) {
      int step = Rises.nextStep(turn);
      String what =
          "%s resumed it at %s, the first step above %s"
              .formatted(
                  by, Reasons.stepName(turn.ramp(), step), Ppm.percent(turn.split.weightPpm()));
      Rises.enterOrWait(turn, step, Move.STEP_ABOVE, by.actor(), what);
      return;
    }
    if (turn.hold.isEmpty()) {
      turn.bakeStoodStillSince(turn.pause.get().since());
    }
    restartClocks(turn);
    turn.pause = Optional.empty();
    turn.move(Move.CONTINUE, by.actor(), by + " resumed it");
  }

  static void restartClocks(Turn turn) {
    turn.evidence = turn.evidence.expectedFrom(turn.at);
    if (turn.stage instanceof Stage.Converging) {
      turn.stage = new Stage.Converging(turn.at);
    } else if (turn.stage instanceof Stage.Promoting) {
      turn.stage = new Stage.Promoting(turn.at);
    }
  }

  private static void setWeight(Turn turn, Event.SetWeight set) {
    boolean raises = set.weightPpm() > turn.split.weightPpm();
    boolean lowers = set.weightPpm() < turn.split.weightPpm();
    if (set.weightPpm() < 0 || set.weightPpm() > Ppm.ALL) {
      turn.refuse("weight: " + set.weightPpm() + " ppm (expected: 0..1000000); `set-weight`");
      return;
    }
    int variants = turn.before.spec().variants().totalPpm();
    if (set.weightPpm() > Ppm.ALL - variants) {
      turn.refuse(
          "weight: %s (expected: at most %s, since variants have %s); `set-weight`"
              .formatted(
                  Ppm.percent(set.weightPpm()),
                  Ppm.percent(Ppm.ALL - variants),
                  Ppm.percent(variants)));
      return;
    }
    switch (turn.before.phase()) {
      case WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING -> {
        if (raises && isUnhealthy(turn)) {
          turn.refuse(
              "%s was shown to do harm, so its weight may only go down; `rollback`, or against the evidence `promote --force`"
                  .formatted(turn.before.spec().to()));
        } else if (raises && turn.endpoints.lacksAny()) {
          turn.refuse(
              noEndpoints(turn)
                  + "; `set-weight` raises nothing until it has, `abort` takes it back");
        } else if (raises && closed(turn).isPresent()) {
          turn.refuse(closed(turn).get());
        } else if (lowers && turn.passage.committed()) {
          turn.refuse(Returns.committed(turn));
        } else {
          settle(turn, set);
        }
      }
      case PENDING, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s has no weight to set; %s"
                  .formatted(turn.before.phase(), way(turn)));
    }
  }

  private static void settle(Turn turn, Event.SetWeight set) {
    int was = turn.split.weightPpm();
    turn.publish(turn.split.withWeight(set.weightPpm()));
    turn.stage = new Stage.Converging(turn.at);
    turn.manual = true;
    turn.pause = Optional.of(new Pause(turn.at, set.by()));
    turn.hold = turn.hold.filter(h -> h.cause() == HoldCause.HARM);
    withoutTimedRollback(turn);
    turn.move(
        Move.SET_WEIGHT,
        set.by().actor(),
        "%s set the weight from %s to %s"
            .formatted(set.by(), Ppm.percent(was), Ppm.percent(set.weightPpm())));
  }

  private static void retry(Turn turn, By by) {
    switch (turn.before.phase()) {
      case ROLLED_BACK -> beginAgain(turn, by);
      case HOLDING -> stepAgain(turn, by);
      case PENDING, WAITING, PROGRESSING, PAUSED, PROMOTING, SUCCEEDED, ROLLING_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s has nothing to try again; %s"
                  .formatted(turn.before.phase(), way(turn)));
    }
  }

  private static void beginAgain(Turn turn, By by) {
    if (turn.opening.isEmpty()) {
      turn.refuse("It was rolled back before it had started; `apply` it under another name");
      return;
    }
    turn.judgeAfresh();
    turn.step = 0;
    turn.lowPower = false;
    turn.rejection = Optional.empty();
    turn.deadline = Budget.UNTOUCHED;
    turn.passage = turn.passage.afresh();
    begin(turn, Move.BEGIN_AGAIN, by, "started it again");
  }

  private static void stepAgain(Turn turn, By by) {
    if (isUnhealthy(turn)) {
      turn.refuse(
          "%s was shown to do harm; `rollback`, or against the evidence `promote --force`"
              .formatted(turn.before.spec().to()));
    } else if (turn.endpoints.lacksAny()) {
      turn.refuse(
          noEndpoints(turn) + "; it goes on by itself when it has one, `abort` takes it back");
    } else if (Fleet.heldFor(turn, HoldCause.HOOK)
        && turn.stage instanceof Stage.Waiting(int step)) {
      turn.hold = Optional.empty();
      turn.evidence = turn.evidence.expectedFrom(turn.at);
      turn.move(
          Move.ASK_AGAIN,
          by.actor(),
          "%s has the hooks of %s asked again".formatted(by, Reasons.stepName(turn.ramp(), step)));
    } else if (turn.stage instanceof Stage.Waiting) {
      turn.refuse("No step is out that could be tried again; `promote` publishes the next one");
    } else if (turn.stage instanceof Stage.Promoting) {
      Rises.promote(turn, Move.STEP_AGAIN, by.actor(), by + " tries the promotion again");
    } else {
      int step = turn.manual ? Rises.nextStep(turn) : turn.step;
      boolean raises = turn.ramp().splitAt(step, 0).exceeds(turn.split);
      if (raises && closed(turn).isPresent()) {
        turn.refuse(closed(turn).get());
        return;
      }
      String what = "%s tries %s again".formatted(by, Reasons.stepName(turn.ramp(), step));
      if (turn.manual) {
        Rises.enterOrWait(turn, step, Move.STEP_AGAIN, by.actor(), what);
      } else {
        Rises.enter(turn, step, Move.STEP_AGAIN, by.actor(), what);
      }
    }
  }

  /** Why nothing may grow now, with the verb that hurries it; empty where the calendar is open. */
  static Optional<String> closed(Turn turn) {
    return turn.passage
        .block(Block.Source.CALENDAR)
        .map(block ->
            "%s%s; `urgent` goes on before where that is allowed"
                .formatted(
                    block.detail(),
                    block.until().map(at -> " until " + Reasons.instant(at)).orElse("")));
  }

  static boolean isUnhealthy(Turn turn) {
    // Evidence may fade while it is held; what was shown stays shown until somebody decides.
    return Fleet.heldFor(turn, HoldCause.HARM)
        || turn.evidence.judge().map(judge -> judge.gate()).filter(Gate::harmShown).isPresent();
  }

  static String noEndpoints(Turn turn) {
    return "%s has no healthy endpoint (stable has %d)"
        .formatted(turn.before.spec().to(), turn.endpoints.stable());
  }

  /** The verb that leads on from where the rollout is. */
  static String way(Turn turn) {
    RolloutState state = turn.before;
    return switch (state.phase()) {
      case PENDING -> "`start` it";
      case WAITING, PROGRESSING, PROMOTING -> "`pause` stops it, `abort` takes it back";
      case HOLDING -> "`promote`, `retry` or `rollback` leads on";
      case PAUSED -> "`resume` goes on";
      case SUCCEEDED ->
          state.isOver() ? "`start` another rollout" : "`rollback` undoes it while it is kept warm";
      case ROLLING_BACK -> "wait until zero is everywhere, then `retry`";
      case ROLLED_BACK -> "`retry` begins again";
      case SUPERSEDED -> "`start` another rollout";
    };
  }
}
