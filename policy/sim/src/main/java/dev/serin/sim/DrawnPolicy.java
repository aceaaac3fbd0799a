package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Schedule;
import dev.serin.policy.Analysis;
import dev.serin.policy.Approval;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.CanaryPolicy.Exit;
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
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** Policies for simulated rollouts: short steps, and every way to stop. */
final class DrawnPolicy {

  private static final List<Exit> EXITS =
      List.of(
          new Exit.Rollback(), new Exit.Hold(), new Exit.HoldThenRollback(Duration.ofMinutes(5)));
  private static final List<CanaryPolicy.OnInconclusive.Then> THEN =
      List.of(CanaryPolicy.OnInconclusive.Then.values());

  private DrawnPolicy() {}

  static CanaryPolicy of(Random random) {
    return new CanaryPolicy(
        ResourceName.parse("shop/standard"),
        ImmutableSortedMap.of(),
        ImmutableList.of(),
        ImmutableSortedMap.of("staff", staff()),
        steps(random),
        false,
        OptionalInt.empty(),
        new CanaryPolicy.Convergence(
            random.nextInt(4) == 0 ? 1_000_000 : 950_000, Duration.ofSeconds(30), exit(random), 1),
        CanaryPolicy.Capacity.DEFAULT,
        random.nextInt(6) == 0 ? Analysis.OFF : analysis(),
        new CanaryPolicy.OnInconclusive(
            Duration.ofMinutes(4), THEN.get(random.nextInt(THEN.size()))),
        CanaryPolicy.OnMetricsLost.DEFAULT,
        new CanaryPolicy.OnFailure(
            exit(random), exit(random), exit(random), exit(random), exit(random)),
        Duration.ofMinutes(10),
        new CanaryPolicy.Deadline(Duration.ofMinutes(15 + random.nextInt(60)), exit(random)),
        Conduct.NONE,
        Schedule.ALWAYS,
        proceedings(random));
  }

  private static Exit exit(Random random) {
    return EXITS.get(random.nextInt(EXITS.size()));
  }

  private static Analysis analysis() {
    return new Analysis(
        true,
        0.01,
        Duration.ZERO,
        Analysis.DEFAULT.ruleOutErrors(),
        Analysis.DEFAULT.ruleOutLatency(),
        ImmutableList.of(
            new Analysis.Metric.Errors("errors", Analysis.Harm.percentagePoints(0.0001), false),
            new Analysis.Metric.ErrorsAtMost("slo", 0.05, false)));
  }

  private static Cohort staff() {
    return new Cohort(
        "staff",
        Cohort.Combine.ANY,
        ImmutableList.of(
            new Cohort.Condition.Header("x-role", new Cohort.TextMatch.Exact("staff"))));
  }

  private static ImmutableList<Step> steps(Random random) {
    List<Step> steps = new ArrayList<>();
    if (random.nextInt(4) == 0) {
      steps.add(step("staff", OptionalInt.empty(), ImmutableSortedMap.of("staff", 500_000)));
    }
    for (int percent : new int[] {5, 25, 100}) {
      steps.add(step(percent + "%", OptionalInt.of(percent * 10_000), ImmutableSortedMap.of()));
    }
    if (random.nextInt(3) == 0) {
      steps.add(random.nextInt(steps.size()), approval(1 + random.nextInt(2), exit(random)));
    }
    return ImmutableList.copyOf(steps);
  }

  private static Step step(
      String name, OptionalInt weight, ImmutableSortedMap<String, Integer> cohorts) {
    return new Step(name, weight, cohorts, Duration.ofSeconds(60), 0);
  }

  private static Step approval(int minimum, Exit onTimeout) {
    Approval approval =
        new Approval(ImmutableSortedSet.of("sre"), minimum, Duration.ofMinutes(10), onTimeout);
    return new Step(
        "approve",
        OptionalInt.empty(),
        ImmutableSortedMap.of(),
        Duration.ZERO,
        0,
        Treatment.NONE,
        new Threshold(Optional.of(approval), false));
  }

  private static Proceedings proceedings(Random random) {
    ImmutableList.Builder<Hook> hooks = ImmutableList.builder();
    for (Hook.Event when : Hook.Event.values()) {
      if (random.nextInt(8) == 0) {
        hooks.add(
            new Hook(
                ImmutableSortedSet.of(when),
                "https://ci.example/gate",
                Optional.empty(),
                Hook.DEFAULT_TIMEOUT,
                Hook.DEFAULT_RETRIES));
      }
    }
    ImmutableList<Proceedings.Notch> ramp =
        random.nextInt(4) == 0
            ? ImmutableList.of(new Proceedings.Notch(100_000, Duration.ofMinutes(1)))
            : ImmutableList.of();
    return new Proceedings(hooks.build(), ImmutableList.of(), ramp);
  }
}
