package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Verdict;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.RolloutSpec;
import java.time.Instant;
import java.util.Optional;

/**
 * All that a rollout remembers. The phase, the plan and the next transition follow from it.
 *
 * @param policy as it was when the rollout was created
 * @param from the stable version that it came from, and goes back to
 * @param salt of the service's sticky hash
 * @param step the step in force, from 1; 0 before the first
 * @param manual whether a person set the weight, so that the split is no step's
 * @param split in force, approved
 * @param previous in force before that
 * @param opening empty before the start
 * @param clusters the fleet's last answers about {@code split}
 * @param rejection the last words of a proxy that refused a split
 * @param passage what others have said about its way up
 * @param lowPower whether a step was left because traffic was too little to tell
 * @param handled the request ids handled last, oldest first
 * @param since when phase, step or cause last changed
 * @param remindAt when a state without a deadline of its own speaks up again
 * @param reason one sentence with numbers that ends in what happens next or the verb to use
 */
public record RolloutState(
    RolloutSpec spec,
    CanaryPolicy policy,
    String from,
    String salt,
    Stage stage,
    Optional<Hold> hold,
    Optional<Pause> pause,
    int step,
    boolean manual,
    Split split,
    Split previous,
    Optional<Opening> opening,
    ImmutableSortedMap<String, ClusterConvergence> clusters,
    Optional<Rejection> rejection,
    Endpoints endpoints,
    Evidence evidence,
    Budget deadline,
    Passage passage,
    boolean lowPower,
    Decided decided,
    ImmutableList<String> handled,
    Instant since,
    Optional<Instant> remindAt,
    String reason) {

  /** A rollout that has been written down and waits for {@link Event.Started}. */
  public static RolloutState pending(
      RolloutSpec spec, CanaryPolicy policy, String from, String salt, Instant at) {
    return new RolloutState(
        spec,
        policy,
        from,
        salt,
        new Stage.Pending(),
        Optional.empty(),
        Optional.empty(),
        0,
        false,
        Split.NONE,
        Split.NONE,
        Optional.empty(),
        ImmutableSortedMap.of(),
        Optional.empty(),
        Endpoints.UNKNOWN,
        Evidence.NONE,
        Budget.UNTOUCHED,
        Passage.NONE,
        false,
        new Decided(at, Decided.SERIN, "Created"),
        ImmutableList.of(),
        at,
        Optional.of(at.plus(policy.deadline().after())),
        spec.draft()
            ? "Created as a draft; it waits for `start`."
            : "Created; it starts once no other rollout of " + spec.service() + " has traffic.");
  }

  /** What users see. */
  public Phase phase() {
    return switch (stage) {
      case Stage.Pending s -> Phase.PENDING;
      case Stage.Waiting s -> stoppedOr(Phase.WAITING);
      case Stage.Converging s -> stoppedOr(Phase.PROGRESSING);
      case Stage.Baking s -> stoppedOr(Phase.PROGRESSING);
      case Stage.Promoting s -> stoppedOr(Phase.PROMOTING);
      case Stage.KeptWarm s -> Phase.SUCCEEDED;
      case Stage.Succeeded s -> Phase.SUCCEEDED;
      case Stage.RollingBack s -> Phase.ROLLING_BACK;
      case Stage.RolledBack s -> Phase.ROLLED_BACK;
      case Stage.Superseded s -> Phase.SUPERSEDED;
    };
  }

  private Phase stoppedOr(Phase running) {
    if (pause.isPresent()) {
      return Phase.PAUSED;
    }
    return hold.isPresent() ? Phase.HOLDING : running;
  }

  /** Whether nothing but a retry can happen any more. */
  public boolean isOver() {
    return switch (stage) {
      case Stage.Succeeded s -> true;
      case Stage.RolledBack s -> true;
      case Stage.Superseded s -> true;
      case Stage.Pending s -> false;
      case Stage.Waiting s -> false;
      case Stage.Converging s -> false;
      case Stage.Baking s -> false;
      case Stage.Promoting s -> false;
      case Stage.KeptWarm s -> false;
      case Stage.RollingBack s -> false;
    };
  }

  /** Until when the fleet's answer to the split is waited for; empty when it is not. */
  Optional<Instant> convergenceTimeout() {
    return switch (stage) {
      case Stage.Converging(Instant sent) -> Optional.of(sent.plus(policy.convergence().timeout()));
      case Stage.Promoting(Instant sent) -> Optional.of(sent.plus(policy.convergence().timeout()));
      case Stage.Pending s -> Optional.empty();
      case Stage.Waiting s -> Optional.empty();
      case Stage.Baking s -> Optional.empty();
      case Stage.KeptWarm s -> Optional.empty();
      case Stage.Succeeded s -> Optional.empty();
      case Stage.RollingBack s -> Optional.empty();
      case Stage.RolledBack s -> Optional.empty();
      case Stage.Superseded s -> Optional.empty();
    };
  }

  /** The plan in force; none before the first step and when the rollout is over. */
  public Optional<TrafficPlan> plan() {
    return isOver() || split.generation() == 0 ? Optional.empty() : Optional.of(planOf(split));
  }

  /** The plan that puts these shares in force. */
  public TrafficPlan planOf(Split shares) {
    return new TrafficPlan(
        spec.name(),
        spec.service(),
        from,
        spec.to(),
        shares.weightPpm(),
        shares.cohortPpm(),
        TrafficPlan.definitions(
            policy.cohorts(), shares.cohortPpm().keySet(), shares.terms().excluded()),
        policy.sticky(),
        salt,
        shares.generation(),
        shares.terms(),
        policy.conduct());
  }

  /** How many steps the policy has. */
  public int lastStep() {
    return ramp().last();
  }

  /** The plan of a step of the policy, from 1, wherever the rollout stands. */
  public TrafficPlan planAt(int step) {
    return planOf(ramp().splitAt(step, step));
  }

  /** The version that the service's status names stable as far as this rollout goes. */
  public String stable() {
    return phase() == Phase.SUCCEEDED ? spec.to() : from;
  }

  /** What the evidence says, lost telemetry included. */
  public Verdict verdict() {
    Verdict judged = evidence.judge().map(judge -> judge.verdict()).orElse(Verdict.NOTHING_YET);
    boolean lost = hold.filter(h -> h.cause() == HoldCause.METRICS_LOST).isPresent();
    return lost
        ? new Verdict(
            Verdict.State.METRICS_LOST, judged.evidence(), judged.bound(), judged.metrics())
        : judged;
  }

  /** When the passing of time alone will next do something; empty when nothing is due. */
  public Optional<Instant> nextTransition() {
    return Timers.next(this);
  }

  /** The last step, from 1, whose split gives the canary at most {@code ppm}; else the first. */
  public int stepAt(int ppm) {
    Ramp ramp = ramp();
    int step = 1;
    for (int i = 2; i <= ramp.last(); i++) {
      step = ramp.splitAt(i, 0).weightPpm() <= ppm ? i : step;
    }
    return step;
  }

  Ramp ramp() {
    return Ramp.of(spec, policy, opening, passage);
  }

  /** Whether somebody's approval is what it waits for. */
  public boolean awaitsApproval() {
    return stage instanceof Stage.Waiting(int next) && gateway().pendingApproval(next).isPresent();
  }

  Gateway gateway() {
    return new Gateway(policy, ramp(), passage, endpoints);
  }

  /** Whether a person has hurried it past bakes and what of the calendar allows it. */
  public boolean isUrgent() {
    return passage.urgent().isPresent();
  }

  /** What was last said to speak against growth from outside. */
  public ImmutableList<Block> blocks() {
    return passage.blocks();
  }

  /** A step's name; one more than there are is the promotion. */
  public String stepName(int number) {
    return number > lastStep() ? "promotion" : ramp().step(number).name();
  }

  /**
   * How far it has come, as what it waits for or stands at: 0 before the start, then the number of
   * a step. The promotion is beyond every step, of whatever rollout.
   */
  public int reachedGate() {
    return switch (stage) {
      case Stage.Pending s -> 0;
      case Stage.Waiting(int next) -> next > lastStep() ? PROMOTION : next;
      case Stage.Converging s -> step;
      case Stage.Baking s -> step;
      case Stage.Promoting s -> PROMOTION;
      case Stage.KeptWarm s -> PROMOTION;
      case Stage.Succeeded s -> PROMOTION;
      case Stage.RollingBack s -> step;
      case Stage.RolledBack s -> step;
      case Stage.Superseded s -> step;
    };
  }

  /** The gate that it comes to next, or waits at, in the same numbers. */
  public int nextGate() {
    if (stage instanceof Stage.Waiting) {
      return reachedGate();
    }
    return step >= lastStep() ? PROMOTION : step + 1;
  }

  private static final int PROMOTION = Integer.MAX_VALUE;

  /** The questions that have been put to hooks and not been answered. */
  public ImmutableList<HookCall> openQuestions() {
    return passage.hooks().stream()
        .filter(call -> call.status() == HookCall.Status.ASKED)
        .collect(ImmutableList.toImmutableList());
  }
}
