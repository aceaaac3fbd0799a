package dev.serin.rollout;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.plan.Terms;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Ppm;
import dev.serin.policy.RolloutSpec;
import dev.serin.policy.Step;
import dev.serin.policy.Variants;
import java.time.Duration;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalInt;
import java.util.TreeMap;

/** A policy's steps as they are for one service: what each of them amounts to. Steps from 1. */
record Ramp(
    CanaryPolicy policy,
    Variants variants,
    Optional<Opening> opening,
    OptionalInt cap,
    boolean urgent) {

  static Ramp of(
      RolloutSpec spec, CanaryPolicy policy, Optional<Opening> opening, Passage passage) {
    return new Ramp(
        policy,
        spec.variants(),
        opening,
        passage.uncapped() ? OptionalInt.empty() : spec.reach().upToPpm(),
        passage.urgent().isPresent());
  }

  boolean isCapped() {
    return cap.isPresent();
  }

  /** The weight that the rollout goes no further than by itself. */
  int capPpm() {
    return cap.orElse(Ppm.ALL);
  }

  /** A first step that is worth its time gives the canary this many requests a second. */
  private static final double WORTHWHILE_PER_SECOND = 1;

  /**
   * The rate was counted, over a minute or so, and chance makes a count some percent too small. A
   * service of ten requests a second shall not start at 25 % half of the time.
   */
  private static final double CHANCE = 0.05;

  private static final int LARGEST_FIRST_PPM = 250_000;
  private static final int LEAST_HOLD_BACK_PPM = 20_000;
  private static final int MOST_HOLD_BACK_PPM = 100_000;

  int last() {
    return policy.steps().size();
  }

  Step step(int number) {
    return policy.steps().get(number - 1);
  }

  /** The first step that is used: adaptive steps leave out those with next to no traffic. */
  int first() {
    OptionalDouble rate = requestsPerSecond();
    int first = 1;
    if (policy.adaptiveSteps() && rate.isPresent()) {
      while (first < last()
          && rate.getAsDouble() * weight(first) < (1 - CHANCE) * WORTHWHILE_PER_SECOND * Ppm.ALL
          && weight(first + 1) <= LARGEST_FIRST_PPM) {
        first++;
      }
    }
    return first;
  }

  /** Stable's share at "100 %" until promotion. */
  int holdBackPpm() {
    if (policy.holdBackPpm().isPresent()) {
      return policy.holdBackPpm().getAsInt();
    }
    OptionalDouble rate = requestsPerSecond();
    if (rate.isEmpty()) {
      return LEAST_HOLD_BACK_PPM;
    }
    double oneASecond = Ppm.ALL * WORTHWHILE_PER_SECOND / rate.getAsDouble();
    return (int) Math.clamp(oneASecond, LEAST_HOLD_BACK_PPM, MOST_HOLD_BACK_PPM);
  }

  /** The most that a step can give the canary: variants and stable keep theirs. */
  private int mostPpm() {
    return Math.max(0, Math.min(capPpm(), Ppm.ALL - variants.totalPpm() - holdBackPpm()));
  }

  /** What is in force in a step: what it names, and what it carries over from those before. */
  Split splitAt(int number, long generation) {
    TreeMap<String, Integer> cohorts = new TreeMap<>();
    for (int i = 1; i <= number; i++) {
      cohorts.putAll(step(i).cohortPpm());
    }
    cohorts.values().removeIf(ppm -> ppm == 0);
    int weight = Math.min(weight(number), mostPpm());
    return new Split(
        weight,
        ImmutableSortedMap.copyOfSorted(cohorts),
        generation,
        new Terms(variants, policy.conduct().exclude(), step(number).treatment()));
  }

  /** The first step that is worth as much as the first of all bakes as long as that. */
  Duration bake(int number) {
    if (urgent) {
      return Duration.ZERO;
    }
    Duration own = step(number).bake();
    Duration first = step(1).bake();
    return number == first() && first.compareTo(own) > 0 ? first : own;
  }

  /** Whether the policy writes a larger weight for a step than for the one before. */
  boolean raisesWeight(int number) {
    return weight(number) > weight(number - 1);
  }

  /** Whether a step without return is among those up to and with {@code number}. */
  boolean hasNoReturnUpTo(int number) {
    return policy.steps().stream()
        .limit(Math.max(0, number))
        .anyMatch(step -> step.threshold().noReturn());
  }

  /** The first step with a larger weight than {@code ppm}, or else the last. */
  int firstAbove(int ppm) {
    for (int i = 1; i < last(); i++) {
      if (splitAt(i, 0).weightPpm() > ppm) {
        return i;
      }
    }
    return last();
  }

  /** Healthy canary endpoints that a step needs. */
  int endpointsNeeded(int number, Endpoints counted) {
    long share = splitAt(number, 0).weightPpm();
    long ppm = share * policy.capacity().marginPpm() / Ppm.ALL;
    long byShare = (ppm * counted.stable() + Ppm.ALL - 1) / Ppm.ALL;
    return (int) Math.max(byShare, policy.capacity().least());
  }

  boolean hasEndpointsFor(int number, Endpoints counted) {
    return !counted.known() || counted.canary() >= endpointsNeeded(number, counted);
  }

  /** The weight that the policy writes, before hold-back. */
  private int weight(int number) {
    for (int i = number; i >= 1; i--) {
      if (step(i).weightPpm().isPresent()) {
        return step(i).weightPpm().getAsInt();
      }
    }
    return 0;
  }

  private OptionalDouble requestsPerSecond() {
    return opening.map(Opening::requestsPerSecond).orElse(OptionalDouble.empty());
  }
}
