package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Schedule;
import java.time.Duration;
import java.util.OptionalInt;
import java.util.Set;

/**
 * How a service moves from one version to the next. Immutable: a running rollout keeps the policy
 * it started with.
 *
 * @param sticky tried in order, the first that a request carries counts; empty is a draw per
 *     request
 * @param steps never empty; weights and shares carry over from step to step
 * @param adaptiveSteps whether first steps that would give the canary under one request a second
 *     are skipped (up to 25 %); true only for the built-in steps
 * @param holdBackPpm stable's share at "100 %" until promotion; empty is automatic: 2 %, or one
 *     request a second where that is more, up to 10 %
 * @param conduct how requests are handled in all steps
 * @param schedule the hours in which exposure may grow
 * @param proceedings whom it asks and tells, and the way it goes back
 */
public record CanaryPolicy(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    ImmutableList<StickySource> sticky,
    ImmutableSortedMap<String, Cohort> cohorts,
    ImmutableList<Step> steps,
    boolean adaptiveSteps,
    OptionalInt holdBackPpm,
    Convergence convergence,
    Capacity capacity,
    Analysis analysis,
    OnInconclusive onInconclusive,
    OnMetricsLost onMetricsLost,
    OnFailure onFailure,
    Duration keepWarm,
    Deadline deadline,
    Conduct conduct,
    Schedule schedule,
    Proceedings proceedings) {

  /**
   * When a mesh cluster counts as having accepted a step.
   *
   * @param quorumPpm the share of wanted proxies that must acknowledge
   * @param timeout how long to wait for it
   * @param onTimeout what happens then
   * @param probe how many proxies per mesh cluster and Envoy minor version take a structural change
   *     first
   */
  public record Convergence(int quorumPpm, Duration timeout, Exit onTimeout, int probe) {
    public static final Convergence DEFAULT =
        new Convergence(950_000, Duration.ofSeconds(30), new Exit.Hold(), 1);

    public Convergence {
      Ppm.require("quorum", quorumPpm);
      if (probe < 0) {
        throw new IllegalArgumentException("probe: " + probe + " (expected: 0 or more)");
      }
    }
  }

  /**
   * Endpoints that the canary needs before a step.
   *
   * @param marginPpm of weight times stable's endpoints
   * @param least in any case
   */
  public record Capacity(int marginPpm, int least) {
    public static final Capacity DEFAULT = new Capacity(800_000, 1);

    public Capacity {
      Ppm.require("margin", marginPpm);
    }
  }

  /** What is done when something went wrong. */
  public sealed interface Exit {
    record Rollback() implements Exit {}

    record Hold() implements Exit {}

    /** Hold, and roll back when nobody has decided within {@code after}. */
    record HoldThenRollback(Duration after) implements Exit {}
  }

  /** A step whose harm is neither shown nor ruled out after {@code after}. */
  public record OnInconclusive(Duration after, Then then) {
    /** What follows. */
    public enum Then {
      /**
       * Advance, flagged LOW_POWER, where traffic is too little to tell and nothing points to harm;
       * else hold.
       */
      AUTO,
      HOLD,
      ADVANCE,
      ROLLBACK
    }

    public static final OnInconclusive DEFAULT =
        new OnInconclusive(Duration.ofMinutes(10), Then.AUTO);
  }

  /**
   * Telemetry that stays away for {@code after} holds the rollout; it never advances it and never
   * rolls it back.
   */
  public record OnMetricsLost(Duration after) {
    public static final OnMetricsLost DEFAULT = new OnMetricsLost(Duration.ofMinutes(1));
  }

  /**
   * What each kind of failure leads to.
   *
   * @param metrics harm was shown
   * @param nack the fleet refused the configuration
   * @param hook a hook said no or did not answer
   * @param rejected an approver said no
   * @param endpoints the canary has no endpoint
   */
  public record OnFailure(Exit metrics, Exit nack, Exit hook, Exit rejected, Exit endpoints) {
    public static final OnFailure DEFAULT =
        new OnFailure(
            new Exit.Rollback(),
            new Exit.Rollback(),
            new Exit.Hold(),
            new Exit.Rollback(),
            new Exit.Hold());
  }

  /**
   * How long a rollout may take in PROGRESSING and HOLDING for the verdict; holding notifies and
   * renews it.
   */
  public record Deadline(Duration after, Exit then) {
    public static final Deadline DEFAULT = new Deadline(Duration.ofHours(72), new Exit.Hold());
  }

  /** How long a finished rollout can be undone in one push, unless the policy says otherwise. */
  public static final Duration DEFAULT_KEEP_WARM = Duration.ofMinutes(30);

  public CanaryPolicy {
    if (steps.isEmpty()) {
      throw new IllegalArgumentException("steps: [] (expected: at least one)");
    }
    holdBackPpm.ifPresent(ppm -> Ppm.require("holdBack", ppm));
    for (Step step : steps) {
      requireCohorts("step " + step.name(), step.cohortPpm().keySet(), cohorts.keySet());
    }
    requireCohorts("exclude", conduct.exclude(), cohorts.keySet());
    cohorts.forEach((who, cohort) -> {
      requireCohorts("cohort " + who, cohort.named(), cohorts.keySet());
      if (Cohort.isCircular(cohorts, who)) {
        throw new IllegalArgumentException("cohort " + who + " is defined by itself");
      }
    });
  }

  private static void requireCohorts(String what, Set<String> named, Set<String> cohorts) {
    for (String cohort : named) {
      if (!cohorts.contains(cohort)) {
        throw new IllegalArgumentException(
            what + " names cohort " + cohort + " (expected: one of " + cohorts + ")");
      }
    }
  }

  /** A policy that wants requests handled as they are without one, at any hour. */
  public CanaryPolicy(
      ResourceName name,
      ImmutableSortedMap<String, String> labels,
      ImmutableList<StickySource> sticky,
      ImmutableSortedMap<String, Cohort> cohorts,
      ImmutableList<Step> steps,
      boolean adaptiveSteps,
      OptionalInt holdBackPpm,
      Convergence convergence,
      Capacity capacity,
      Analysis analysis,
      OnInconclusive onInconclusive,
      OnMetricsLost onMetricsLost,
      OnFailure onFailure,
      Duration keepWarm,
      Deadline deadline) {
    this(
        name,
        labels,
        sticky,
        cohorts,
        steps,
        adaptiveSteps,
        holdBackPpm,
        convergence,
        capacity,
        analysis,
        onInconclusive,
        onMetricsLost,
        onFailure,
        keepWarm,
        deadline,
        Conduct.NONE,
        Schedule.ALWAYS,
        Proceedings.NONE);
  }

  /** The built-in policy {@code default}, under the given name. */
  public static CanaryPolicy defaults(ResourceName name) {
    ImmutableList.Builder<Step> steps = ImmutableList.builder();
    int[] percents = {1, 5, 10, 25, 50, 100};
    for (int i = 0; i < percents.length; i++) {
      steps.add(
          new Step(
              percents[i] + "%",
              OptionalInt.of(percents[i] * 10_000),
              ImmutableSortedMap.of(),
              defaultBake(i, percents.length),
              0));
    }
    return new CanaryPolicy(
        name,
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        ImmutableSortedMap.of(),
        steps.build(),
        true,
        OptionalInt.empty(),
        Convergence.DEFAULT,
        Capacity.DEFAULT,
        Analysis.DEFAULT,
        OnInconclusive.DEFAULT,
        OnMetricsLost.DEFAULT,
        OnFailure.DEFAULT,
        DEFAULT_KEEP_WARM,
        Deadline.DEFAULT);
  }

  /**
   * The same with everybody's agreement taken as granted: no approvals, no hooks, no hours. A step
   * that was nothing else is left out.
   */
  public CanaryPolicy granted() {
    ImmutableList<Step> open =
        steps.stream()
            .filter(step -> !step.isGateOnly())
            .map(Step::granted)
            .collect(ImmutableList.toImmutableList());
    return new CanaryPolicy(
        name,
        labels,
        sticky,
        cohorts,
        open.isEmpty() ? defaults(name).steps() : open,
        adaptiveSteps,
        holdBackPpm,
        convergence,
        capacity,
        analysis,
        onInconclusive,
        onMetricsLost,
        onFailure,
        keepWarm,
        deadline,
        conduct,
        Schedule.ALWAYS,
        new Proceedings(ImmutableList.of(), proceedings.subscriptions(), proceedings.ramp()));
  }

  /**
   * The bake of step {@code index} (from 0) of {@code count} that names none: 150 s, 40 s, and 10
   * min for the last.
   */
  public static Duration defaultBake(int index, int count) {
    if (index == count - 1) {
      return Duration.ofMinutes(10);
    }
    return index == 0 ? Duration.ofSeconds(150) : Duration.ofSeconds(40);
  }
}
