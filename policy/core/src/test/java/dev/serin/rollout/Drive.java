package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
import dev.serin.judge.Window;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Hook;
import dev.serin.policy.Reach;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/** Drives one rollout through a test: keeps its time, its state and its journal. */
final class Drive {

  /** Every row that any drive of this run has taken. */
  static final Set<Transitions.Row> VISITED = ConcurrentHashMap.newKeySet();

  static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
  static final By ANN = new By("ann", "", "");

  final RolloutState first;
  final List<JournalEntry> journal = new ArrayList<>();
  final List<Effect> effects = new ArrayList<>();
  RolloutState state;
  Decision last;
  Event event = new Event.Tick(T0);
  Instant now = T0;

  Drive(CanaryPolicy policy) {
    this(policy, Variants.NONE);
  }

  Drive(CanaryPolicy policy, Variants variants) {
    this(policy, variants, Reach.WHOLE);
  }

  Drive(CanaryPolicy policy, Variants variants, Reach reach) {
    first =
        RolloutState.pending(
            new RolloutSpec(
                Policies.NAME,
                ImmutableSortedMap.of(),
                ResourceName.parse("shop/checkout"),
                "v2",
                "standard",
                false,
                variants,
                reach),
            policy,
            "v1",
            "salt",
            T0);
    state = first;
    last = Decision.nothing(first);
  }

  /** Started, published, not converged. */
  static Drive started(Policies policy) {
    return new Drive(policy.build()).start();
  }

  /** Baking in the first step. */
  static Drive baking(Policies policy) {
    return started(policy).acks();
  }

  Drive apply(Event next) {
    event = next;
    last = Rollout.next(state, event);
    last.row().ifPresent(VISITED::add);
    effects.addAll(last.effects());
    if (!last.state().equals(state)) {
      journal.add(JournalEntry.of(journal.size() + 1, event, last));
    }
    state = last.state();
    return this;
  }

  Drive start() {
    return start(1000);
  }

  Drive start(double requestsPerSecond) {
    return apply(
        new Event.Started(
            now,
            ANN,
            new Opening(
                Baseline.NONE,
                ImmutableSortedMap.of("default", 1.0),
                OptionalDouble.of(requestsPerSecond))));
  }

  Drive pause() {
    return apply(new Event.Pause(now, ANN));
  }

  Drive resume() {
    return apply(new Event.Resume(now, ANN));
  }

  Drive promote() {
    return apply(new Event.Promote(now, ANN, false, false));
  }

  Drive promoteFull() {
    return apply(new Event.Promote(now, ANN, true, false));
  }

  Drive promoteByForce() {
    return apply(new Event.Promote(now, ANN, false, true));
  }

  Drive setWeight(int ppm) {
    return apply(new Event.SetWeight(now, ANN, ppm));
  }

  Drive abort() {
    return apply(new Event.Abort(now, ANN, false));
  }

  Drive rollback() {
    return apply(new Event.Rollback(now, ANN));
  }

  Drive retry() {
    return apply(new Event.Retry(now, ANN));
  }

  Drive supersede() {
    return apply(new Event.Supersede(now, ANN, "checkout-v3"));
  }

  Drive approve(String who) {
    return apply(new Event.Approve(now, by(who), Optional.of(ImmutableSortedSet.of("sre"))));
  }

  Drive reject(String who) {
    return apply(new Event.Reject(now, by(who), Optional.of(ImmutableSortedSet.of("sre"))));
  }

  private static By by(String who) {
    return new By(who, "", "");
  }

  Drive skip(int step) {
    return apply(new Event.Skip(now, ANN, step));
  }

  Drive urgent() {
    return apply(new Event.Urgent(now, new By("ann", "a fix", "")));
  }

  Drive freeze() {
    return apply(
        new Event.BlocksReported(
            now,
            ImmutableList.of(
                new Block(
                    Block.Source.CALENDAR,
                    "freeze black-friday is in force",
                    Optional.of(now.plusSeconds(7200))))));
  }

  Drive blocked(Block.Source source) {
    return apply(
        new Event.BlocksReported(
            now, ImmutableList.of(new Block(source, "cart-v5 comes first", Optional.empty()))));
  }

  Drive unblocked() {
    return apply(new Event.BlocksReported(now, ImmutableList.of()));
  }

  /** The hook that is being asked answers. */
  Drive answers(HookCall.Result result) {
    HookCall call = state.openQuestions().getFirst();
    return apply(
        new Event.HookAnswered(
            now, call.hook(), call.event(), call.step(), call.attempt(), result, "because"));
  }

  Drive asked(Hook.Event when) {
    assertThat(state.openQuestions()).as(state.reason()).extracting(HookCall::event).contains(when);
    assertThat(last.effects()).anyMatch(Effect.AskHook.class::isInstance);
    return this;
  }

  Drive capacity(int canary, int stable) {
    return apply(new Event.CapacityReported(now, new Endpoints(canary, stable, true)));
  }

  /** All three proxies acknowledge the split in force, a second later. */
  Drive acks() {
    now = now.plusSeconds(1);
    return report(new ClusterConvergence(3, 3, 0, 0, 0));
  }

  Drive report(ClusterConvergence counts) {
    return apply(
        new Event.ConvergenceReported(
            now, state.split().generation(), ImmutableSortedMap.of("default", counts)));
  }

  Drive cutOff() {
    return report(new ClusterConvergence(1, 1, 0, 0, 2));
  }

