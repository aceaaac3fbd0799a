package dev.serin.rollout;

import dev.serin.policy.Approval;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;

/** The verbs approve and reject, and what silence leads to. */
final class Approvals {

  private Approvals() {}

  static void approve(Turn turn, Event.Approve command) {
    Optional<Approval> pending = pending(turn);
    if (pending.isEmpty()) {
      turn.refuse(nothingPending(turn));
      return;
    }
    By by = command.by();
    int step = waitingStep(turn);
    if (!mayDecide(pending.get(), command.roles())) {
      turn.refuse(wrongRole(turn, pending.get(), command.roles()));
      return;
    }
    if (turn.passage.hasAgreed(step, by.actor())) {
      turn.refuse(
          "%s has approved %s already; %d of %d have, another person has to `approve` it"
              .formatted(
                  by.actor(),
                  Reasons.stepName(turn.ramp(), step),
                  turn.passage.agreed(step),
                  pending.get().minimum()));
      return;
    }
    turn.passage = turn.passage.agreedBy(step, by);
    boolean complete = turn.gateway().pendingApproval(step).isEmpty();
    if (complete && Fleet.heldFor(turn, HoldCause.APPROVAL, HoldCause.REJECTED)) {
      turn.hold = Optional.empty();
      turn.evidence = turn.evidence.expectedFrom(turn.at);
    }
    turn.move(
        Move.APPROVED,
        by.actor(),
        "%s approved %s (%d of %d)"
            .formatted(
                by,
                Reasons.stepName(turn.ramp(), step),
                turn.passage.agreed(step),
                pending.get().minimum()));
  }

  static void reject(Turn turn, Event.Reject command) {
    Optional<Approval> pending = pending(turn);
    if (pending.isEmpty()) {
      turn.refuse(nothingPending(turn));
    } else if (!mayDecide(pending.get(), command.roles())) {
      turn.refuse(wrongRole(turn, pending.get(), command.roles()));
    } else if (Fleet.heldFor(turn, HoldCause.REJECTED)) {
      turn.refuse("It was rejected already; `approve` overrules that, `rollback` takes it back");
    } else {
      String what =
          "%s rejected %s"
              .formatted(command.by(), Reasons.stepName(turn.ramp(), waitingStep(turn)));
      Falls.follow(
          turn,
          turn.before.policy().onFailure().rejected(),
          HoldCause.REJECTED,
          command.by().actor(),
          what);
    }
  }

  /** Nobody has decided in time. */
  static void timeout(Turn turn) {
    Optional<Instant> due = dueAt(turn.before);
    if (due.isEmpty() || turn.at.isBefore(due.get()) || turn.hold.isPresent()) {
      return;
    }
    Approval approval = pending(turn).orElseThrow();
    Falls.follow(
        turn,
        approval.onTimeout(),
        HoldCause.APPROVAL,
        "%s was not approved within %s (%d of %d)"
            .formatted(
                Reasons.theStep(turn.ramp(), waitingStep(turn)),
                Reasons.duration(approval.timeout()),
                turn.passage.agreed(waitingStep(turn)),
                approval.minimum()));
  }

  /** When the approval that is waited for is overdue. */
  static Optional<Instant> dueAt(RolloutState state) {
    if (!(state.stage() instanceof Stage.Waiting(int step))
        || state.hold().isPresent()
        || state.pause().isPresent()) {
      return Optional.empty();
    }
    return state
        .gateway()
        .pendingApproval(step)
        .flatMap(
            approval -> state.passage().approvalAsked().map(at -> at.plus(approval.timeout())));
  }

  private static Optional<Approval> pending(Turn turn) {
    return turn.stage instanceof Stage.Waiting(int step)
        ? turn.gateway().pendingApproval(step)
        : Optional.empty();
  }

  private static int waitingStep(Turn turn) {
    return turn.stage instanceof Stage.Waiting(int step) ? step : turn.step;
  }

  private static boolean mayDecide(Approval approval, Optional<? extends Set<String>> roles) {
    return approval.by().isEmpty()
        || roles.isEmpty()
        || roles.get().stream().anyMatch(approval.by()::contains);
  }

  private static String wrongRole(
      Turn turn, Approval approval, Optional<? extends Set<String>> roles) {
    return "%s is decided by %s (your roles: %s); ask one of them to `approve` it"
        .formatted(
            Reasons.stepName(turn.ramp(), waitingStep(turn)),
            String.join(" or ", approval.by()),
            roles.filter(r -> !r.isEmpty()).map(r -> String.join(", ", r)).orElse("none"));
  }

  private static String nothingPending(Turn turn) {
    return "Nothing of it waits for approval, it is %s; %s"
        .formatted(turn.before.phase(), Commands.way(turn));
  }
}
