package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Who is in a cohort, by what a proxy can see, and which proxies cannot see it. */
final class CohortKindsTest {
  private static final TextMatch GOLD = new TextMatch.Exact("gold");
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");
  private static final HttpFilters WITH_TOKENS =
      new HttpFilters(ImmutableMap.of(HttpFilters.JWT, "jwt"), ImmutableSet.of("jwt_payload"));

  @Test
  void claimsOfAVerifiedTokenDecideByTextNumberAndList() {
    Struct token =
        Struct.newBuilder()
            .putFields("tier", text("gold"))
            .putFields("age", Value.newBuilder().setNumberValue(30).build())
            .putFields("groups", list("staff", "pilots"))
            .build();
    SimulatedRequest with = request().withToken("jwt_payload", token);

    assertThat(isIn(claim(false, GOLD, "tier"), with)).isTrue();
    assertThat(isIn(claim(false, GOLD, "tier"), request())).isFalse();
    assertThat(isIn(claim(false, new TextMatch.Range(18, 31), "age"), with)).isTrue();
    assertThat(isIn(claim(false, new TextMatch.Range(18, 30), "age"), with)).isFalse();
    assertThat(isIn(claim(true, new TextMatch.Exact("pilots"), "groups"), with)).isTrue();
    assertThat(isIn(claim(true, new TextMatch.Exact("gold"), "groups"), with)).isFalse();
    assertThat(isIn(claim(false, new TextMatch.Present(), "account", "tier"), with)).isFalse();
  }

  @Test
  void aClaimThatIsNotToMatchMustBeThereUnlessSaidOtherwise() {
    SimulatedRequest silver =
        request()
            .withToken(
                "jwt_payload", Struct.newBuilder().putFields("tier", text("silver")).build());
    TextMatch notGold = new TextMatch.Not(GOLD, false);

    assertThat(isIn(claim(false, notGold, "tier"), silver)).isTrue();
    assertThat(isIn(claim(false, notGold, "tier"), request())).isFalse();
    assertThat(isIn(claim(false, new TextMatch.Not(GOLD, true), "tier"), request())).isTrue();
  }

  @Test
  void aHeaderThatIsNotToMatchMustBeThereUnlessSaidOtherwise() {
    Condition notGold = new Condition.Header("x-tier", new TextMatch.Not(GOLD, false));
    Condition notGoldOrNone = new Condition.Header("x-tier", new TextMatch.Not(GOLD, true));
    SimulatedRequest silver = request().withHeader("x-tier", "silver");

    assertThat(isIn(notGold, silver)).isTrue();
    assertThat(isIn(notGold, request())).isFalse();
    assertThat(isIn(notGoldOrNone, request())).isTrue();
    assertThat(isIn(notGoldOrNone, request().withHeader("x-tier", "gold"))).isFalse();
  }

  @Test
  void listenersWithoutTheFilterOfAClaimOrASourceAreNamed() {
    Condition source = new Condition.Source(ImmutableList.of("10.0.0.0/8"));
    TrafficPlan both =
        plan(0)
            .cohort(1, Mesh.any("gold", claim(false, GOLD, "tier")))
            .cohort(1, Mesh.any("office", source))
            .build();

    assertThat(apply(both, HttpFilters.NONE).refusals())
        .extracting(refusal -> refusal.reason())
        .containsExactly(
            "cohort gold: a claim: no filter for it (expected:"
                + " envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication in the listeners of"
                + " these routes)",
            "cohort office: a source: no filter for it (expected:"
                + " envoy.extensions.filters.http.set_filter_state.v3.Config in the listeners of"
                + " these routes)");
    assertThat(apply(both, HttpFilters.NONE).routes()).isEqualTo(base());
  }

  @Test
  void aPayloadThatNoRouteSeesIsRefused() {
    HttpFilters other =
        new HttpFilters(ImmutableMap.of(HttpFilters.JWT, "jwt"), ImmutableSet.of("payload"));
    TrafficPlan plan = plan(0).cohort(1, Mesh.any("gold", claim(false, GOLD, "tier"))).build();

    assertThat(apply(plan, other).refusals())
        .extracting(refusal -> refusal.reason())
        .containsExactly(
            "cohort gold: a claim: payloads under [payload] (expected: a provider with"
                + " payload_in_metadata jwt_payload and clear_route_cache in the listeners of these"
                + " routes)");
    assertThat(apply(plan, other).routes()).isEqualTo(base());
    assertThat(apply(plan, other.and(WITH_TOKENS)).refusals()).isNotEmpty();
  }