  Drive refuses() {
    apply(new Event.Nacked(now, state.split().generation(), "envoy-1", "default", "bad route"));
    return report(new ClusterConvergence(3, 1, 2, 0, 0));
  }

  Drive tick(Duration after) {
    now = now.plus(after);
    return apply(new Event.Tick(now));
  }

  Drive tick(int seconds) {
    return tick(Duration.ofSeconds(seconds));
  }

  /** One window of ten seconds. */
  Drive window(long canary, long canaryErrors, long stable, long stableErrors) {
    now = now.plusSeconds(10);
    return observe(canary, canaryErrors, stable, stableErrors, true);
  }

  Drive observe(long canary, long canaryErrors, long stable, long stableErrors, boolean usable) {
    ArmCounts canaryCounts = new ArmCounts(canary, canaryErrors, Histogram.NONE);
    boolean cohortsOnly = state.split().weightPpm() == 0;
    Window window =
        new Window(
            state.split().generation(),
            Duration.between(T0, now).toSeconds() - 10.0,
            Duration.ofSeconds(10),
            state.split().weightPpm(),
            ImmutableSortedMap.of(
                "default",
                new Window.Arms(
                    cohortsOnly ? ArmCounts.NONE : canaryCounts,
                    new ArmCounts(stable, stableErrors, Histogram.NONE))),
            cohortsOnly ? ImmutableSortedMap.of("staff", canaryCounts) : ImmutableSortedMap.of(),
            usable);
    return apply(new Event.Observed(now, window));
  }

  /** Windows without a failure, by the split in force, until the phase, step or hold changes. */
  Drive healthyUntilMoved() {
    return untilMoved(200, () -> healthyWindow());
  }

  Drive healthyWindow() {
    return window(5000, 0, 20_000, 0);
  }

  /** So few requests that nothing can be ruled out in a quarter of an hour. */
  Drive poorUntilMoved() {
    return untilMoved(200, () -> window(1, 0, 4, 0));
  }

  /** Poor windows until another hold, the phase or the step follows. */
  Drive poorUntilDeadline() {
    return untilMoved(600, () -> window(1, 0, 4, 0).tick(0));
  }

  /** The canary fails everything, stable nothing, until that shows. */
  Drive harmUntilMoved() {
    return untilMoved(
        60, () -> window(500, 500, state.split().weightPpm() == 1_000_000 ? 0 : 10_000, 0));
  }

  /** Both arms fail half of their requests. */
  Drive bothBreakUntilMoved() {
    return untilMoved(60, () -> window(1000, 500, 1000, 500));
  }

  Drive silentUntilMoved() {
    return untilMoved(60, () -> window(0, 0, 10_000, 0));
  }

  private Drive untilMoved(int most, Runnable window) {
    RolloutState begin = state;
    for (int i = 0; i < most && sameCourse(begin, state); i++) {
      window.run();
    }
    assertThat(sameCourse(begin, state)).as("moved from %s", begin.reason()).isFalse();
    return this;
  }

  private static boolean sameCourse(RolloutState a, RolloutState b) {
    return a.phase() == b.phase()
        && a.step() == b.step()
        && a.hold().equals(b.hold())
        && a.stage().getClass() == b.stage().getClass();
  }

  /** Through all steps to the push of 100 %. */
  Drive untilPromoting() {
    for (int i = 0; i < 20 && state.phase() == Phase.PROGRESSING; i++) {
      acks().healthyUntilMoved();
    }
    return in(Phase.PROMOTING);
  }

  Drive untilSucceeded() {
    return untilPromoting().acks().in(Phase.SUCCEEDED);
  }

  /** Baking in the first step, then waiting for endpoints for the second. */
  Drive untilWaiting() {
    return capacity(1, 10).healthyUntilMoved().in(Phase.WAITING);
  }

  Drive in(Phase phase) {
    assertThat(state.phase()).as(state.reason()).isEqualTo(phase);
    return this;
  }

  Drive heldFor(HoldCause cause) {
    assertThat(state.hold().map(Hold::cause)).as(state.reason()).hasValue(cause);
    return this;
  }

  Drive at(int step, int weightPpm) {
    assertThat(state.step()).as("step: " + state.reason()).isEqualTo(step);
    assertThat(state.split().weightPpm()).as("weight: " + state.reason()).isEqualTo(weightPpm);
    return this;
  }

  Drive took(Move move) {
    assertThat(last.row().map(Transitions.Row::move)).as(state.reason()).hasValue(move);
    return this;
  }

  Drive refusedWith(String verb) {
    assertThat(last.refusal().map(Refusal::reason).orElse("not refused")).contains("`" + verb);
    assertThat(last.effects()).isEmpty();
    return this;
  }

  /** What the machine told the world is what the journal says. */
  void replays() {
    assertThat(Journal.replay(first, journal)).isEqualTo(state);
    assertThat(Journal.divergences(first, journal)).isEmpty();
  }

  /** A rollout with traffic on its canary, in that phase. */
  static Drive reach(Phase phase, Policies policy) {
    Drive baking = baking(policy);
    return switch (phase) {
      case WAITING -> baking.untilWaiting();
      case PROGRESSING -> baking;
      case HOLDING -> baking.cutOff().in(Phase.HOLDING);
      case PAUSED -> baking.pause().in(Phase.PAUSED);
      case PROMOTING -> baking.untilPromoting();
      case SUCCEEDED -> baking.untilSucceeded();
      case PENDING, ROLLING_BACK, ROLLED_BACK, SUPERSEDED ->
          throw new IllegalArgumentException(phase + " (expected: one with traffic)");
    };
  }
}
