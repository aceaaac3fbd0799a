package dev.serin.sim;

import dev.serin.plan.TrafficPlan;
import dev.serin.rollout.Convergence;
import dev.serin.rollout.Decision;
import dev.serin.rollout.Effect;
import dev.serin.rollout.Event;
import dev.serin.rollout.HoldCause;
import dev.serin.rollout.Move;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Stage;
import dev.serin.rollout.Transitions;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What must hold whatever happens, looked at after every event; by the numbers of the docs. */
final class Invariants {

  private static final Set<Move> VERDICTS =
      EnumSet.of(Move.ADVANCE, Move.ADVANCE_LOW_POWER, Move.ADVANCE_INCONCLUSIVE);
  private static final Set<Move> BACK =
      EnumSet.of(Move.ROLL_BACK, Move.NOTHING_OUT, Move.HELD_NACKED);

  /** How long something that is due may be late: the machine makes one move an event. */
  private static final Duration LATE = Duration.ofMinutes(3);

  private final Simulation world;
  private final Harm harm;
  private int events;
  private long fingerprint;

  Invariants(Simulation world, Traffic traffic) {
    this.world = world;
    this.harm = new Harm(traffic);
  }

  int events() {
    return events;
  }

  long fingerprint() {
    return fingerprint;
  }

  /** A server has decided; nothing has been carried out yet. */
  void decided(Server server, RolloutState before, Event event, Decision decision) {
    events++;
    RolloutState after = decision.state();
    for (long part :
        new long[] {
          world.now,
          event.kind().name().hashCode(),
          after.split().weightPpm(),
          after.split().generation(),
          after.reason().hashCode()
        }) {
      fingerprint = Chance.mix(fingerprint + part);
    }
    if (decision.refusal().isPresent()) {
      require(6, after.equals(before), "a refused command changed something");
      return;
    }
    Optional<Move> move = decision.row().map(Transitions.Row::move);
    split(before, after, decision);
    if (after.split().exceeds(before.split())) {
      rises(server, before, event, after, move);
    }
    back(before, event, after, move);
    evidence(before, event, after, move);
    blamed(server, before, event, move);
    due(event, after);
    harm.decided(before, event, after, move)
        .ifPresent(found -> require(found.invariant(), false, found.what()));
  }

  private void split(RolloutState before, RolloutState after, Decision decision) {
    if (after.split().equals(before.split())) {
      return;
    }
    require(
        1,
        after.planOf(after.split()).splitPpm().values().stream().mapToInt(p -> p).sum()
            == 1_000_000,
        "the weights do not sum to everything");
    require(
        1,
        after.split().generation() == before.split().generation() + 1
            && decision.effects().stream().anyMatch(Effect.Publish.class::isInstance),
        "a split changed and was not published as the next generation");
  }

  private void rises(
      Server server, RolloutState before, Event event, RolloutState after, Optional<Move> move) {
    require(2, move.isPresent(), "exposure rises without a declared move");
    boolean urgent = before.isUrgent() || event instanceof Event.Urgent;
    require(2, !world.closed || urgent, "exposure rises in a freeze");
    if (!(event instanceof Event.SetWeight) && !after.manual()) {
      approved(after);
    }
    if (event instanceof Event.Command) {
      return;
    }
    require(2, before.pause().isEmpty(), "exposure rises by itself under a pause");
    require(8, !held(before, HoldCause.METRICS_LOST), "exposure rises without telemetry");
    boolean baking = before.stage() instanceof Stage.Baking;
    if (before.split().exposes() || baking) {
      require(
          2,
          Convergence.isFleetConverged(
              world.counts(server, before).values(), before.policy().convergence().quorumPpm()),
          "exposure rises on a fleet that does not run the split");
    }
    if (VERDICTS.contains(move.orElseThrow())) {
      require(2, baking, "a verdict moves a step that does not bake");
      boolean judged = before.evidence().judge().isPresent() && before.split().exposes();
      require(
          2,
          !judged || (event instanceof Event.Observed o && o.window().usable()),
          "a step is left on no evidence");
    } else {
      require(2, move.get() == Move.ENTER, "exposure rises by " + move.get());
    }
  }

  private void approved(RolloutState after) {
    List<dev.serin.policy.Step> steps = after.policy().steps();
    for (int i = 1; i <= Math.min(after.step(), steps.size()); i++) {
      int step = i;
      long people =
          after.passage().consents().stream()
              .filter(c -> c.step() == step)
              .map(c -> c.by().actor())
              .distinct()
              .count();
      int needed =
          steps.get(i - 1).threshold().approval().map(approval -> approval.minimum()).orElse(0);
      require(2, people >= needed, "exposure rises past an approval that was not given");
    }
  }

