package dev.serin.rollout;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Gate;
import dev.serin.judge.Verdict;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.Hook;
import dev.serin.policy.Ppm;
import dev.serin.policy.Treatment;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;

/**
 * The sentence that a rollout says of itself: what happened, with numbers, and what happens next or
 * which verb to use.
 */
final class Reasons {

  private Reasons() {}

  static String of(RolloutState state) {
    return state.decided().what() + "; " + stillHeld(state) + next(state) + ".";
  }

  /** What stands in the way, where the last decision was another. */
  private static String stillHeld(RolloutState state) {
    return state
        .hold()
        .map(Hold::detail)
        .filter(detail -> !state.decided().what().contains(detail))
        .map(detail ->
            state.phase() == Phase.HOLDING
                ? "it is still held: %s; ".formatted(detail)
                : "it is held besides: %s; ".formatted(detail))
        .orElse("");
  }

  private static String next(RolloutState state) {
    return switch (state.phase()) {
      case PENDING ->
          state.spec().draft()
              ? "it waits for `start`"
              : "it starts once no other rollout of " + state.spec().service() + " has traffic";
      case WAITING -> waiting(state);
      case PROGRESSING -> progressing(state);
      case HOLDING -> holding(state, state.hold().orElseThrow());
      case PAUSED -> paused(state);
      case PROMOTING ->
          "%s it; %s is stable when the fleet does, or at %s it %s"
              .formatted(
                  running(state.clusters()),
                  state.spec().to(),
                  timeout(state),
                  exit(state.policy().convergence().onTimeout()));
      case SUCCEEDED -> succeeded(state);
      case ROLLING_BACK -> rollingBack(state);
      case ROLLED_BACK ->
          state.opening().isEmpty()
              ? "nothing of it was published, `apply` it under another name to try again"
              : "%s has all the traffic; `retry` starts again".formatted(state.from());
      case SUPERSEDED -> "`start` another rollout to come back to " + state.spec().to();
    };
  }

  private static String waiting(RolloutState state) {
    int step = state.stage() instanceof Stage.Waiting(int next) ? next : state.step();
    List<Obstacle> obstacles = state.gateway().obstacles(step);
    if (obstacles.isEmpty()) {
      return "%s is published when the fleet runs what is in force and fresh evidence shows no harm, `promote` does so now"
          .formatted(stepName(state.ramp(), step));
    }
    Obstacle first = obstacles.getFirst();
    String others =
        obstacles.size() == 1
            ? ""
            : "; besides, "
                + obstacles.stream()
                    .skip(1)
                    .map(Obstacle::what)
                    .collect(Collectors.joining(", and "));
    return first.what() + ": " + first.way() + others;
  }

  private static String progressing(RolloutState state) {
    if (!(state.stage() instanceof Stage.Baking)) {
      boolean rollsBack = state.policy().convergence().onTimeout() instanceof Exit.Rollback;
      return "%s %s: the bake of %s starts when the fleet does, or at %s it %s"
          .formatted(
              running(state.clusters()),
              splitName(state.split()),
              duration(state.ramp().bake(state.step())),
              timeout(state),
              rollsBack ? "rolls back" : "holds");
    }
    long least = state.ramp().step(state.step()).leastCanaryRequests();
    String requests =
        least > 0
            ? "%d of at least %d canary requests".formatted(state.evidence().stepRequests(), least)
            : count(state.evidence().stepRequests(), "canary request");
    Instant gate = Timers.gateAt(state).orElseThrow();
    boolean baked = gate.isAfter(bakeEnd(state));
    return baked
        ? "%s at %s have not ruled harm out yet: it advances when they do, or at %s onInconclusive decides (%s)"
            .formatted(
                requests,
                splitName(state.split()),
                instant(gate),
                state.policy().onInconclusive().then().name().toLowerCase(Locale.ROOT))
        : "%s at %s: it bakes until %s, then %s follows once harm is ruled out"
            .formatted(requests, splitName(state.split()), instant(gate), following(state));
  }

  private static Instant bakeEnd(RolloutState state) {
    return state.stage() instanceof Stage.Baking(Instant since)
        ? since.plus(state.ramp().bake(state.step()))
        : state.since();
  }

  private static String following(RolloutState state) {
    return state.step() == state.ramp().last()
        ? "promotion"
        : stepName(state.ramp(), state.step() + 1);
  }

