package dev.serin.rollout;

import java.util.Optional;

/** The verbs that shorten a rollout's way: skip and urgent. */
final class Hurries {

  private Hurries() {}

  static void skip(Turn turn, Event.Skip command) {
    int to = command.step();
    if (to < 1 || to > turn.ramp().last()) {
      turn.refuse(
          "step: %d (expected: 1..%d); `promote --full` goes to the end"
              .formatted(to, turn.ramp().last()));
      return;
    }
    switch (turn.before.phase()) {
      case WAITING, PROGRESSING, HOLDING, PAUSED -> weigh(turn, command);
      case PENDING, PROMOTING, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s goes to no step; %s"
                  .formatted(turn.before.phase(), Commands.way(turn)));
    }
  }

  private static void weigh(Turn turn, Event.Skip command) {
    int to = command.step();
    Split wanted = turn.ramp().splitAt(to, turn.split.generation() + 1);
    boolean raises = wanted.exceeds(turn.split);
    Optional<Integer> unapproved = turn.gateway().firstUnapproved(turn.step + 1, to - 1);
    if (to == turn.step && !turn.manual && !(turn.stage instanceof Stage.Waiting)) {
      turn.refuse(
          "It is at %s already; `retry` sends it again when it is held"
              .formatted(Reasons.stepName(turn.ramp(), to)));
    } else if (raises && Commands.isUnhealthy(turn)) {
      turn.refuse(
          "%s was shown to do harm, so it may only go down; `rollback`, or against the evidence `promote --force`"
              .formatted(turn.before.spec().to()));
    } else if (unapproved.isPresent()) {
      turn.refuse(
          "%s on the way needs an approval that nobody can skip; go there first and `approve` it"
              .formatted(Reasons.theStep(turn.ramp(), unapproved.get())));
    } else if (turn.passage.committed() && turn.split.exceeds(wanted)) {
      turn.refuse(Returns.committed(turn));
    } else {
      go(turn, command, raises);
    }
  }

  private static void go(Turn turn, Event.Skip command, boolean raises) {
    String what =
        "%s skipped to %s".formatted(command.by(), Reasons.stepName(turn.ramp(), command.step()));
    String actor = command.by().actor();
    boolean gate = turn.ramp().step(command.step()).isGateOnly();
    if (raises || gate) {
      Rises.enterOrWait(turn, command.step(), Move.SKIP, actor, what);
    } else {
      Rises.enter(turn, command.step(), Move.SKIP, actor, what);
    }
  }

  static void urgent(Turn turn, By by) {
    if (by.reason().isEmpty()) {
      turn.refuse("Whoever hurries a rollout past bakes and freezes says why; `urgent --reason`");
      return;
    }
    switch (turn.before.phase()) {
      case WAITING, PROGRESSING, HOLDING, PAUSED, PROMOTING -> {
        if (turn.passage.urgent().isPresent()) {
          turn.refuse(
              "It is urgent already, since %s said so; the guards and the fleet are waited for, %s"
                  .formatted(turn.passage.urgent().get(), Commands.way(turn)));
          return;
        }
        turn.passage = turn.passage.hurriedBy(by);
        turn.move(Move.HURRY, by.actor(), by + " made it urgent");
      }
      case PENDING, SUCCEEDED, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          turn.refuse(
              "A rollout that is %s has nothing to hurry; %s"
                  .formatted(turn.before.phase(), Commands.way(turn)));
    }
  }
}