  private void back(RolloutState before, Event event, RolloutState after, Optional<Move> move) {
    boolean wasBack =
        before.stage() instanceof Stage.RollingBack || before.stage() instanceof Stage.RolledBack;
    if (wasBack && !(event instanceof Event.Retry)) {
      require(3, !after.split().exceeds(before.split()), "exposure rises after a rollback");
    }
    boolean atOnce = after.policy().proceedings().ramp().isEmpty();
    boolean rollsBack = move.equals(Optional.of(Move.ROLL_BACK));
    if (atOnce && (rollsBack || (after.isOver() && wasBack))) {
      require(3, !after.split().exposes(), "a rollback leaves a share behind");
    }
  }

  private void evidence(RolloutState before, Event event, RolloutState after, Optional<Move> move) {
    if (event instanceof Event.Observed(var at, var window)
        && window.generation() != before.split().generation()) {
      require(
          4,
          after.evidence().judge().equals(before.evidence().judge())
              && after.evidence().stepRequests() == before.evidence().stepRequests(),
          "evidence of another split counts");
    }
    boolean wasLost = held(before, HoldCause.METRICS_LOST);
    if (wasLost && event instanceof Event.Tick) {
      require(
          8,
          move.isEmpty() || move.get() == Move.REMIND,
          "without telemetry it went on by itself: " + move);
    }
    if (move.equals(Optional.of(Move.HELD_METRICS_LOST))) {
      require(8, after.split().equals(before.split()), "an outage changed the split");
    }
    if (event instanceof Event.Tick && after.phase() == dev.serin.rollout.Phase.ROLLING_BACK) {
      boolean silent = before.verdict().state() == dev.serin.judge.Verdict.State.METRICS_LOST;
      require(8, !silent || wasLost || before.phase() == after.phase(), "an outage rolls back");
    }
  }

  /** What the fleet says stops a release only where more proxies refuse it than may be missing. */
  private void blamed(Server server, RolloutState before, Event event, Optional<Move> move) {
    if (event instanceof Event.ConvergenceReported && move.filter(BACK::contains).isPresent()) {
      int quorum = before.policy().convergence().quorumPpm();
      boolean refused =
          world.counts(server, before).values().stream()
              .anyMatch(c -> Convergence.isRefused(c, quorum));
      require(11, refused, "fewer proxies than may be missing stopped the release");
    }
  }

  private void due(Event event, RolloutState after) {
    if (after.isOver()) {
      return;
    }
    require(12, after.nextTransition().isPresent(), "nothing is ever due: " + after.reason());
    if (event instanceof Event.Tick) {
      require(
          12,
          !after.nextTransition().orElseThrow().isBefore(event.at().minus(LATE)),
          "long due, and nothing happens: " + after.reason());
    }
  }

  private static boolean held(RolloutState state, HoldCause cause) {
    return state.hold().filter(h -> h.cause() == cause).isPresent();
  }

  /** An entry was accepted. */
  void appended(long epoch) {
    require(5, epoch == world.store.epoch(), "a leader that was replaced wrote");
  }

  /** A plan is about to be sent to everyone. */
  void publishes(TrafficPlan plan, boolean urgent) {
    boolean journalled =
        world.store.approvedPpm(plan.generation()).equals(Optional.of(plan.weightPpm()));
    boolean lower = plan.weightPpm() <= world.store.shadow().split().weightPpm();
    require(1, journalled || (urgent && lower), "sent before it was journalled");
  }

  /** A plan is about to be sent to a proxy. */
  void sends(Proxy proxy, TrafficPlan plan) {
    require(10, !proxy.refused.contains(plan), "sent again to a proxy that had refused it");
  }

  /** A server has read the journal. */
  void recovers(RolloutState recovered, Optional<TrafficPlan> served) {
    Optional<TrafficPlan> right = world.store.shadow().plan();
    require(9, served.isPresent() || right.isEmpty(), "nothing is served after a start");
    require(6, recovered.equals(world.store.shadow()), "a start comes to another state");
    require(6, served.equals(right), "a start serves another plan");
  }

  /** After a rollback every connected proxy has been told. */
  void told() {
    RolloutState state = world.leader().state;
    if (!world.leader().alive
        || !(state.stage() instanceof Stage.RollingBack)
        || state.split().exposes()) {
      return;
    }
    TrafficPlan zero = state.planOf(state.split());
    for (Proxy proxy : world.fleet.proxies) {
      TrafficPlan has = proxy.sent != null ? proxy.sent : proxy.acked;
      boolean told = has == null || !has.exposesCanary() || proxy.refused.contains(zero);
      require(3, !proxy.connected || told, "a connected proxy was not told zero");
    }
  }

  /** Ends the run at what does not hold. */
  void require(int invariant, boolean holds, String what) {
    if (!holds) {
      throw new Broken(new Violation(invariant, Duration.ofMillis(world.now), what));
    }
  }

  /** The disk was read back. */
  void replayed(Optional<String> difference) {
    difference.ifPresent(what -> require(6, false, what));
  }
}
