package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Baseline;
import dev.serin.policy.CanaryPolicy;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.Opening;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import java.util.Random;

/**
 * All that a run depends on.
 *
 * @param seed of delays, noise and the order of what happens at the same time
 * @param proxies in each mesh cluster
 * @param requestsPerSecond at all proxies together
 * @param acts in the order of time
 * @param length of the run
 */
public record Script(
    long seed,
    CanaryPolicy policy,
    ImmutableList<Integer> proxies,
    int requestsPerSecond,
    ImmutableList<Act> acts,
    Duration length) {

  private static final Duration LENGTH = Duration.ofMinutes(30);
  private static final List<Act.Verb> VERBS = List.of(Act.Verb.values());
  private static final List<Act.Way> WAYS = List.of(Act.Way.values());
  private static final List<HookCall.Result> ANSWERS = List.of(HookCall.Result.values());

  /** The script of a seed: a policy, a fleet and whatever goes wrong. */
  public static Script of(long seed) {
    Random random = new Chance(seed).of(1, 0);
    CanaryPolicy policy = DrawnPolicy.of(random);
    ImmutableList.Builder<Integer> proxies = ImmutableList.builder();
    int clusters = 1 + random.nextInt(3);
    int all = 0;
    for (int i = 0; i < clusters; i++) {
      int count = 1 + random.nextInt(5);
      proxies.add(count);
      all += count;
    }
    int rate = random.nextInt(4) == 0 ? 5 + random.nextInt(50) : 300 + random.nextInt(2000);
    List<Act> acts = new ArrayList<>();
    acts.add(new Act(Duration.ofSeconds(5), new Act.Count(10, 10)));
    acts.add(new Act(Duration.ofSeconds(10), new Act.Press(Act.Verb.START, "ann", 0)));
    int count = random.nextInt(30);
    for (int i = 0; i < count; i++) {
      acts.add(
          new Act(
              Duration.ofMillis(random.nextLong(LENGTH.toMillis() * 3 / 4)), drawn(random, all)));
    }
    acts.sort(Comparator.comparing(Act::at));
    return new Script(seed, policy, proxies.build(), rate, ImmutableList.copyOf(acts), LENGTH);
  }

  private static Act.What drawn(Random random, int proxies) {
    return switch (random.nextInt(16)) {
      case 0, 1 -> new Act.Manners(random.nextInt(proxies), WAYS.get(random.nextInt(WAYS.size())));
      case 2 -> new Act.Manners(random.nextInt(proxies), Act.Way.ACKS);
      case 3 -> new Act.Vanish(random.nextInt(proxies), seconds(random, 300));
      case 4 -> new Act.CanaryFails(random.nextInt(3) == 0 ? 0 : 0.9);
      case 5 -> new Act.BothFail(random.nextInt(2) == 0 ? 0 : 0.5);
      case 6 -> new Act.TelemetryStops(seconds(random, 400));
      case 7 -> new Act.TelemetryLags(seconds(random, 45));
      case 8 ->
          random.nextInt(3) == 0
              ? new Act.CountersReset()
              : new Act.HooksSay(ANSWERS.get(random.nextInt(ANSWERS.size())));
      case 9 -> new Act.Calendar(random.nextInt(5) < 3);
      case 10 -> new Act.Count(random.nextInt(4) == 0 ? 0 : 1 + random.nextInt(12), 10);
      case 11, 12 -> new Act.Crash(seconds(random, 40));
      case 13 ->
          random.nextInt(3) == 0
              ? new Act.TakeOver()
              : new Act.Press(Act.Verb.APPROVE, random.nextBoolean() ? "bob" : "eve", 0);
      default -> pressed(random);
    };
  }

  private static Act.What pressed(Random random) {
    Act.Verb verb = VERBS.get(random.nextInt(VERBS.size()));
    boolean ends = verb == Act.Verb.SUPERSEDE || verb == Act.Verb.PROMOTE_FULL;
    if (ends && random.nextInt(3) > 0) {
      verb = Act.Verb.RETRY; // so that most runs go on
    }
    int number = verb == Act.Verb.SKIP ? 1 + random.nextInt(4) : random.nextInt(100) * 10_000;
    return new Act.Press(verb, random.nextBoolean() ? "ann" : "bob", number);
  }

  private static Duration seconds(Random random, int most) {
    return Duration.ofSeconds(1 + random.nextInt(most));
  }

  /** The same with other acts. */
  Script with(List<Act> others) {
    return new Script(
        seed, policy, proxies, requestsPerSecond, ImmutableList.copyOf(others), length);
  }

  /** What was known of the service when its rollout started. */
  Opening opening() {
    ImmutableSortedMap.Builder<String, Double> weights = ImmutableSortedMap.naturalOrder();
    int clusters = proxies().size();
    for (int i = 0; i < clusters; i++) {
      weights.put("mesh-" + i, 1.0 / clusters);
    }
    return new Opening(Baseline.NONE, weights.build(), OptionalDouble.of(requestsPerSecond()));
  }
}
