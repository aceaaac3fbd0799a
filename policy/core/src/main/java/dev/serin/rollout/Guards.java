package dev.serin.rollout;

import dev.serin.judge.Gate;
import dev.serin.judge.Window;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.CanaryPolicy.OnFailure;
import java.time.Instant;
import java.util.Optional;

/** What a window of evidence leads to, in every state in which the canary has traffic. */
final class Guards {

  private Guards() {}

  static void observe(Turn turn, Window window) {
    if (window.generation() != turn.split.generation()
        || !turn.split.exposes()
        || turn.before.isOver()) {
      return;
    }
    turn.evidence = turn.evidence.observe(window, turn.at);
    if (turn.stage instanceof Stage.RollingBack) {
      return; // on its way down already
    }
    Optional<Gate> gate = turn.evidence.judge().map(judge -> judge.gate());
    if (gate.isPresent() && gate.get().harmShown()) {
      harmShown(turn, gate.get());
    }
    if (turn.hasMoved() || turn.pause.isPresent() || !window.usable()) {
      return;
    }
    if (gate.isPresent()) {
      stopOrRecover(turn, gate.get());
    }
    if (!turn.hasMoved()) {
      Gates.tryToLeave(turn);
    }
  }

  private static void harmShown(Turn turn, Gate gate) {
    OnFailure onFailure = turn.before.policy().onFailure();
    boolean known = Fleet.heldFor(turn, HoldCause.HARM);
    if (known && !(Falls.possible(turn, onFailure.metrics()) instanceof Exit.Rollback)) {
      return;
    }
    String what =
        "%s does harm at %s: %s"
            .formatted(
                turn.before.spec().to(),
                Reasons.splitName(turn.split),
                Reasons.blame(gate, turn.evidence.judge().orElseThrow().verdict()));
    Falls.follow(turn, onFailure.metrics(), HoldCause.HARM, what);
    extendKeepWarm(turn);
  }

  /** Whoever has been told of the harm gets the whole time again to undo the release. */
  private static void extendKeepWarm(Turn turn) {
    if (turn.stage instanceof Stage.KeptWarm(Instant until) && turn.hold.isPresent()) {
      Instant whole = turn.at.plus(turn.before.policy().keepWarm());
      Instant least = turn.hold.get().rollbackAt().orElse(whole);
      Instant later = whole.isAfter(least) ? whole : least;
      turn.stage = new Stage.KeptWarm(later.isAfter(until) ? later : until);
    }
  }

  private static void stopOrRecover(Turn turn, Gate gate) {
    boolean silent = turn.evidence.silence().filter(Silence::isAlarming).isPresent();
    if (turn.hold.isPresent() && isOver(turn.hold.get().cause(), turn, gate)) {
      Fleet.recover(turn);
    } else if (!(turn.stage instanceof Stage.Waiting || turn.stage instanceof Stage.Baking)) {
      return;
    } else if (gate.bothArmsBreach()) {
      Falls.hold(
          turn,
          HoldCause.BOTH_ARMS,
          Optional.empty(),
          "%s and %s both break an absolute bound, so the canary is not blamed"
              .formatted(turn.before.spec().to(), turn.before.from()));
    } else if (silent) {
      Falls.hold(turn, HoldCause.CANARY_SILENT, Optional.empty(), silence(turn));
    }
  }

  private static boolean isOver(HoldCause cause, Turn turn, Gate gate) {
    return switch (cause) {
      case METRICS_LOST -> true;
      case CANARY_SILENT -> turn.evidence.silence().isEmpty();
      case BOTH_ARMS -> !gate.bothArmsBreach();
      case INCONCLUSIVE,
          SIGN_OF_HARM,
          NOT_CONVERGED,
          NO_PROXIES,
          CUT_OFF,
          ENDPOINTS,
          APPROVAL,
          HOOK,
          DEADLINE,
          NACKED,
          REJECTED,
          HARM ->
          false;
    };
  }

  private static String silence(Turn turn) {
    Silence silence = turn.evidence.silence().orElseThrow();
    return "%s has answered nothing for %s where about %.0f requests were due"
        .formatted(
            turn.before.spec().to(),
            Reasons.duration(Budget.elapsed(silence.since(), turn.at)),
            silence.expected());
  }
}
