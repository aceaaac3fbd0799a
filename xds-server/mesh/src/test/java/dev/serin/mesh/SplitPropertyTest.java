package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.RouteSimulator.Answer.Routed;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Agent;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Predicate;
import org.junit.jupiter.api.Test;

/**
 * Random plans and requests: the rendered routes say exactly what the plan says, judged by a second
 * reading of the plan that knows nothing of routes.
 */
final class SplitPropertyTest {
  private static final long SEED = Long.getLong("seed", 20_261_122L);
  private static final int PLANS = 200;
  private static final int REQUESTS = 40;
  private static final List<ProxyGroup> PROXIES =
      List.of(
          Mesh.envoy(40, "eu"),
          Mesh.envoy(40, "us"),
          Mesh.envoy(36, "eu"),
          new ProxyGroup("lab", "", ProxyGroup.Client.ENVOY, 1, 37, "127.0.0.1"),
          Mesh.LAYERED);
  private static final List<String> NAMES = List.of("x-a", "x-b");
  private static final List<String> FILLED = List.of("g", "go", "gold", "OLD", "4");
  private static final List<String> TEXTS = List.of("g", "go", "gold", "OLD", "4", "");
  private static final List<String> PATHS = List.of("/", "/p", "/p/1", "/P/k.x", "/p/s");
  private static final List<String> QUERIES = List.of("", "?q", "?x-a=gold", "?x-b=go&x-a=OLD");
  private static final TextMatch ABSENT = new TextMatch.Not(new TextMatch.Present(), false);
  private static final ImmutableMap<String, Cohort.Agent> AGENTS =
      ImmutableMap.of(
          "Mozilla/5.0 (iPhone; CPU iPhone OS 18_1 like Mac OS X) Mobile/15E148", Agent.MOBILE,
          "Mozilla/5.0 (Linux; Android 14; K) Chrome/131.0.0.0 Mobile Safari/537.36", Agent.MOBILE,
          "Mozilla/5.0 (Windows NT 10.0; Win64; x64) Chrome/131.0.0.0", Agent.DESKTOP,
          "Mozilla/5.0 (Linux; Android 6.0.1) Mobile (compatible; Googlebot/2.1; +x)", Agent.BOT,
          "curl/8.5.0", Agent.BOT);

  private final Random random = new Random(SEED);

  @Test
  void routesSayWhatThePlanSays() {
    System.out.println("seed " + SEED);
    for (int i = 0; i < PLANS; i++) {
      TrafficPlan plan = randomPlan();
      for (ProxyGroup proxy : PROXIES) {
        Rendered rendered = render(plan, proxy);
        assertThat(rendered.refusals()).as("%s", plan).isEmpty();
        if (plan.exposesCanary()) {
          bothArmsAreListedCanaryFirst(rendered);
        }
        RouteSimulator simulator = Mesh.simulator(rendered, 8080);
        for (int j = 0; j < REQUESTS; j++) {
          SimulatedRequest request = randomRequest();
          goesWhereThePlanSays(plan, proxy, simulator, request);
        }
      }
    }
  }

  @Test
  void nobodyLeavesTheCanaryWhileSharesGrow() {
    System.out.println("seed " + SEED);
    for (int i = 0; i < PLANS; i++) {
      TrafficPlan plan = sticky(randomPlan());
      TrafficPlan grown = grow(plan);
      ProxyGroup proxy = PROXIES.get(random.nextInt(PROXIES.size()));
      RouteSimulator before = Mesh.simulator(render(plan, proxy), 8080);
      RouteSimulator after = Mesh.simulator(render(grown, proxy), 8080);
      for (int j = 0; j < REQUESTS; j++) {
        SimulatedRequest request = randomRequest().withHeader("x-user", "u" + random.nextInt(50));
        Routed first = Mesh.ask(before, request);
        Routed then = Mesh.ask(after, request);
        assertThat(keyOrWhole(then, first)).as("%s to %s: %s", plan, grown, request).isTrue();
        for (int bucket : List.of(0, random.nextInt(1_000_000), 999_999)) {
          if (isCanary(first.cluster(bucket))) {
            assertThat(isCanary(then.cluster(bucket))).as("%s to %s", plan, grown).isTrue();
          }
        }
      }
    }
  }

  /** One hash for all, unless a rule gives the canary everything and needs none. */
  private static boolean keyOrWhole(Routed then, Routed first) {
    boolean whole = then.shares().get(0).ppm() == 1_000_000;
    boolean wasWhole = first.shares().get(0).ppm() == 1_000_000;
    return whole || wasWhole || then.hashKey().equals(first.hashKey());
  }

