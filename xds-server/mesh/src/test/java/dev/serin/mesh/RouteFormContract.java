package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.NewerFields;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.ProtoRoutes;
import dev.serin.mesh.overlay.RouteForm;
import dev.serin.mesh.overlay.RouteView;
import dev.serin.mesh.overlay.RouteView.Target;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.VersionHeader;
import dev.serin.policy.Cohort;
import dev.serin.policy.Fault;
import dev.serin.policy.Mirror;
import dev.serin.policy.RateLimit;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/**
 * What every form of a route table promises to the overlay: it shows a table's routes, and writes
 * edits so that the result, seen as protobuf, is the same whatever the form.
 */
abstract class RouteFormContract<T> {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");
  private static final Capabilities OLD =
      new Capabilities(false, Capabilities.Cookies.BY_HEADER, "");

  abstract RouteForm<T> form();

  abstract T of(RouteConfiguration table);

  abstract RouteConfiguration proto(T table);

  abstract RouteSimulator simulator(T table);

  @Test
  void aTableIsWhatItWasWhenItIsReadAndWritten() {
    assertThat(proto(of(SampleTables.table()))).isEqualTo(SampleTables.table());
  }

  @Test
  void routesAreShownInTheirOrderWithWhereTheyLead() {
    ImmutableList<RouteView> views = form().views(of(SampleTables.table()));
    assertThat(views).isEqualTo(ProtoRoutes.FORM.views(SampleTables.table()));
    assertThat(views.stream().map(RouteView::target))
        .containsExactly(
            new Target.One("checkout|v1"),
            new Target.Divided(ImmutableList.of("checkout|v1", "checkout|v2"), "x-number"),
            new Target.Other(),
            new Target.FromHeader("x-cluster"),
            new Target.One("cart"),
            new Target.One("checkout|v1"),
            new Target.Other());
    assertThat(views.get(0).mirrors()).containsExactly("checkout|v2", "log");
    assertThat(views.get(4).drawsFraction()).isTrue();
    assertThat(views.get(4).hashes()).isTrue();
    assertThat(views.get(0).drawsFraction() || views.get(0).hashes()).isFalse();
  }

  @Test
  void nothingToReplaceGivesTheTableItself() {
    T table = of(SampleTables.table());
    assertThat(form().replace(table, view -> Optional.empty())).isSameAs(table);
    assertThat(Overlay.apply(form(), table, List.of(), NEW, HttpFilters.PUBLISHED).routes())
        .isSameAs(table);
  }

  @Test
  void aSplitIsWrittenWithTheBasesEntriesAndWithoutItsNumberOrTotal() {
    Route route = apply(plan(250_000)).getVirtualHosts(0).getRoutes(1);
    WeightedCluster weighted = route.getRoute().getWeightedClusters();
    assertThat(weighted.getClustersList().stream().map(ClusterWeight::getName))
        .containsExactly("checkout|v2", "checkout|v1");
    assertThat(weighted.getClustersList().stream().map(c -> c.getWeight().getValue()))
        .containsExactly(250_000, 750_000);
    assertThat(weighted.getClusters(1).getRequestHeadersToRemoveList()).containsExactly("x-debug");
    assertThat(weighted.getClusters(1).getRequestHeadersToAddList())
        .containsExactly(SampleTables.option("x-team", "pay"), VersionHeader.of("v1"));
    assertThat(weighted.getHeaderName()).isEqualTo("x-number");
    assertThat(weighted.getRuntimeKeyPrefix()).isEmpty();
  }

  @Test
  void theRestOfARewrittenRouteStays() {
    Route before = SampleTables.table().getVirtualHosts(0).getRoutes(0);
    Route after = apply(plan(10_000)).getVirtualHosts(0).getRoutes(0);
    Route.Builder undone = after.toBuilder();
    undone.getRouteBuilder().setCluster("checkout|v1");
    assertThat(undone.build()).isEqualTo(before.toBuilder().removeResponseHeadersToAdd(0).build());
  }

  @Test
  void otherRoutesAndHostsStayAsTheyAre() {
    RouteConfiguration before = SampleTables.table();
    RouteConfiguration after = apply(plan(10_000));
    for (int i = 2; i <= 4; i++) {
      assertThat(after.getVirtualHosts(0).getRoutes(i))
          .isEqualTo(before.getVirtualHosts(0).getRoutes(i));
    }
    assertThat(after.getVirtualHosts(1).getRoutes(1))
        .isEqualTo(before.getVirtualHosts(1).getRoutes(1));
    assertThat(after.toBuilder().clearVirtualHosts().build())
        .isEqualTo(before.toBuilder().clearVirtualHosts().build());
  }

  @Test
  void cookiesHeadersAndHashesAreWritten() {
    RouteConfiguration base = SampleTables.single();
    RouteConfiguration routes = apply(base, stickyWithCohorts(10_000), NEW);
    assertThat(routes.getVirtualHosts(0).getRoutesList().stream().map(Route::getName))
        .contains("r|cohort/staff", "r|cohort/beta|header/x-user", "r|cookie/sid", "r");
    Route beta =
        routes.getVirtualHosts(0).getRoutesList().stream()
            .filter(r -> r.getName().equals("r|cohort/beta|header/x-user"))
            .findFirst()
            .orElseThrow();
    assertThat(NewerFields.cookies(beta.getMatch())).hasSize(1);
    assertThat(NewerFields.usesHashPolicy(beta.getRoute().getWeightedClusters())).isTrue();
    assertThat(beta.getRoute().getHashPolicyList()).isNotEmpty();
    assertThat(beta.getMatch().getHeadersList()).hasSize(3);
  }

