package dev.serin.cli.judge;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableDoubleArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
import dev.serin.judge.Window;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Effect;
import dev.serin.rollout.Event;
import dev.serin.rollout.Evidence;
import dev.serin.rollout.Opening;
import dev.serin.rollout.Phase;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Split;
import dev.serin.rollout.Stage;
import java.math.BigDecimal;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * One rollout of a stream. Its fleet is one proxy that accepts everything at once.
 *
 * <p>What the stream says was in force counts. A driver that follows the answers closes the loop,
 * and the machine's own weight is the stream's. Where the stream goes its own way, the machine is
 * put into the step that the stream's weight belongs to, and an advance that the stream did not
 * follow is taken back: it is then a piece of advice, given again with every window.
 */
final class JudgedRun {
  private static final String FLEET = "default";
  private static final By STREAM = new By("stream", "", "");
  private static final Instant ORIGIN = Instant.EPOCH;
  private static final Pattern INSTANT =
      Pattern.compile("\\d{4}-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\dZ");
  private static final ImmutableSortedMap<String, ClusterConvergence> GRANTED =
      ImmutableSortedMap.of(FLEET, new ClusterConvergence(1, 1, 0, 0, 0));

  /** What a window came to. */
  enum Action {
    CONTINUE,
    ADVANCE,
    HOLD,
    ROLLBACK,
    PROMOTE
  }

  private RolloutState state;
  private boolean started;
  private double firstT;
  private double lastEnd = Double.NEGATIVE_INFINITY;
  private ImmutableDoubleArray edges = ImmutableDoubleArray.of();

  /** As it was before an advance that the stream has not followed yet. */
  private @Nullable RolloutState resting;

  /** The canary's requests in the window before, which such an advance has left behind. */
  private long lastRequests;

  JudgedRun(CanaryPolicy policy) {
    ResourceName name = new ResourceName(policy.name().tenant(), "judged");
    RolloutSpec spec =
        new RolloutSpec(name, ImmutableSortedMap.of(), name, "canary", policy.name().name(), false);
    state = RolloutState.pending(spec, policy.granted(), "stable", "", ORIGIN);
  }

  RolloutState state() {
    return state;
  }

  /** The machine's sentence. It counts from the first window on; the stream has its own seconds. */
  String reason() {
    return INSTANT
        .matcher(state.reason())
        .replaceAll(at -> {
          BigDecimal seconds = BigDecimal.valueOf(Instant.parse(at.group()).getEpochSecond());
          BigDecimal t = seconds.add(BigDecimal.valueOf(firstT)).stripTrailingZeros();
          return "t = " + t.toPlainString();
        });
  }

  /** Begins with what is known of stable. */
  void begin(StreamLine.History history) throws LineProblem {
    if (started) {
      throw new LineProblem("history: too late (expected: before the first window, once)");
    }
    for (Baseline.Block block : history.baseline().blocks()) {
      sameEdges(block.a());
      sameEdges(block.b());
    }
    OptionalDouble rate =
        history.seconds() > 0
            ? OptionalDouble.of(history.baseline().requests() / history.seconds())
            : OptionalDouble.empty();
    start(history.baseline(), rate);
  }

  private void start(Baseline baseline, OptionalDouble requestsPerSecond) {
    started = true;
    Opening opening = new Opening(baseline, ImmutableSortedMap.of(FLEET, 1.0), requestsPerSecond);
    apply(new Event.Started(ORIGIN, STREAM, opening));
  }

  /** Takes a window and says what it came to. */
  Action observe(StreamLine.Observation seen) throws LineProblem {
    if (seen.t() < lastEnd - 1e-6) {
      throw new LineProblem(
          "t: %s (expected: %s or later, the end of the window before)"
              .formatted(seen.t(), lastEnd));
    }
    if (seen.arms().isPresent()) {
      sameEdges(seen.arms().get().canary());
      sameEdges(seen.arms().get().stable());
    }
    if (!started) {
      start(Baseline.NONE, OptionalDouble.empty());
    }
    if (lastEnd == Double.NEGATIVE_INFINITY) {
      firstT = seen.t();
    }
    lastEnd = seen.end();
    return isSettled(seen) ? outcome() : judge(seen);
  }

  /** Nothing that comes can change the outcome, but harm that shows while a promotion is warm. */
  private boolean isSettled(StreamLine.Observation seen) {
    boolean warm = state.stage() instanceof Stage.KeptWarm;
    return state.isOver() || (warm && seen.weightPpm() != state.split().weightPpm());
  }

