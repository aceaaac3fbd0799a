package dev.serin.rollout;

/** The verb promote: a person ends the present wait, or all of them. */
final class Promotion {

  private Promotion() {}

  static void promote(Turn turn, Event.Promote command) {
    switch (turn.before.phase()) {
      case WAITING, PROGRESSING, HOLDING, PAUSED -> weigh(turn, command);
      case PROMOTING ->
          turn.refuse(
              "It is promoting already and waits for the fleet (%s); `pause` stops it, `abort` takes it back"
                  .formatted(Reasons.ackedOf(turn.clusters)));
      case PENDING, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s has no wait to end; %s"
                  .formatted(turn.before.phase(), Commands.way(turn)));
    }
  }

  private static void weigh(Turn turn, Event.Promote command) {
    boolean unhealthy = Commands.isUnhealthy(turn);
    if (unhealthy && !command.force()) {
      turn.refuse(
          "%s was shown to do harm; `rollback`, or against the evidence `promote --force`"
              .formatted(turn.before.spec().to()));
    } else if (turn.endpoints.lacksAny() && !command.force()) {
      turn.refuse(
          Commands.noEndpoints(turn)
              + "; `abort` takes it back, `promote --force` goes on all the same");
    } else if (Fleet.heldFor(turn, HoldCause.NACKED) && !command.force()) {
      turn.refuse(
          "The fleet refused the split; `retry` sends it again, `promote --force` goes on all the same");
    } else {
      if (unhealthy) {
        turn.judgeAfresh();
      }
      go(turn, command);
    }
  }

  private static void go(Turn turn, Event.Promote command) {
    By by = command.by();
    String forced = command.force() ? " by force" : "";
    if (turn.stage instanceof Stage.Promoting) {
      goOnPromoting(turn, command);
      return;
    }
    int step = turn.stage instanceof Stage.Waiting(int next) ? next : Rises.nextStep(turn);
    if (command.full() || step > turn.ramp().last()) {
      Rises.promote(turn, Move.NEXT_STEP, by.actor(), by + " promoted it to all" + forced);
    } else {
      String what =
          "%s promoted it to %s%s".formatted(by, Reasons.stepName(turn.ramp(), step), forced);
      Rises.enter(turn, step, Move.NEXT_STEP, by.actor(), what);
    }
  }

  /**
   * All traffic is on its way already: what is left to end is a pause, or the wait for the fleet.
   */
  private static void goOnPromoting(Turn turn, Event.Promote command) {
    By by = command.by();
    boolean awaitsFleet =
        Fleet.heldFor(turn, HoldCause.NOT_CONVERGED, HoldCause.NO_PROXIES, HoldCause.CUT_OFF);
    if (awaitsFleet && !command.force()) {
      turn.refuse(
          "The promotion has been sent and %s it; `retry` sends it again, `promote --force` makes %s stable without the rest"
              .formatted(Reasons.running(turn.clusters), turn.before.spec().to()));
    } else if (awaitsFleet) {
      String what =
          "%s made %s stable by force when %s ran it"
              .formatted(by, turn.before.spec().to(), Reasons.ackedOf(turn.clusters));
      Rises.succeed(turn, by.actor(), what);
    } else {
      turn.hold = java.util.Optional.empty();
      turn.pause = java.util.Optional.empty();
      Commands.restartClocks(turn);
      turn.move(Move.NEXT_STEP, by.actor(), by + " lets the promotion go on");
    }
  }
}
