package dev.serin.rollout;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.CanaryPolicy.Exit;
import java.util.Map;
import java.util.Optional;

/** What the fleet's answers lead to. */
final class Fleet {

  private Fleet() {}

  /** New counts for the split in force. */
  static void converged(Turn turn, Event.ConvergenceReported report) {
    if (report.generation() != turn.split.generation() || turn.before.isOver()) {
      return;
    }
    turn.clusters = report.clusters();
    switch (turn.stage) {
      case Stage.RollingBack s -> finishRollback(turn);
      case Stage.Converging s -> stepAnswered(turn);
      case Stage.Baking s -> stepAnswered(turn);
      case Stage.Promoting s -> stepAnswered(turn);
      case Stage.Waiting s -> {
        if (turn.split.exposes()) {
          stepAnswered(turn);
        }
      }
      case Stage.Pending s -> {}
      case Stage.KeptWarm s -> {}
      case Stage.Succeeded s -> {}
      case Stage.RolledBack s -> {}
      case Stage.Superseded s -> {}
    }
  }

  private static void finishRollback(Turn turn) {
    if (!turn.split.exposes() && Convergence.isEverywhere(turn.clusters.values())) {
      turn.stage = new Stage.RolledBack();
      Hooks.tellRolledBack(turn);
      turn.add(new Effect.Finished(Effect.Outcome.ROLLED_BACK));
      turn.move(Move.ZERO_EVERYWHERE, turn.decided.actor(), turn.decided.what());
    }
  }

  private static void stepAnswered(Turn turn) {
    int quorum = quorum(turn);
    Optional<Map.Entry<String, ClusterConvergence>> refused =
        turn.clusters.entrySet().stream()
            .filter(e -> Convergence.isRefused(e.getValue(), quorum))
            .findFirst();
    if (refused.isPresent() && !heldFor(turn, HoldCause.NACKED, HoldCause.HARM)) {
      refused(turn, refused.get().getKey(), refused.get().getValue());
    } else if (turn.pause.isPresent()) {
      noteConvergence(turn);
    } else if (turn.hold.isPresent()) {
      answeredWhileHeld(turn, turn.hold.get());
    } else if (!holdWhenCutOff(turn)) {
      settle(turn);
    }
  }

  private static void refused(Turn turn, String cluster, ClusterConvergence counts) {
    String words =
        turn.rejection
            .filter(r -> r.generation() == turn.split.generation())
            .map(r -> "; proxy %s said \"%s\"".formatted(r.node(), r.words()))
            .orElse("");
    String what =
        "%d of %d proxies in mesh cluster %s refused %s (at most %d may)%s"
            .formatted(
                counts.nacked(),
                counts.want(),
                cluster,
                Reasons.splitName(turn.split),
                Convergence.allowedMissing(counts.want(), quorum(turn)),
                words);
    Exit exit = Falls.possible(turn, turn.before.policy().onFailure().nack());
    if (!(exit instanceof Exit.Rollback)) {
      Falls.restorePrevious(turn);
    }
    Falls.follow(turn, exit, HoldCause.NACKED, what);
  }

  private static boolean holdWhenCutOff(Turn turn) {
    Optional<Map.Entry<String, ClusterConvergence>> cutOff = cutOff(turn.clusters);
    cutOff.ifPresent(e ->
        Falls.hold(
            turn,
            HoldCause.CUT_OFF,
            Optional.empty(),
            "Mesh cluster %s is cut off: of the proxies seen in the last hour %d are connected and %d are not"
                .formatted(e.getKey(), e.getValue().want(), e.getValue().unreachable())));
    return turn.hasMoved();
  }

  private static void answeredWhileHeld(Turn turn, Hold hold) {
    boolean cutOff = cutOff(turn.clusters).isPresent();
    switch (hold.cause()) {
      case CUT_OFF -> {
        if (!cutOff) {
          resumeWhereItStood(turn, hold);
        }
      }
      case NOT_CONVERGED, NO_PROXIES -> {
        if (isConverged(turn)) {
          resumeWhereItStood(turn, hold);
        } else {
          holdWhenCutOff(turn);
        }
      }
      case INCONCLUSIVE, SIGN_OF_HARM -> holdWhenCutOff(turn);
      case CANARY_SILENT, BOTH_ARMS, METRICS_LOST, ENDPOINTS, APPROVAL, HOOK, DEADLINE ->
          noteConvergence(turn);
      case NACKED, REJECTED, HARM -> {}
    }
  }

  private static void resumeWhereItStood(Turn turn, Hold hold) {
    if (turn.stage instanceof Stage.Promoting && isConverged(turn)) {
      Rises.succeed(turn, Decided.SERIN, promotedEverywhere(turn));
      return;
    }
    turn.hold = Optional.empty();
    turn.evidence = turn.evidence.expectedFrom(turn.at);
    String what = "What held it is over (" + hold.detail() + ")";
    if (turn.stage instanceof Stage.Baking) {
      turn.bakeStoodStillSince(hold.since());
    } else if (turn.stage instanceof Stage.Promoting) {
      turn.stage = new Stage.Promoting(turn.at);
    } else if (turn.stage instanceof Stage.Converging) {
      turn.stage = isConverged(turn) ? new Stage.Baking(turn.at) : new Stage.Converging(turn.at);
    }
    turn.move(Move.RECOVER, Decided.SERIN, what);
  }