  private static String holding(RolloutState state, Hold hold) {
    String next =
        switch (hold.cause()) {
          case INCONCLUSIVE, SIGN_OF_HARM ->
              "it advances when harm is ruled out, `promote` does so now, `rollback` takes it back";
          case NOT_CONVERGED, NO_PROXIES ->
              "%s it: it goes on when the fleet does, `retry` sends it again, `abort` takes it back"
                  .formatted(running(state.clusters()));
          case CUT_OFF -> "it goes on when they are back, `promote` does so now";
          case CANARY_SILENT -> "it goes on when the canary answers, `abort` takes it back";
          case BOTH_ARMS -> "it goes on when one of them recovers, `rollback` takes it back";
          case METRICS_LOST -> "it goes on by itself when telemetry is back, `promote` does so now";
          case ENDPOINTS -> "it goes on when there is a healthy one, `abort` takes it back";
          case DEADLINE -> "`promote` goes on, `rollback` takes it back";
          case APPROVAL -> "`approve` goes on, `reject` or `rollback` takes it back";
          case HOOK -> "`retry` asks again, `promote --force` goes on, `rollback` takes it back";
          case REJECTED -> "`approve` overrules that, `rollback` takes it back";
          case NACKED ->
              "the previous split is back in force, `retry` tries again, `rollback` takes it back";
          case HARM -> "`rollback` takes it back, `promote --force` goes on against the evidence";
        };
    return hold.rollbackAt()
        .map(at -> next + ", and at " + instant(at) + " it rolls back")
        .orElse(next);
  }

  private static String paused(RolloutState state) {
    String timed =
        state
            .hold()
            .flatMap(Hold::rollbackAt)
            .map(at -> ", and at " + instant(at) + " it rolls back")
            .orElse("");
    return "it stays at %s, still judged, `resume` %s%s"
        .formatted(splitName(state.split()), resuming(state), timed);
  }

  /** A weight set by hand is gone beyond by `resume`; most holds go with it, the gravest stay. */
  private static String resuming(RolloutState state) {
    boolean staysHeld =
        state.hold().filter(h -> !state.manual() || h.cause().outlastsResume()).isPresent();
    if (staysHeld) {
      return "ends the pause and leaves it held";
    }
    return state.manual()
        ? "goes on at " + stepName(state.ramp(), aboveOf(state))
        : "goes on where it was";
  }

  private static int aboveOf(RolloutState state) {
    return state.gateway().stepAbove(state.step(), state.split().weightPpm());
  }

  private static String succeeded(RolloutState state) {
    if (!(state.stage() instanceof Stage.KeptWarm(Instant until))) {
      return "it is over, `start` another rollout to move on or back";
    }
    String undo = "`rollback` undoes it in one push until " + instant(until);
    return state
        .hold()
        .flatMap(Hold::rollbackAt)
        .map(at -> undo + ", and at " + instant(at) + " it does so by itself")
        .orElse(undo);
  }

  private static String rollingBack(RolloutState state) {
    if (state.split().exposes()) {
      return Falls.lowerAt(state)
          .map(at ->
              "%s until %s, then less, down to zero; `abort` goes there at once"
                  .formatted(splitName(state.split()), instant(at)))
          .orElse("`abort` goes to zero at once");
    }
    int unreached = state.clusters().values().stream().mapToInt(c -> c.unreachable()).sum();
    int open = state.clusters().values().stream().mapToInt(c -> c.want() - c.acked()).sum();
    if (state.clusters().isEmpty()) {
      return "zero was sent to everyone and it is rolled back when every proxy has confirmed";
    }
    String back = "back or have not been seen for an hour";
    String confirmed =
        acked(state.clusters()) + (acks(state.clusters()) == 1 ? " has" : " have") + " zero, ";
    if (unreached == 0) {
      return confirmed + "%d connected not yet: it is rolled back when all have".formatted(open);
    }
    return open == 0
        ? confirmed + "%d unreached: it is rolled back when all are ".formatted(unreached) + back
        : confirmed
            + "%d connected not yet, and %d unreached: it is rolled back when the former have it and the latter are "
                .formatted(open, unreached)
            + back;
  }

  private static String timeout(RolloutState state) {
    Instant then = state.since().plus(state.policy().convergence().timeout());
    return instant(state.convergenceTimeout().orElse(then));
  }

