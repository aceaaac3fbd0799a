package dev.serin.rollout;

import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy.Exit;
import dev.serin.policy.CanaryPolicy.OnInconclusive;
import dev.serin.policy.Hook;
import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Random;

/** Policies of every exit and gate, by seed. */
final class RandomPolicies {

  private static final List<Exit> EXITS =
      List.of(Policies.ROLLBACK, Policies.HOLD, Policies.HOLD_10M);

  private static final List<OnInconclusive.Then> THEN =
      List.copyOf(EnumSet.allOf(OnInconclusive.Then.class));

  private RandomPolicies() {}

  static Policies policy(Random random) {
    Policies policy = new Policies();
    policy
        .metrics(EXITS.get(random.nextInt(3)))
        .nack(EXITS.get(random.nextInt(3)))
        .endpoints(EXITS.get(random.nextInt(3)))
        .onTimeout(EXITS.get(random.nextInt(3)))
        .inconclusive(THEN.get(random.nextInt(THEN.size())))
        .deadline(Duration.ofMinutes(20 + random.nextInt(100)), EXITS.get(random.nextInt(3)));
    if (random.nextInt(5) == 0) {
      policy.analysis(Analysis.OFF);
    }
    if (random.nextBoolean()) {
      policy.steps.addFirst(Policies.cohort("staff", 500_000, 30));
    }
    if (random.nextInt(4) == 0) {
      policy.steps.add(2, Policies.cohort("staff", 0, 30));
    }
    if (random.nextInt(4) == 0) {
      policy.steps.add(1, Policies.weight(20_000, 20));
    }
    gates(policy, random);
    return policy;
  }

  private static void gates(Policies policy, Random random) {
    policy.hook(EXITS.get(random.nextInt(3))).rejected(EXITS.get(random.nextInt(3)));
    if (random.nextInt(3) == 0) {
      int place = random.nextInt(policy.steps.size());
      policy.steps.add(
          place, Policies.approval(1 + random.nextInt(2), EXITS.get(random.nextInt(3))));
    }
    if (random.nextInt(4) == 0) {
      policy.steps.set(policy.steps.size() - 2, Policies.noReturn(300_000, 30));
    }
    for (Hook.Event when : Hook.Event.values()) {
      if (random.nextInt(6) == 0) {
        policy.asks(when);
      }
    }
    if (random.nextInt(3) == 0) {
      policy.ramp(200_000, 10_000);
    }
  }
}