  @Test
  void anyPlanHasTheResultThatItHasOnProtobuf() {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 60; i++) {
      Mesh.PlanBuilder plan = draw(random);
      RouteConfiguration base =
          switch (random.nextInt(4)) {
            case 0 -> SampleTables.table();
            case 3 -> SampleTables.shared(random);
            case 1 -> SampleTables.single();
            default -> SampleTables.inTree();
          };
      Capabilities capabilities = random.nextInt(4) > 0 ? NEW : OLD;
      List<ServiceRouting> services =
          List.of(
              routing(
                  plan,
                  random.nextInt(4) > 0 ? "v1" : "v2",
                  random.nextBoolean() ? ImmutableList.of() : ImmutableList.of("v2", "v7")));
      Overlay.Result<RouteConfiguration> expected =
          Overlay.apply(base, services, capabilities, HttpFilters.PUBLISHED);
      Overlay.Result<T> actual =
          Overlay.apply(form(), of(base), services, capabilities, HttpFilters.PUBLISHED);
      assertThat(actual.refusals()).isEqualTo(expected.refusals());
      assertThat(proto(actual.routes())).isEqualTo(expected.routes());
      for (int j = 0; j < 4; j++) {
        SimulatedRequest request = request(random);
        assertThat(simulator(actual.routes()).ask(request))
            .as("%s", request)
            .isEqualTo(new RouteSimulator(expected.routes()).ask(request));
      }
    }
  }

  private static SimulatedRequest request(Random random) {
    SimulatedRequest request =
        SimulatedRequest.to(random.nextBoolean() ? "a" : "b", "/x?y=" + random.nextInt(3));
    for (String name :
        List.of("x-any", "x-user", "x-role", "x-tier", "x-tenant", "x-cluster", "x-number")) {
      List<String> values = List.of("u7", "t7", "staff", "gold", "3");
      if (random.nextInt(3) > 0) {
        request = request.withHeader(name, values.get(random.nextInt(values.size())));
      }
    }
    return random.nextBoolean()
        ? request
        : request.withCookie("beta", "on").withCookie("sid", "s" + random.nextInt(9));
  }

  @Test
  void aStampIsStrippedAtTheEdgeOnce() {
    T table = of(SampleTables.single());
    T stripped = form().strippedAtEdge(table, "x-stamp");
    assertThat(proto(stripped).getInternalOnlyHeadersList()).containsExactly("x-stamp");
    assertThat(form().strippedAtEdge(stripped, "X-Stamp")).isSameAs(stripped);
  }

  @Test
  void routesInAMatcherTreeAreReplacedThere() {
    RouteConfiguration routes = apply(SampleTables.inTree(), plan(10_000), NEW);
    assertThat(form().views(of(SampleTables.inTree())).stream().map(RouteView::inTree))
        .containsOnly(true);
    assertThat(routes.getVirtualHosts(0).getRoutesList()).isEmpty();
    assertThat(routes.toString()).contains("checkout|v2");
  }

  /** A plan of anything that plans can say. */
  private static Mesh.PlanBuilder draw(Random random) {
    int weight = random.nextInt(900_001);
    Mesh.PlanBuilder plan = random.nextBoolean() ? plan(weight) : stickyWithCohorts(weight);
    if (random.nextInt(3) == 0) {
      plan =
          plan.treated(
              new Treatment(
                  random.nextBoolean()
                      ? Optional.empty()
                      : Optional.of(new Mirror(1_000_000, Mirror.SAFE, false, ImmutableList.of())),
                  Optional.of(
                      new Fault(
                          Optional.of(new Fault.Delay(java.time.Duration.ofMillis(9), 50_000)),
                          Optional.empty())),
                  Optional.of(new RateLimit(10, 20))));
    }
    if (random.nextInt(3) == 0) {
      plan = plan.retryAtStable();
    }
    if (random.nextInt(3) == 0) {
      plan = plan.followedBy("cart");
    }
    if (random.nextInt(4) == 0) {
      plan = plan.exclude(Mesh.any("vip", Mesh.header("x-tier", "gold")));
    }
    if (random.nextInt(4) == 0) {
      ImmutableList<String> tenants =
          IntStream.range(0, 150).mapToObj(i -> "t" + i).collect(ImmutableList.toImmutableList());
      Cohort.TextMatch many = new Cohort.TextMatch.In(tenants);
      plan = plan.cohort(700_000, Mesh.any("big", new Cohort.Condition.Header("x-tenant", many)));
    }
    return plan;
  }

  private static ServiceRouting routing(
      Mesh.PlanBuilder plan, String stable, ImmutableList<String> stamps) {
    boolean over = stable.equals("v2");
    return ServiceRouting.of(
        Mesh.CHECKOUT_SERVICE.service(),
        stable,
        over ? Optional.empty() : Optional.of(plan.build()),
        stamps);
  }

  private static Mesh.PlanBuilder stickyWithCohorts(int weight) {
    return plan(weight)
        .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
        .cohort(
            Math.min(1_000_000, weight + 1),
            Mesh.all(
                "beta",
                Mesh.cookie("beta", "on"),
                new Cohort.Condition.Header("x-tier", new Cohort.TextMatch.Present())))
        .sticky(new StickySource.Header("x-user"), new StickySource.Cookie("sid"));
  }

  private RouteConfiguration apply(Mesh.PlanBuilder plan) {
    return apply(SampleTables.table(), plan, NEW);
  }

  private RouteConfiguration apply(
      RouteConfiguration base, Mesh.PlanBuilder plan, Capabilities capabilities) {
    Overlay.Result<T> result =
        Overlay.apply(
            form(),
            of(base),
            List.of(routing(plan, "v1", ImmutableList.of())),
            capabilities,
            HttpFilters.PUBLISHED);
    assertThat(result.refusals()).isEmpty();
    return proto(result.routes());
  }
}