  private static String exit(Exit exit) {
    return switch (exit) {
      case Exit.Rollback() -> "rolls back";
      case Exit.Hold() -> "holds";
      case Exit.HoldThenRollback(var after) -> "holds for " + duration(after);
    };
  }

  /** A hook by its place and occasion: its address may hold what is nobody's business. */
  static String hookName(CanaryPolicy policy, int hook, Hook.Event event) {
    String host = policy.proceedings().hooks().get(hook).host();
    return "hook %d (%s at %s)".formatted(hook + 1, event.word(), host);
  }

  static String stepName(Ramp ramp, int step) {
    if (step < 1) {
      return "no step";
    }
    if (step > ramp.last()) {
      return "the promotion";
    }
    return "step %d of %d (%s)".formatted(step, ramp.last(), ramp.step(step).name());
  }

  static String splitName(Split split) {
    List<String> parts = new ArrayList<>();
    parts.add(Ppm.percent(split.weightPpm()));
    split.cohortPpm().forEach((name, ppm) -> parts.add(name + " " + Ppm.percent(ppm)));
    split.terms().variants().ppm().forEach((v, ppm) -> parts.add(v + " " + Ppm.percent(ppm)));
    Treatment treatment = split.terms().treatment();
    treatment.mirror().ifPresent(m -> parts.add("a mirror of " + Ppm.percent(m.sharePpm())));
    treatment.fault().ifPresent(f -> parts.add("faults"));
    treatment.rateLimit().ifPresent(r -> parts.add("a rate limit"));
    return String.join(", ", parts);
  }

  /** At the beginning of a sentence. */
  static String theStep(Ramp ramp, int step) {
    String name = stepName(ramp, step);
    return Character.toUpperCase(name.charAt(0)) + name.substring(1);
  }

  static String count(long number, String what) {
    return number + " " + what + (number == 1 ? "" : "s");
  }

  private static int acks(ImmutableSortedMap<String, ClusterConvergence> clusters) {
    return clusters.values().stream().mapToInt(c -> c.acked()).sum();
  }

  static String acked(ImmutableSortedMap<String, ClusterConvergence> clusters) {
    int acked = acks(clusters);
    return acked + (acked == 1 ? " proxy" : " proxies");
  }

  static String ackedOf(ImmutableSortedMap<String, ClusterConvergence> clusters) {
    int want = clusters.values().stream().mapToInt(c -> c.want()).sum();
    if (want == 0) {
      return "no proxy"; // nobody has reported on this split
    }
    return "%d of %d %s".formatted(acks(clusters), want, want == 1 ? "proxy" : "proxies");
  }

  static String running(ImmutableSortedMap<String, ClusterConvergence> clusters) {
    int want = clusters.values().stream().mapToInt(c -> c.want()).sum();
    return ackedOf(clusters) + (want == 0 || acks(clusters) == 1 ? " runs" : " run");
  }

  static String instant(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** As a policy writes it: {@code 90s} stays, {@code 10m}, {@code 72h}; {@code 18m59s}. */
  static String duration(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds > 0 && seconds % 3600 == 0) {
      return seconds / 3600 + "h";
    }
    if (seconds > 0 && seconds % 60 == 0) {
      return seconds / 60 + "m";
    }
    return seconds < 600 ? seconds + "s" : seconds / 60 + "m" + seconds % 60 + "s";
  }

  /** Which metric shows the harm, and its figures for both versions. */
  static String blame(Gate gate, Verdict verdict) {
    return verdict.metrics().stream()
        .filter(m -> m.name().equals(gate.blame()))
        .findFirst()
        .map(m ->
            String.format(
                Locale.ROOT,
                "%s %.2f %% against %.2f %% of stable after %d canary requests (%s)",
                m.name(),
                100 * m.canary(),
                100 * m.control(),
                m.requests(),
                // Where the metric alone was enough, its own figures say more than the sum's.
                m.evidence() >= m.bound()
                    ? evidence(m.evidence(), m.bound())
                    : evidence(verdict.evidence(), verdict.bound())))
        .orElse(
            (gate.blame().isEmpty() ? "harm shown" : gate.blame())
                + " ("
                + evidence(verdict.evidence(), verdict.bound())
                + ")");
  }

  private static String evidence(double evidence, double bound) {
    return String.format(Locale.ROOT, "evidence %.1f of %.1f", evidence, bound);
  }
}
