package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import java.util.EnumSet;
import java.util.Optional;

/** The verb promote: a person ends the present wait, or all of them. */
final class Promotion {

  /** What others have to give, and a person alone does not go past. */
  private static final EnumSet<Obstacle.Kind> EARNED =
      EnumSet.of(
          Obstacle.Kind.DEPENDENCY, Obstacle.Kind.RELEASE, Obstacle.Kind.WAVE, Obstacle.Kind.HOOK);

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
    } else if (standing(turn, command).isPresent()) {
      turn.refuse(standing(turn, command).get());
    } else {
      if (unhealthy) {
        turn.judgeAfresh();
      }
      go(turn, command);
    }
  }

  /**
   * What a promotion does not go past: the calendar and approvals have verbs of their own, and of
   * what others have to give a person has to say that it is overruled.
   */
  private static Optional<String> standing(Turn turn, Event.Promote command) {
    if (turn.stage instanceof Stage.Promoting) {
      return Optional.empty();
    }
    int next = next(turn);
    boolean waiting = turn.stage instanceof Stage.Waiting;
    int upTo = command.full() ? turn.ramp().last() : waiting ? next : next - 1;
    Optional<String> unapproved =
        turn.gateway()
            .firstUnapproved(next, Math.min(upTo, turn.ramp().last()))
            .map(step ->
                "%s needs an approval that a promotion does not replace; `approve` it"
                    .formatted(Reasons.theStep(turn.ramp(), step)));
    return Commands.closed(turn)
        .or(() -> unapproved)
        .or(() ->
            waiting && !command.full() && !command.force() ? owed(turn, next) : Optional.empty());
  }

  private static Optional<String> owed(Turn turn, int step) {
    return turn.gateway().obstacles(step).stream()
        .filter(obstacle -> EARNED.contains(obstacle.kind()))
        .findFirst()
        .map(obstacle ->
            "It waits, since %s: %s; `promote --force` goes on all the same"
                .formatted(obstacle.what(), obstacle.way()));
  }

  private static int next(Turn turn) {
    return turn.stage instanceof Stage.Waiting(int step) ? step : Rises.nextStep(turn);
  }

  private static void go(Turn turn, Event.Promote command) {
    if (turn.stage instanceof Stage.Promoting) {
      goOnPromoting(turn, command);
      return;
    }
    By by = command.by();
    int step = command.full() ? turn.ramp().last() + 1 : next(turn);
    ImmutableList<Obstacle> obstacles = turn.gateway().obstacles(step);
    if (obstacles.stream().anyMatch(o -> o.kind() == Obstacle.Kind.LIMIT)) {
      turn.passage = turn.passage.beyondItsReach();
    }
    boolean unapproved = obstacles.stream().anyMatch(o -> o.kind() == Obstacle.Kind.APPROVAL);
    boolean owed = obstacles.stream().anyMatch(o -> EARNED.contains(o.kind()));
    boolean asked = turn.stage instanceof Stage.Waiting && !command.full();
    String what =
        "%s promoted it to %s%s"
            .formatted(
                by,
                step > turn.ramp().last() ? "all" : Reasons.stepName(turn.ramp(), step),
                command.force() ? " by force" : "");
    if (unapproved || (owed && !asked && !command.force())) {
      Rises.await(turn, step, by.actor(), what);
    } else {
      Rises.pass(turn, step, Move.NEXT_STEP, by.actor(), what);
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
      turn.hold = Optional.empty();
      turn.pause = Optional.empty();
      Commands.restartClocks(turn);
      turn.move(Move.NEXT_STEP, by.actor(), by + " lets the promotion go on");
    }
  }
}