  private static void goesWhereThePlanSays(
      TrafficPlan plan, ProxyGroup proxy, RouteSimulator simulator, SimulatedRequest request) {
    Optional<Cohort> cohort =
        plan.cohorts().values().stream()
            .filter(c -> plan.cohortPpm().getOrDefault(c.name(), 0) > 0)
            .filter(c -> contains(plan, c, proxy, request))
            .max(
                Comparator.comparingInt((Cohort c) -> plan.effectivePpm(c.name()))
                    .thenComparing(Comparator.comparing(Cohort::name).reversed()));
    int wanted = cohort.map(c -> plan.effectivePpm(c.name())).orElse(plan.weightPpm());
    String suffix = cohort.map(c -> "|cohort/" + c.name()).orElse("");

    Routed answer = Mesh.ask(simulator, request);

    if (!plan.exposesCanary()) {
      assertThat(answer.shares())
          .containsExactly(new RouteSimulator.Share("checkout|v1", 1_000_000));
      return;
    }
    assertThat(answer.shares())
        .as("%s at %s: %s by route %s", plan, proxy.region(), request, answer.route())
        .containsExactly(
            new RouteSimulator.Share("checkout|v2" + suffix, wanted),
            new RouteSimulator.Share("checkout|v1" + suffix, 1_000_000 - wanted));
    if (cohort.isEmpty() || wanted < 1_000_000) {
      assertThat(answer.hashKey()).isEqualTo(key(plan, request));
    }
  }

  private static Optional<String> key(TrafficPlan plan, SimulatedRequest request) {
    for (StickySource source : plan.sticky()) {
      Optional<String> key =
          switch (source) {
            case StickySource.Header(String name) ->
                request.header(name).filter(v -> !v.isEmpty()).map(v -> plan.salt() + "-" + v);
            case StickySource.Cookie(String name) ->
                Optional.ofNullable(request.cookies().get(name))
                    .filter(v -> !v.isEmpty())
                    .map(v -> plan.salt() + "\0" + v);
            case StickySource.SourceIp() -> Optional.of(plan.salt() + "\0" + request.source());
          };
      if (key.isPresent()) {
        return key;
      }
    }
    return Optional.empty();
  }

  private static boolean contains(
      TrafficPlan plan, Cohort cohort, ProxyGroup proxy, SimulatedRequest request) {
    Predicate<Condition> holds = condition -> holds(plan, condition, proxy, request);
    return switch (cohort.combine()) {
      case ANY -> cohort.conditions().stream().anyMatch(holds);
      case ALL -> cohort.conditions().stream().allMatch(holds);
    };
  }

  private static boolean holds(
      TrafficPlan plan, Condition condition, ProxyGroup proxy, SimulatedRequest request) {
    return switch (condition) {
      case Condition.Header(String name, TextMatch match) -> holds(match, request.header(name));
      case Condition.Cookie(String name, TextMatch match) ->
          holds(match, Optional.ofNullable(request.cookies().get(name)));
      case Condition.Query(String name, TextMatch match) ->
          holds(match, Optional.ofNullable(request.query().get(name)));
      case Condition.Path(TextMatch match) -> holds(match, Optional.of(request.pathWithoutQuery()));
      case Condition.Method(var methods) -> methods.contains(request.header(":method").orElse(""));
      // The listeners that Serin publishes verify no token.
      case Condition.Claim claim -> throw new AssertionError(claim);
      case Condition.Source(var ranges) ->
          ranges.stream().anyMatch(r -> r.equals(request.source() + "/32"));
      case Condition.UserAgent(var agent) ->
          request.header("user-agent").filter(text -> AGENTS.get(text) == agent).isPresent();
      case Condition.Caller(var identities) ->
          request
              .header("x-forwarded-client-cert")
              .filter(
                  text -> identities.stream().anyMatch(id -> text.matches(".*=" + id + "(;.*)?")))
              .isPresent();
      case Condition.ProxyRegion(String wanted) -> wanted.equals(proxy.region());
      case Condition.MeshCluster(String wanted) -> wanted.equals(proxy.meshCluster());
      case Condition.Named(String other) ->
          contains(plan, Objects.requireNonNull(plan.cohorts().get(other)), proxy, request);
    };
  }

  private static boolean holds(TextMatch match, Optional<String> value) {
    if (match instanceof TextMatch.Not(TextMatch inner, boolean orAbsent)) {
      return inner instanceof TextMatch.Present
          ? value.isEmpty()
          : value.map(text -> !matches(inner, text)).orElse(orAbsent);
    }
    return value.filter(text -> matches(match, text)).isPresent();
  }