  /**
   * Whether the fleet has the split still, at the moment that would go beyond it. Whoever was sent
   * it just now is waited for; a fleet that owes its answers, or is gone, holds.
   */
  static boolean runsTheSplit(Turn turn) {
    if (isConverged(turn)) {
      return true;
    }
    boolean underWay =
        turn.clusters.values().stream().anyMatch(c -> c.want() > 0)
            && turn.clusters.values().stream()
                .noneMatch(c -> Convergence.isCutOff(c) || Convergence.isOverdue(c, quorum(turn)));
    if (turn.hold.isEmpty() && !underWay) {
      Falls.hold(
          turn,
          HoldCause.NOT_CONVERGED,
          Optional.empty(),
          "When the bake was over %s ran %s, too few to go beyond it"
              .formatted(Reasons.ackedOf(turn.clusters), Reasons.splitName(turn.split)));
    }
    return false;
  }

  /** The bake can start while the rollout stands still; it only does not go on. */
  private static void noteConvergence(Turn turn) {
    if (turn.stage instanceof Stage.Converging && isConverged(turn)) {
      turn.stage = new Stage.Baking(turn.at);
      turn.evidence = turn.evidence.expectedFrom(turn.at);
      turn.move(Move.CONVERGED, turn.decided.actor(), turn.decided.what());
    }
  }

  /** Goes on where the fleet has answered. */
  static void settle(Turn turn) {
    if (turn.stage instanceof Stage.Promoting && isConverged(turn)) {
      Rises.succeed(turn, Decided.SERIN, promotedEverywhere(turn));
    } else {
      noteConvergence(turn);
    }
  }

  private static String promotedEverywhere(Turn turn) {
    return "%s runs on %s and is stable now"
        .formatted(turn.before.spec().to(), Reasons.acked(turn.clusters));
  }

  /** A proxy's words. The counts of the next report decide. */
  static void nacked(Turn turn, Event.Nacked nack) {
    if (nack.generation() == turn.split.generation() && !turn.before.isOver()) {
      turn.rejection =
          Optional.of(new Rejection(nack.generation(), nack.node(), nack.cluster(), nack.words()));
    }
  }

  /** The endpoints changed. A retry has to know it, too. */
  static void capacity(Turn turn, Endpoints counted) {
    boolean goesBack =
        turn.stage instanceof Stage.RollingBack || turn.stage instanceof Stage.RolledBack;
    if (goesBack || !turn.before.isOver()) {
      turn.endpoints = counted;
    }
    if (goesBack || turn.before.isOver()) {
      return;
    }
    if (counted.lacksAny() && turn.split.exposes() && !heldFor(turn, HoldCause.ENDPOINTS)) {
      lacksEndpoints(turn);
    } else if (!counted.lacksAny() && heldFor(turn, HoldCause.ENDPOINTS)) {
      recover(turn);
    }
  }

  private static void lacksEndpoints(Turn turn) {
    Exit exit = Falls.possible(turn, turn.before.policy().onFailure().endpoints());
    boolean canHold = !(turn.stage instanceof Stage.KeptWarm);
    if (canHold || exit instanceof Exit.Rollback) {
      String what =
          "%s has no healthy endpoint while it should answer %s (stable has %d)"
              .formatted(
                  turn.before.spec().to(), Reasons.splitName(turn.split), turn.endpoints.stable());
      Falls.follow(turn, exit, HoldCause.ENDPOINTS, what);
    }
  }

  /** Takes away a hold whose cause is over. A pause over it stays. */
  static void recover(Turn turn) {
    Hold hold = turn.hold.orElseThrow();
    turn.hold = Optional.empty();
    turn.bakeStoodStillSince(hold.since());
    turn.evidence = turn.evidence.expectedFrom(turn.at);
    if (turn.stage instanceof Stage.Promoting) {
      turn.stage = new Stage.Promoting(turn.at);
    } else if (turn.stage instanceof Stage.Converging) {
      turn.stage = new Stage.Converging(turn.at);
    }
    turn.move(Move.RECOVER, Decided.SERIN, "What held it is over (" + hold.detail() + ")");
  }

  static boolean heldFor(Turn turn, HoldCause... causes) {
    return turn.hold.filter(h -> java.util.Arrays.asList(causes).contains(h.cause())).isPresent();
  }

  static boolean isConverged(Turn turn) {
    return Convergence.isFleetConverged(turn.clusters.values(), quorum(turn));
  }

  private static int quorum(Turn turn) {
    return turn.before.policy().convergence().quorumPpm();
  }

  private static Optional<Map.Entry<String, ClusterConvergence>> cutOff(
      ImmutableSortedMap<String, ClusterConvergence> clusters) {
    return clusters.entrySet().stream().filter(e -> Convergence.isCutOff(e.getValue())).findFirst();
  }
}
