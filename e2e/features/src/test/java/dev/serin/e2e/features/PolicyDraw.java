package dev.serin.e2e.features;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
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
  private static final List<String> QUERIES = List.of("v", "a b", "%PROTOCOL%", "gr\u00fcn[]");
  private static final List<String> REGEX_PARTS =
      List.of(
          ".",
          "[^a]",
          "\\W",
          "\\d",
          "\\s",
          "[a-zA-Z0-9_-]",
          "[\u00e4\u00f6\u00fc]",
          "(kiosk|Sky|mask)",
          "(?:\u4e2d|\u6587|x)",
          "\\x{1F424}",
          "[[:alnum:]]",
          "(abcdefghijkl)",
          "[\u00e0-\uffff]",
          "\\bq\\.");
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

  /** All but claims, for which the listeners that Serin publishes have no filter. */
  private Condition condition() {
    return switch (random.nextInt(11)) {
      case 0, 1 -> new Condition.Header(one(HEADERS), negated(headerMatch()));
      case 2 -> new Condition.Cookie(one(COOKIES), negated(folded(match(COOKIE_VALUES))));
      case 3 ->
          new Condition.Query(
              one(QUERIES),
              random.nextBoolean()
                  ? folded(match(HEADER_VALUES))
                  : new TextMatch.Not(new TextMatch.Present(), false));
      case 4 -> new Condition.Path(negated(folded(pathMatch())));
      case 5 -> new Condition.Method(ImmutableSortedSet.of("GET", one(List.of("M-SEARCH", "PUT"))));
      case 6 -> new Condition.Source(ImmutableList.of("10.0.0.0/8", "::1/128", "0.0.0.0/0"));
      case 7 -> new Condition.UserAgent(one(List.of(Cohort.Agent.values())));
      case 8 -> new Condition.Caller(ImmutableList.of("spiffe://a/ns/b%20/sa/(c)*"));
      case 9 -> new Condition.MeshCluster(one(REGIONS));
      default -> new Condition.ProxyRegion(one(REGIONS));
    };
  }

  private TextMatch headerMatch() {
    return switch (random.nextInt(4)) {
      case 0 -> {
        long from = random.nextLong(-5, 5);
        yield new TextMatch.Range(from, from + random.nextLong(1, Integer.MAX_VALUE));
      }
      case 1 -> new TextMatch.Regex(regex());
      default -> folded(match(HEADER_VALUES));
    };
  }

  /** Of parts that are long programs where they look short; Serin has to count as Envoy does. */
  private String regex() {
    StringBuilder regex = new StringBuilder(random.nextInt(4) == 0 ? "(?i)" : "");
    for (int i = 1 + random.nextInt(5); i > 0; i--) {
      regex.append(one(REGEX_PARTS)).append(one(List.of("", "", "+", "?", "{2}", "*")));
    }
    return regex.toString();
  }

  private TextMatch folded(TextMatch match) {
    return match instanceof TextMatch.Present || random.nextInt(3) > 0
        ? match
        : new TextMatch.IgnoreCase(match);
  }

  private TextMatch negated(TextMatch match) {
    return random.nextInt(3) > 0
        ? match
        : new TextMatch.Not(match, !(match instanceof TextMatch.Present) && random.nextBoolean());
  }

  private TextMatch pathMatch() {
    return switch (random.nextInt(4)) {
      case 0 -> new TextMatch.Exact("/a%20b/(c)");
      case 1 -> new TextMatch.Prefix("/" + "kiosk".repeat(40));
      case 2 -> new TextMatch.Suffix(one(List.of(".json", "kiosks", "x".repeat(50))));
      default -> new TextMatch.Contains(one(List.of("\\[(", "gr\u00fcn", "sky")));
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

  private <T> T one(List<T> of) {
    return of.get(random.nextInt(of.size()));
  }
}
