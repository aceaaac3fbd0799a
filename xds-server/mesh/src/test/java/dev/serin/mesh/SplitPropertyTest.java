package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.RouteSimulator.Answer.Routed;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
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
      List.of(Mesh.envoy(40, "eu"), Mesh.envoy(40, "us"), Mesh.envoy(36, "eu"), Mesh.envoy(37, ""));
  private static final List<String> NAMES = List.of("x-a", "x-b");
  private static final List<String> TEXTS = List.of("g", "go", "gold", "old", "");

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
            .filter(c -> contains(c, proxy.region(), request))
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

  private static boolean contains(Cohort cohort, String region, SimulatedRequest request) {
    return switch (cohort.combine()) {
      case ANY -> cohort.conditions().stream().anyMatch(c -> holds(c, region, request));
      case ALL -> cohort.conditions().stream().allMatch(c -> holds(c, region, request));
    };
  }

  private static boolean holds(Condition condition, String region, SimulatedRequest request) {
    return switch (condition) {
      case Condition.Header(String name, TextMatch match) ->
          request.header(name).map(value -> matches(match, value)).orElse(false);
      case Condition.Cookie(String name, TextMatch match) ->
          Optional.ofNullable(request.cookies().get(name))
              .map(value -> matches(match, value))
              .orElse(false);
      case Condition.ProxyRegion(String wanted) -> wanted.equals(region);
    };
  }

  private static boolean matches(TextMatch match, String value) {
    return switch (match) {
      case TextMatch.Exact(String text) -> value.equals(text);
      case TextMatch.Prefix(String text) -> value.startsWith(text);
      case TextMatch.Suffix(String text) -> value.endsWith(text);
      case TextMatch.Contains(String text) -> value.contains(text);
      case TextMatch.In(ImmutableList<String> texts) -> texts.contains(value);
      case TextMatch.Present() -> true;
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
    return switch (random.nextInt(5)) {
      case 0, 1 -> new Condition.Header(name, randomMatch());
      case 2, 3 -> new Condition.Cookie(name, randomMatch());
      default -> new Condition.ProxyRegion(pick(List.of("eu", "us")));
    };
  }

  private TextMatch randomMatch() {
    return switch (random.nextInt(6)) {
      case 0 -> new TextMatch.Exact(pick(TEXTS));
      case 1 -> new TextMatch.Prefix(pick(TEXTS));
      case 2 -> new TextMatch.Suffix(pick(TEXTS));
      case 3 -> new TextMatch.Contains(pick(TEXTS));
      case 4 -> new TextMatch.In(ImmutableList.of(pick(TEXTS), pick(TEXTS)));
      default -> new TextMatch.Present();
    };
  }

  private SimulatedRequest randomRequest() {
    SimulatedRequest request =
        SimulatedRequest.to("checkout:8080", "/p?q").from("10.0.0." + random.nextInt(9));
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