  private static boolean matches(TextMatch match, String value) {
    return switch (match) {
      case TextMatch.Exact(String text) -> value.equals(text);
      case TextMatch.Prefix(String text) -> value.startsWith(text);
      case TextMatch.Suffix(String text) -> value.endsWith(text);
      case TextMatch.Contains(String text) -> value.contains(text);
      case TextMatch.In(ImmutableList<String> texts) -> texts.contains(value);
      case TextMatch.Present() -> true;
      case TextMatch.Regex(String pattern) -> value.matches(pattern);
      case TextMatch.Range(long from, long to) ->
          value.matches("[0-9]+") && Long.parseLong(value) >= from && Long.parseLong(value) < to;
      case TextMatch.IgnoreCase(TextMatch.In(ImmutableList<String> texts)) ->
          texts.stream().anyMatch(value::equalsIgnoreCase);
      case TextMatch.IgnoreCase(TextMatch inner) ->
          matches(lower(inner), value.toLowerCase(Locale.ROOT));
      case TextMatch.Not not -> throw new AssertionError(not);
    };
  }

  private static TextMatch lower(TextMatch match) {
    return switch (match) {
      case TextMatch.Exact(String text) -> new TextMatch.Exact(text.toLowerCase(Locale.ROOT));
      case TextMatch.Prefix(String text) -> new TextMatch.Prefix(text.toLowerCase(Locale.ROOT));
      case TextMatch.Suffix(String text) -> new TextMatch.Suffix(text.toLowerCase(Locale.ROOT));
      case TextMatch.Contains(String text) -> new TextMatch.Contains(text.toLowerCase(Locale.ROOT));
      default -> throw new AssertionError(match);
    };
  }

  private static void bothArmsAreListedCanaryFirst(Rendered rendered) {
    for (Route route : Mesh.routesOf(rendered, 8080, "checkout")) {
      List<ClusterWeight> arms = route.getRoute().getWeightedClusters().getClustersList();
      assertThat(arms).hasSize(2);
      assertThat(arms.get(0).getName()).startsWith("checkout|v2");
      assertThat(arms.get(0).getWeight().getValue() + arms.get(1).getWeight().getValue())
          .isEqualTo(1_000_000);
    }
  }

  private static boolean isCanary(String cluster) {
    return cluster.startsWith("checkout|v2");
  }

  private static Rendered render(TrafficPlan plan, ProxyGroup proxy) {
    return MeshConfig.of(List.of(Mesh.service("checkout", 8080, "checkout")), List.of(plan))
        .render(proxy);
  }

  private TrafficPlan randomPlan() {
    Mesh.PlanBuilder plan = Mesh.plan(share());
    for (String name : List.of("c1", "c2", "c3").subList(0, random.nextInt(4))) {
      List<Condition> conditions = new ArrayList<>();
      for (int i = random.nextInt(3); i >= 0; i--) {
        conditions.add(randomCondition());
      }
      Condition[] array = conditions.toArray(Condition[]::new);
      if (!name.equals("c1") && random.nextInt(4) == 0) {
        array[0] = new Condition.Named("c1");
      }
      plan =
          plan.cohort(
              share(), random.nextBoolean() ? Mesh.any(name, array) : Mesh.all(name, array));
    }
    List<StickySource> sources = new ArrayList<>();
    if (random.nextBoolean()) {
      sources.add(new StickySource.Header("x-user"));
    }
    if (random.nextBoolean()) {
      sources.add(new StickySource.Cookie("sid"));
    }
    if (random.nextInt(3) == 0) {
      sources.add(random.nextInt(sources.size() + 1), new StickySource.SourceIp());
    }
    return plan.sticky(sources.toArray(StickySource[]::new)).build();
  }

  private Condition randomCondition() {
    String name = pick(NAMES);
    return switch (random.nextInt(14)) {
      case 0, 1 -> new Condition.Header(name, negated(texts -> ranged(randomMatch(texts))));
      case 2, 3 -> new Condition.Cookie(name, negated(this::ofOldCookie));
      case 4 -> new Condition.ProxyRegion(pick(List.of("eu", "us")));
      case 5 -> new Condition.Query(name, random.nextBoolean() ? randomMatch(TEXTS) : ABSENT);
      case 6, 7 -> new Condition.Path(negated(texts -> pathMatch()));
      case 8 -> new Condition.Method(ImmutableSortedSet.of("GET", pick(List.of("PUT", "POST"))));
      case 9, 10 -> new Condition.Source(ImmutableList.of("10.0.0." + random.nextInt(9) + "/32"));
      case 11 -> new Condition.UserAgent(pick(List.of(Cohort.Agent.values())));
      case 12 -> new Condition.Caller(ImmutableList.of("spiffe://" + name));
      default -> new Condition.MeshCluster(pick(List.of("default", "lab")));
    };
  }