  @Test
  void whatAClientWithoutAProxyWouldTakeForEverybodyIsRefusedForIt() {
    List<Condition> conditions =
        List.of(
            new Condition.Query("v", GOLD),
            new Condition.Path(new TextMatch.Prefix("/a")),
            new Condition.Method(ImmutableSortedSet.of("GET")),
            claim(false, GOLD, "tier"),
            new Condition.Source(ImmutableList.of("10.0.0.0/8")),
            new Condition.UserAgent(Cohort.Agent.BOT),
            new Condition.Caller(ImmutableList.of("spiffe://a")),
            new Condition.Header("user-agent", GOLD),
            new Condition.Header("x-a", new TextMatch.Not(GOLD, true)));
    for (Condition condition : conditions) {
      Cohort cohort = Mesh.any("c", condition);
      Rendered rendered = render(plan(0).cohort(1_000_000, cohort).build(), Mesh.GRPC);

      assertThat(rendered.refusals())
          .as("%s", condition)
          .isNotEmpty()
          .allMatch(refusal -> refusal.reason().startsWith("cohort c: "));
      assertThat(Mesh.ask(rendered, 8080, request()).ppm("checkout|v1")).isEqualTo(1_000_000);
    }
  }

  @Test
  void cookiesThatOnlyANewerEnvoyComparesAreRefusedForAnOlderOne() {
    for (TextMatch match : List.of(new TextMatch.Regex("g.*"), new TextMatch.IgnoreCase(GOLD))) {
      TrafficPlan plan =
          plan(0).cohort(1, Mesh.any("c", new Condition.Cookie("tier", match))).build();

      assertThat(render(plan, Mesh.ENVOY_1_40).refusals()).isEmpty();
      assertThat(render(plan, Mesh.ENVOY_1_36).refusals().get(0).reason())
          .contains("expected: Envoy 1.37 or newer");
    }
  }

  @Test
  void aCohortThatNamesOthersIsRefusedForWhatTheyNeed() {
    TrafficPlan plan =
        new TrafficPlan(
            plan(0).build().rollout(),
            Mesh.CHECKOUT,
            "v1",
            "v2",
            0,
            ImmutableSortedMap.of("all", 1_000_000),
            ImmutableSortedMap.of(
                "all", Mesh.any("all", new Condition.Named("readers")),
                "readers", Mesh.any("readers", new Condition.Query("read", GOLD))),
            ImmutableList.of(),
            "salt",
            1);

    assertThat(render(plan, Mesh.GRPC).refusals().get(0).reason()).startsWith("cohort readers: ");
    SimulatedRequest reading = SimulatedRequest.to("checkout", "/?read=gold");
    Rendered rendered = render(plan, Mesh.ENVOY_1_40);
    assertThat(Mesh.ask(rendered, 8080, reading).ppm("checkout|v2|cohort/all"))
        .isEqualTo(1_000_000);
    assertThat(Mesh.ask(rendered, 8080, request()).ppm("checkout|v1")).isEqualTo(1_000_000);
  }

  @Test
  void aListWithoutCaseIsARouteAValueAndRefusedByTheirNumber() {
    ImmutableList<String> tenants =
        IntStream.range(0, 5_000)
            .mapToObj(i -> "tenant-" + i)
            .collect(ImmutableList.toImmutableList());
    TextMatch any = new TextMatch.IgnoreCase(new TextMatch.In(tenants));
    Cohort cohort = Mesh.any("c", new Condition.Header("x-tenant", any));

    assertThat(
            render(plan(0).cohort(1, cohort).build(), Mesh.ENVOY_1_40).refusals().get(0).reason())
        .contains("make 5001 routes (expected: at most 1000)");
  }

  private static Condition claim(boolean anyElement, TextMatch match, String... path) {
    return new Condition.Claim("jwt_payload", ImmutableList.copyOf(path), anyElement, match);
  }

  private static boolean isIn(Condition condition, SimulatedRequest request) {
    TrafficPlan plan = plan(0).cohort(1_000_000, Mesh.any("c", condition)).build();
    Overlay.Result<RouteConfiguration> result = apply(plan, WITH_TOKENS);
    assertThat(result.refusals()).isEmpty();
    return Mesh.ask(new RouteSimulator(result.routes()), request).ppm("checkout|v2|cohort/c") > 0;
  }

  private static Overlay.Result<RouteConfiguration> apply(TrafficPlan plan, HttpFilters filters) {
    ServiceRouting routing =
        ServiceRouting.of(
            Mesh.CHECKOUT_SERVICE.service(), "v1", Optional.of(plan), ImmutableList.of());
    return Overlay.apply(base(), List.of(routing), NEW, filters);
  }

  private static RouteConfiguration base() {
    return RouteConfiguration.newBuilder()
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("checkout")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                        .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))))
        .build();
  }

  private static SimulatedRequest request() {
    return SimulatedRequest.to("checkout", "/");
  }

  private static Rendered render(TrafficPlan plan, ProxyGroup group) {
    return MeshConfig.of(List.of(Mesh.service("checkout", 8080, "checkout")), List.of(plan))
        .render(group);
  }

  private static Value text(String text) {
    return Value.newBuilder().setStringValue(text).build();
  }

  private static Value list(String... texts) {
    ListValue.Builder list = ListValue.newBuilder();
    for (String text : texts) {
      list.addValues(text(text));
    }
    return Value.newBuilder().setListValue(list).build();
  }
}