  private Action judge(StreamLine.Observation seen) {
    Instant begin = instant(seen.t());
    Instant end = instant(seen.end());
    // A gap before the window passes time in the step that was in force, or advised.
    tickBefore(begin);
    follow(seen.weightPpm(), begin);
    if (!state.split().exposes()) {
      return Action.CONTINUE;
    }
    tickBefore(end);
    RolloutState before = state;
    apply(new Event.Observed(end, window(seen)));
    if (state.nextTransition().filter(due -> !due.isAfter(end)).isPresent()) {
      apply(new Event.Tick(end));
    }
    return settle(before);
  }

  private Action settle(RolloutState before) {
    boolean advanced =
        state.step() > before.step() && state.split().generation() > before.split().generation();
    if (advanced && !state.isOver() && state.phase() == Phase.PROGRESSING) {
      resting = before;
      return Action.ADVANCE;
    }
    return outcome();
  }

  private Action outcome() {
    return switch (state.phase()) {
      case PENDING, WAITING, PROGRESSING, PAUSED -> Action.CONTINUE;
      case HOLDING -> Action.HOLD;
      case PROMOTING, SUCCEEDED -> Action.PROMOTE;
      case ROLLING_BACK, ROLLED_BACK, SUPERSEDED -> Action.ROLLBACK;
    };
  }

  /** Puts what the stream had in force in force here. */
  private void follow(int weightPpm, Instant at) {
    RolloutState rest = resting;
    resting = null;
    if (weightPpm == state.split().weightPpm() || state.phase() == Phase.SUCCEEDED) {
      return;
    }
    Evidence evidence = state.evidence();
    if (rest != null && rest.split().weightPpm() == weightPpm) {
      Evidence kept =
          new Evidence(
              evidence.judge(),
              evidence.lastUsable(),
              rest.evidence().expectedSince(),
              rest.evidence().stepRequests() + lastRequests,
              true,
              Optional.empty());
      state = at(rest.stage(), rest.step(), rest.split(), kept);
      return;
    }
    Evidence fresh =
        new Evidence(
            evidence.judge(), evidence.lastUsable(), Optional.of(at), 0, false, Optional.empty());
    Split before = state.split();
    Split split = new Split(weightPpm, before.cohortPpm(), before.generation() + 1, before.terms());
    state = at(new Stage.Baking(at), state.stepAt(weightPpm), split, fresh);
  }

  private RolloutState at(Stage stage, int step, Split split, Evidence evidence) {
    return new RolloutState(
        state.spec(),
        state.policy(),
        state.from(),
        state.salt(),
        stage,
        Optional.empty(),
        Optional.empty(),
        step,
        false,
        split,
        state.split(),
        state.opening(),
        GRANTED,
        Optional.empty(),
        state.endpoints(),
        evidence,
        state.deadline(),
        state.passage(),
        state.lowPower(),
        state.decided(),
        state.handled(),
        state.since(),
        Optional.empty(),
        state.reason());
  }

  private Window window(StreamLine.Observation seen) {
    ImmutableSortedMap<String, Window.Arms> arms =
        seen.arms()
            .map(
                both -> ImmutableSortedMap.of(FLEET, new Window.Arms(both.canary(), both.stable())))
            .orElse(ImmutableSortedMap.of());
    Window window =
        new Window(
            state.split().generation(),
            seen.t(),
            Duration.ofSeconds(seen.seconds()),
            seen.weightPpm(),
            arms,
            ImmutableSortedMap.of(),
            seen.arms().isPresent());
    lastRequests = window.canaryRequests();
    return window;
  }

  /** Lets the machine do what is due before {@code end}. */
  private void tickBefore(Instant end) {
    Optional<Instant> due = state.nextTransition();
    Instant last = Instant.MIN;
    while (due.isPresent() && due.get().isBefore(end) && due.get().isAfter(last)) {
      last = due.get();
      apply(new Event.Tick(last));
      due = state.nextTransition();
    }
  }

  private void apply(Event event) {
    Decision decision = Rollout.next(state, event);
    state = decision.state();
    for (Effect effect : decision.effects()) {
      if (effect instanceof Effect.Publish publish) {
        state =
            Rollout.next(
                    state,
                    new Event.ConvergenceReported(event.at(), publish.plan().generation(), GRANTED))
                .state();
      }
    }
  }

  private void sameEdges(ArmCounts arm) throws LineProblem {
    Histogram latency = arm.latency();
    if (latency.le().isEmpty()) {
      return;
    }
    if (edges.isEmpty()) {
      edges = latency.le();
    } else if (!edges.equals(latency.le())) {
      throw new LineProblem(
          "latency.le: other edges than before (expected: the %d edges %s)"
              .formatted(edges.length(), shown(edges.asList())));
    }
  }

  private static String shown(List<Double> edges) {
    return edges.size() <= 6 ? edges.toString() : edges.subList(0, 5) + "...";
  }

  private Instant instant(double t) {
    return ORIGIN.plusNanos(Math.round((t - firstT) * 1e9));
  }
}