  private TextMatch randomMatch(List<String> texts) {
    TextMatch match =
        switch (random.nextInt(6)) {
          case 0 -> new TextMatch.Exact(pick(texts));
          case 1 -> new TextMatch.Prefix(pick(texts));
          case 2 -> new TextMatch.Suffix(pick(texts));
          case 3 -> new TextMatch.Contains(pick(texts));
          case 4 -> new TextMatch.In(ImmutableList.of(pick(texts), pick(texts)));
          default -> new TextMatch.Present();
        };
    return match instanceof TextMatch.Present || random.nextInt(4) > 0
        ? match
        : new TextMatch.IgnoreCase(match);
  }

  private TextMatch ranged(TextMatch match) {
    return switch (random.nextInt(6)) {
      case 0 -> new TextMatch.Range(random.nextInt(3), 3 + random.nextInt(3));
      case 1 -> new TextMatch.Regex("[a-c1-3]+");
      default -> match;
    };
  }

  /** What is absent is an empty header to Envoy, so what is not to match is no empty text. */
  private TextMatch negated(Function<List<String>, TextMatch> draw) {
    if (random.nextInt(3) > 0) {
      return draw.apply(TEXTS);
    }
    TextMatch match = draw.apply(FILLED);
    return new TextMatch.Not(match, !(match instanceof TextMatch.Present) && random.nextBoolean());
  }

  /** As the oldest of the proxies can match it. */
  private TextMatch ofOldCookie(List<String> texts) {
    TextMatch match = randomMatch(texts);
    return match instanceof TextMatch.IgnoreCase(TextMatch inner) ? inner : match;
  }

  private TextMatch pathMatch() {
    TextMatch match =
        switch (random.nextInt(5)) {
          case 0 -> new TextMatch.Exact(pick(PATHS));
          case 1 -> new TextMatch.Prefix(pick(PATHS));
          case 2 -> new TextMatch.Suffix(pick(List.of("1", ".x", "/s")));
          case 3 -> new TextMatch.Contains(pick(List.of("/", "p", "K")));
          default -> new TextMatch.In(ImmutableList.of(pick(PATHS), pick(PATHS)));
        };
    return random.nextInt(4) > 0 ? match : new TextMatch.IgnoreCase(match);
  }

  private SimulatedRequest randomRequest() {
    SimulatedRequest request =
        SimulatedRequest.to("checkout:8080", pick(PATHS) + pick(QUERIES))
            .from("10.0.0." + random.nextInt(9))
            .withHeader(":method", pick(List.of("GET", "PUT", "POST")));
    if (random.nextBoolean()) {
      request =
          request.withHeader(
              "user-agent", random.nextInt(5) == 0 ? "Till/3.1" : pick(AGENTS.keySet().asList()));
    }
    if (random.nextBoolean()) {
      request =
          request.withHeader(
              "x-forwarded-client-cert",
              "Hash=1;URI=spiffe://" + pick(NAMES) + pick(List.of("", ";DNS=a", "2")));
    }
    for (String name : NAMES) {
      request = random.nextBoolean() ? request.withHeader(name, pick(TEXTS)) : request;
      request = random.nextBoolean() ? request.withCookie(name, pick(TEXTS)) : request;
    }
    request = random.nextBoolean() ? request.withCookie("sid", pick(TEXTS)) : request;
    return random.nextBoolean() ? request.withHeader("x-user", pick(TEXTS)) : request;
  }

  private static TrafficPlan sticky(TrafficPlan plan) {
    return copy(
        plan,
        plan.weightPpm(),
        plan.cohortPpm(),
        ImmutableList.of(new StickySource.Header("x-user")));
  }

  private TrafficPlan grow(TrafficPlan plan) {
    Map<String, Integer> shares = new HashMap<>();
    plan.cohortPpm().forEach((name, ppm) -> shares.put(name, more(ppm)));
    return copy(plan, more(plan.weightPpm()), shares, plan.sticky());
  }

  private static TrafficPlan copy(
      TrafficPlan plan,
      int weight,
      Map<String, Integer> shares,
      ImmutableList<StickySource> sticky) {
    return new TrafficPlan(
        plan.rollout(),
        plan.service(),
        plan.stable(),
        plan.canary(),
        weight,
        com.google.common.collect.ImmutableSortedMap.copyOf(shares),
        plan.cohorts(),
        sticky,
        plan.salt(),
        plan.generation() + 1);
  }

  private int more(int ppm) {
    return ppm + random.nextInt(1_000_001 - ppm);
  }

  private int share() {
    return switch (random.nextInt(4)) {
      case 0 -> 0;
      case 1 -> 1_000_000;
      default -> random.nextInt(1_000_001);
    };
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
