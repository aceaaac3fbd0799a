package dev.serin.rollout;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Schedule;
import dev.serin.policy.Analysis;
import dev.serin.policy.Approval;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.CanaryPolicy.OnFailure;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.Cohort;
import dev.serin.policy.Conduct;
import dev.serin.policy.Hook;
import dev.serin.policy.Proceedings;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Step;
import dev.serin.policy.Threshold;
import dev.serin.policy.Treatment;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A policy for a test: three steps (5 %, 25 %, 100 %) of a minute, judged by errors. */
final class Policies {

  static final Exit ROLLBACK = new Exit.Rollback();
  static final Exit HOLD = new Exit.Hold();
  static final Exit HOLD_10M = new Exit.HoldThenRollback(Duration.ofMinutes(10));
  static final ResourceName NAME = ResourceName.parse("shop/checkout-v2");

  /** Errors alone, with an absolute bound of 5 %. */
  static final Analysis ERRORS =
      new Analysis(
          true,
          0.01,
          Duration.ZERO,
          Analysis.DEFAULT.ruleOutErrors(),
          Analysis.DEFAULT.ruleOutLatency(),
          ImmutableList.of(
              new Analysis.Metric.Errors("errors", Analysis.Harm.percentagePoints(0.0001), false),
              new Analysis.Metric.ErrorsAtMost("slo", 0.05, false)));

  List<Step> steps =
      new ArrayList<>(List.of(weight(50_000, 60), weight(250_000, 60), weight(1_000_000, 60)));
  Analysis analysis = ERRORS;
  Exit onTimeout = HOLD;
  OnFailure onFailure = OnFailure.DEFAULT;
  OnInconclusive onInconclusive = OnInconclusive.DEFAULT;
  CanaryPolicy.Deadline deadline = CanaryPolicy.Deadline.DEFAULT;
  boolean adaptive;
  OptionalInt holdBack = OptionalInt.empty();
  Conduct conduct = Conduct.NONE;
  Proceedings proceedings = Proceedings.NONE;

  static Step weight(int ppm, int bakeSeconds) {
    return new Step(
        ppm / 10_000 + "%",
        OptionalInt.of(ppm),
        ImmutableSortedMap.of(),
        Duration.ofSeconds(bakeSeconds),
        0);
  }

  static Step cohort(String name, int ppm, int bakeSeconds) {
    return new Step(
        name,
        OptionalInt.empty(),
        ImmutableSortedMap.of(name, ppm),
        Duration.ofSeconds(bakeSeconds),
        0);
  }

  static Step least(int ppm, int bakeSeconds, long least) {
    return new Step(
        ppm / 10_000 + "%",
        OptionalInt.of(ppm),
        ImmutableSortedMap.of(),
        Duration.ofSeconds(bakeSeconds),
        least);
  }

  Policies steps(Step... all) {
    steps = new ArrayList<>(List.of(all));
    return this;
  }

  Policies analysis(Analysis a) {
    analysis = a;
    return this;
  }

  Policies onTimeout(Exit exit) {
    onTimeout = exit;
    return this;
  }

  Policies metrics(Exit exit) {
    OnFailure f = onFailure;
    onFailure = new OnFailure(exit, f.nack(), f.hook(), f.rejected(), f.endpoints());
    return this;
  }

  Policies nack(Exit exit) {
    OnFailure f = onFailure;
    onFailure = new OnFailure(f.metrics(), exit, f.hook(), f.rejected(), f.endpoints());
    return this;
  }

  Policies endpoints(Exit exit) {
    OnFailure f = onFailure;
    onFailure = new OnFailure(f.metrics(), f.nack(), f.hook(), f.rejected(), exit);
    return this;
  }

  Policies hook(Exit exit) {
    OnFailure f = onFailure;
    onFailure = new OnFailure(f.metrics(), f.nack(), exit, f.rejected(), f.endpoints());
    return this;
  }

  Policies rejected(Exit exit) {
    OnFailure f = onFailure;
    onFailure = new OnFailure(f.metrics(), f.nack(), f.hook(), exit, f.endpoints());
    return this;
  }

  /** A hook that is asked on these occasions. */
  Policies asks(Hook.Event... events) {
    Hook hook =
        new Hook(
            ImmutableSortedSet.copyOf(events),
            "https://ci.example/gate",
            Optional.empty(),
            Hook.DEFAULT_TIMEOUT,
            Hook.DEFAULT_RETRIES);
    proceedings =
        new Proceedings(
            ImmutableList.<Hook>builder().addAll(proceedings.hooks()).add(hook).build(),
            proceedings.subscriptions(),
            proceedings.ramp());
    return this;
  }

  /** Goes back by these weights, a minute each. */
  Policies ramp(int... ppm) {
    ImmutableList<Proceedings.Notch> ramp =
        Arrays.stream(ppm)
            .mapToObj(p -> new Proceedings.Notch(p, Duration.ofMinutes(1)))
            .collect(ImmutableList.toImmutableList());
    proceedings = new Proceedings(proceedings.hooks(), proceedings.subscriptions(), ramp);
    return this;
  }

  /** Nothing but an approval by so many of {@code sre}, within an hour. */
  static Step approval(int minimum, Exit onTimeout) {
    return new Step(
        "approve",
        OptionalInt.empty(),
        ImmutableSortedMap.of(),
        Duration.ZERO,
        0,
        Treatment.NONE,
        new Threshold(
            Optional.of(
                new Approval(
                    ImmutableSortedSet.of("sre"), minimum, Duration.ofHours(1), onTimeout)),
            false));
  }

  /** A step by weight that cannot be taken back. */
  static Step noReturn(int ppm, int bakeSeconds) {
    return new Step(
        "schema",
        OptionalInt.of(ppm),
        ImmutableSortedMap.of(),
        Duration.ofSeconds(bakeSeconds),
        0,
        Treatment.NONE,
        new Threshold(Optional.empty(), true));
  }

  Policies inconclusive(OnInconclusive.Then then) {
    onInconclusive = new OnInconclusive(Duration.ofMinutes(10), then);
    return this;
  }

  Policies deadline(Duration after, Exit then) {
    deadline = new CanaryPolicy.Deadline(after, then);
    return this;
  }

  CanaryPolicy build() {
    Cohort staff =
        new Cohort(
            "staff",
            Cohort.Combine.ANY,
            ImmutableList.of(
                new Cohort.Condition.Header("x-role", new Cohort.TextMatch.Exact("staff"))));
    return new CanaryPolicy(
        ResourceName.parse("shop/standard"),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        ImmutableSortedMap.of("staff", staff),
        ImmutableList.copyOf(steps),
        adaptive,
        holdBack,
        new CanaryPolicy.Convergence(950_000, Duration.ofSeconds(30), onTimeout, 1),
        CanaryPolicy.Capacity.DEFAULT,
        analysis,
        onInconclusive,
        CanaryPolicy.OnMetricsLost.DEFAULT,
        onFailure,
        Duration.ofMinutes(30),
        deadline,
        conduct,
        Schedule.ALWAYS,
        proceedings);
  }
}
