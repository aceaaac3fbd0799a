package dev.serin.rollout;

import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

/** What the passing of time leads to, and when. */
final class Timers {

  private Timers() {}

  static void tick(Turn turn) {
    if (turn.before.isOver()) {
      return;
    }
    Stream.<java.util.function.Consumer<Turn>>of(
            Timers::rollBackUndecided,
            Timers::endKeepWarm,
            Timers::deadline,
            Timers::settlePromotion,
            Timers::lower,
            Approvals::timeout,
            Timers::convergenceTimeout,
            Timers::metricsLost,
            Rises::enterWhenReady,
            Timers::leaveUnjudged,
            Timers::remind)
        .forEach(timer -> {
          if (!turn.hasMoved()) {
            timer.accept(turn);
          }
        });
  }

  private static boolean isDue(Turn turn, Optional<Instant> when) {
    return when.filter(t -> !turn.at.isBefore(t)).isPresent();
  }

  private static boolean isRunning(Turn turn) {
    return turn.pause.isEmpty() && turn.hold.isEmpty();
  }

  private static void rollBackUndecided(Turn turn) {
    if (isDue(turn, turn.hold.flatMap(Hold::rollbackAt))) {
      Hold hold = turn.hold.orElseThrow();
      String what =
          "%s, and nobody decided within %s"
              .formatted(
                  hold.detail(),
                  Reasons.duration(Budget.elapsed(hold.since(), hold.rollbackAt().orElseThrow())));
      Falls.rollBack(turn, Decided.SERIN, what);
    }
  }

  private static void lower(Turn turn) {
    if (isDue(turn, Falls.lowerAt(turn.before))) {
      Falls.lower(turn);
    }
  }

  private static void endKeepWarm(Turn turn) {
    if (turn.stage instanceof Stage.KeptWarm(Instant until) && !turn.at.isBefore(until)) {
      cool(turn, Decided.SERIN, turn.decided.what());
    }
  }

  static void cool(Turn turn, String actor, String what) {
    turn.stage = new Stage.Succeeded();
    turn.hold = Optional.empty();
    turn.add(new Effect.Finished(Effect.Outcome.PROMOTED));
    turn.move(Move.COOL, actor, what);
  }

  private static void deadline(Turn turn) {
    CanaryPolicy.Deadline rule = turn.before.policy().deadline();
    if (!isDue(turn, turn.deadline.dueAt(rule.after()))) {
      return;
    }
    turn.deadline = Budget.UNTOUCHED.run(turn.at);
    String what =
        "The deadline, %s of PROGRESSING and HOLDING, has passed at %s"
            .formatted(Reasons.duration(rule.after()), Reasons.stepName(turn.ramp(), turn.step));
    boolean told = rule.then() instanceof Exit.Hold || Fleet.heldFor(turn, HoldCause.DEADLINE);
    if (turn.hold.isPresent() && told) {
      turn.move(Move.REMIND, Decided.SERIN, turn.decided.what());
    } else {
      Falls.follow(turn, rule.then(), HoldCause.DEADLINE, what);
    }
  }

  /** The fleet may have answered while the promotion was paused or held. */
  private static void settlePromotion(Turn turn) {
    if (turn.stage instanceof Stage.Promoting && isRunning(turn)) {
      Fleet.settle(turn);
    }
  }

  private static void convergenceTimeout(Turn turn) {
    if (!isRunning(turn) || !isDue(turn, turn.before.convergenceTimeout())) {
      return;
    }
    CanaryPolicy.Convergence rule = turn.before.policy().convergence();
    boolean nobody = turn.clusters.values().stream().noneMatch(c -> c.want() > 0);
    if (nobody) {
      Falls.hold(
          turn,
          HoldCause.NO_PROXIES,
          Optional.empty(),
          "No connected proxy (want = 0) asks for a resource that "
              + turn.before.spec().service()
              + " is in");
    } else {
      Falls.follow(
          turn,
          rule.onTimeout(),
          HoldCause.NOT_CONVERGED,
          "Only %s acknowledged %s within %s"
              .formatted(
                  Reasons.ackedOf(turn.clusters),
                  Reasons.splitName(turn.split),
                  Reasons.duration(rule.timeout())));
    }
  }

  private static void metricsLost(Turn turn) {
    if (turn.pause.isEmpty() && isDue(turn, metricsLostAt(turn.before))) {
      Instant last = turn.evidence.freshAt().orElse(turn.before.since());
      Falls.holdSince(
          turn,
          HoldCause.METRICS_LOST,
          last,
          Optional.empty(),
          "No usable telemetry of %s for %s"
              .formatted(
                  Reasons.splitName(turn.split), Reasons.duration(Budget.elapsed(last, turn.at))));
    }
  }

  private static Optional<Instant> metricsLostAt(RolloutState state) {
    boolean judged = state.evidence().judge().isPresent() && state.split().exposes();
    boolean expected =
        state.stage() instanceof Stage.Baking || state.stage() instanceof Stage.Waiting;
    boolean told = state.hold().filter(h -> !h.cause().awaitsVerdict()).isPresent();
    if (!judged || !expected || told) {
      return Optional.empty();
    }
    Instant last = state.evidence().freshAt().orElse(state.since());
    return Optional.of(last.plus(state.policy().onMetricsLost().after()));
  }

  /** Without a judge, or without traffic, no window comes that could open the gate. */
  private static void leaveUnjudged(Turn turn) {
    if (!Gates.isJudged(turn)) {
      Gates.tryToLeave(turn);
    }
  }

  private static void remind(Turn turn) {
    if (isDue(turn, turn.before.remindAt())) {
      boolean rollingBack = turn.stage instanceof Stage.RollingBack;
      turn.move(
          rollingBack ? Move.REMIND_UNREACHED : Move.REMIND,
          turn.decided.actor(),
          turn.decided.what());
    }
  }

  /** The earliest instant at which time alone does something. */
  static Optional<Instant> next(RolloutState state) {
    if (state.isOver()) {
      return Optional.empty();
    }
    boolean running = state.pause().isEmpty() && state.hold().isEmpty();
    return Stream.of(
            state.hold().flatMap(Hold::rollbackAt),
            keepWarmUntil(state),
            state.deadline().dueAt(state.policy().deadline().after()),
            running ? state.convergenceTimeout() : Optional.<Instant>empty(),
            state.pause().isEmpty() ? metricsLostAt(state) : Optional.<Instant>empty(),
            running ? gateAt(state) : Optional.<Instant>empty(),
            Falls.lowerAt(state),
            Approvals.dueAt(state),
            running ? Hooks.againAt(state) : Optional.<Instant>empty(),
            running && state.stage() instanceof Stage.Waiting
                ? state.passage().lookAgain()
                : Optional.<Instant>empty(),
            state.remindAt())
        .flatMap(Optional::stream)
        .min(Comparator.naturalOrder());
  }

  static Optional<Instant> keepWarmUntil(RolloutState state) {
    return state.stage() instanceof Stage.KeptWarm(Instant until)
        ? Optional.of(until)
        : Optional.empty();
  }

  /** The end of the bake, and once that is past the end of patience. */
  static Optional<Instant> gateAt(RolloutState state) {
    if (!(state.stage() instanceof Stage.Baking(Instant since))) {
      return Optional.empty();
    }
    Instant baked = since.plus(state.ramp().bake(state.step()));
    boolean past = state.evidence().lastUsable().filter(t -> !t.isBefore(baked)).isPresent();
    return Optional.of(past ? Gates.inconclusiveAt(state, since) : baked);
  }
}
