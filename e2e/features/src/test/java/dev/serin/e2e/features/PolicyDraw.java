package dev.serin.e2e.features;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.ResourceName;
import dev.serin.policy.Step;
import dev.serin.policy.StickySource;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.function.Supplier;

/** Draws policies of all that can reach a proxy: who is sticky, who is in a cohort, which share. */
final class PolicyDraw {
  private static final List<String> HEADERS =
      List.of("x-user-id", "user-agent", "X-Role", "authorization", "cookie", "x-!#$%&'*+.^_`|~9");
  private static final List<String> COOKIES = List.of("sid", "__Host-id", "a.b*c", "x!#$%&'+^`|~-");
  private static final List<String> REGIONS = List.of("eu-west", "us-east", "Zürich 1", "%REGION%");
  private static final List<String> HEADER_VALUES =
      List.of(
          "staff",
          "%PROTOCOL% %",
          "a \"quoted\" \\1 value",
          "^(.*)$ [a-z]+?{2,}",
          "grün ✓ 🐤",
          " spaces around ",
          "x".repeat(200));
  private static final List<String> COOKIE_VALUES =
      List.of("1", "%PROTOCOL%", "(.*)$[^a]+", "a=b&c/d?e", "{}|~'<>", "x".repeat(200));
  private static final int[] SHARES = {1, 9_999, 10_000, 333_333, 500_000, 999_999, 1_000_000};

  private final SplittableRandom random;

  PolicyDraw(long seed) {
    random = new SplittableRandom(seed);
  }

  CanaryPolicy policy(ResourceName name) {
    CanaryPolicy defaults = CanaryPolicy.defaults(name);
    TreeMap<String, Cohort> cohorts = new TreeMap<>();
    TreeMap<String, Integer> shares = new TreeMap<>();
    for (int i = random.nextInt(4); i > 0; i--) {
      cohorts.put("cohort-" + i, cohort("cohort-" + i));
      shares.put("cohort-" + i, share());
    }
    OptionalInt weight =
        cohorts.isEmpty() || random.nextInt(3) > 0 ? OptionalInt.of(share()) : OptionalInt.empty();
    Step first =
        new Step("first", weight, ImmutableSortedMap.copyOf(shares), Duration.ofHours(1), 0);
    return new CanaryPolicy(
        name,
        ImmutableSortedMap.of(),
        ImmutableList.copyOf(several(random.nextInt(4), this::sticky)),
        ImmutableSortedMap.copyOf(cohorts),
        ImmutableList.of(first, defaults.steps().getLast()),
        false,
        OptionalInt.empty(),
        defaults.convergence(),
        defaults.capacity(),
        defaults.analysis(),
        defaults.onInconclusive(),
        defaults.onMetricsLost(),
        defaults.onFailure(),
        defaults.keepWarm(),
        defaults.deadline());
  }

  private Cohort cohort(String name) {
    return new Cohort(
        name,
        random.nextBoolean() ? Cohort.Combine.ANY : Cohort.Combine.ALL,
        ImmutableList.copyOf(several(1 + random.nextInt(3), this::condition)));
  }

  private Condition condition() {
    return switch (random.nextInt(3)) {
      case 0 -> new Condition.Header(one(HEADERS), match(HEADER_VALUES));
      case 1 -> new Condition.Cookie(one(COOKIES), match(COOKIE_VALUES));
      default -> new Condition.ProxyRegion(one(REGIONS));
    };
  }

  private TextMatch match(List<String> values) {
    return switch (random.nextInt(6)) {
      case 0 -> new TextMatch.Exact(one(values));
      case 1 -> new TextMatch.Prefix(one(values));
      case 2 -> new TextMatch.Suffix(one(values));
      case 3 -> new TextMatch.Contains(one(values));
      case 4 -> new TextMatch.In(ImmutableList.copyOf(several(3, () -> one(values))));
      default -> new TextMatch.Present();
    };
  }

  private StickySource sticky() {
    return switch (random.nextInt(3)) {
      case 0 -> new StickySource.Header(one(HEADERS));
      case 1 -> new StickySource.Cookie(one(COOKIES));
      default -> new StickySource.SourceIp();
    };
  }

  private static <T> List<T> several(int count, Supplier<T> draw) {
    return java.util.stream.Stream.generate(draw).limit(count).distinct().toList();
  }

  private int share() {
    return SHARES[random.nextInt(SHARES.length)];
  }

  private String one(List<String> of) {
    return of.get(random.nextInt(of.size()));
  }
}
