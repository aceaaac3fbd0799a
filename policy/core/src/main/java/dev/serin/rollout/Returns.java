package dev.serin.rollout;

import java.util.Optional;

/** The verbs that take traffic from the canary: abort, rollback, and making room. */
final class Returns {

  private Returns() {}

  static void abort(Turn turn, Event.Abort command) {
    boolean ramping = turn.stage instanceof Stage.RollingBack && turn.split.exposes();
    if (isCommitted(turn) && !command.force()) {
      turn.refuse(committed(turn));
    } else if (ramping) {
      Falls.toZero(turn, command.by().actor(), command.by() + " aborted it on its way back");
    } else {
      back(turn, command.by(), "aborted it", Falls::toZero);
    }
  }

  static void rollback(Turn turn, By by) {
    if (isCommitted(turn)) {
      turn.refuse(committed(turn));
    } else {
      back(turn, by, "rolled it back", Falls::rollBack);
    }
  }

  /** Why it does not go back. */
  static String committed(Turn turn) {
    return "%s is past its point of no return, and what that changed would meet %s again; `abort --force` does it all the same"
        .formatted(turn.before.spec().name(), turn.before.from());
  }

  private static boolean isCommitted(Turn turn) {
    return turn.passage.committed() && turn.split.exposes() && !turn.before.isOver();
  }

  /** One way back of several. */
  private interface Way {
    void take(Turn turn, String actor, String what);
  }

  private static void back(Turn turn, By by, String what, Way way) {
    switch (turn.before.phase()) {
      case PENDING, WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING ->
          way.take(turn, by.actor(), by + " " + what);
      case SUCCEEDED -> {
        if (turn.before.isOver()) {
          turn.refuse(
              "%s has been stable for longer than keepWarm, so there is nothing to undo; `start` a rollout to %s"
                  .formatted(turn.before.spec().to(), turn.before.from()));
        } else {
          way.take(turn, by.actor(), by + " " + what + " after promotion");
        }
      }
      case ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "It is %s already and gives the canary nothing; %s"
                  .formatted(turn.before.phase(), Commands.way(turn)));
    }
  }

  /** Makes room for another rollout of the service. */
  static void supersede(Turn turn, Event.Supersede command) {
    String what = "%s let rollout %s take its place".formatted(command.by(), command.rollout());
    String actor = command.by().actor();
    if (turn.before.isOver()) {
      turn.refuse(
          "It is over (" + turn.before.phase() + ") and in nobody's way; `start` the other");
    } else if (turn.stage instanceof Stage.KeptWarm) {
      Timers.cool(turn, actor, what);
    } else if (turn.passage.committed() && turn.split.exposes()) {
      turn.refuse(
          "%s is past its point of no return, so %s cannot take its traffic back; `promote --full` it first"
              .formatted(turn.before.spec().name(), command.rollout()));
    } else {
      if (turn.split.exposes()) {
        turn.publish(turn.split.zero());
      }
      turn.hold = Optional.empty();
      turn.pause = Optional.empty();
      turn.stage = new Stage.Superseded(command.rollout());
      turn.add(new Effect.Finished(Effect.Outcome.SUPERSEDED));
      turn.move(Move.MAKE_ROOM, actor, what);
    }
  }
}
