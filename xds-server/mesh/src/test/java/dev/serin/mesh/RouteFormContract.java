package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.StringValue;
import com.google.protobuf.UInt32Value;
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
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
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

  @Test
  void aTableIsWhatItWasWhenItIsReadAndWritten() {
    assertThat(proto(of(table()))).isEqualTo(table());
  }

  @Test
  void routesAreShownInTheirOrderWithWhereTheyLead() {
    ImmutableList<RouteView> views = form().views(of(table()));
    assertThat(views).isEqualTo(ProtoRoutes.FORM.views(table()));
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
    T table = of(table());
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
        .containsExactly(option("x-team", "pay"), VersionHeader.of("v1"));
    assertThat(weighted.getHeaderName()).isEqualTo("x-number");
    assertThat(weighted.getRuntimeKeyPrefix()).isEmpty();
  }

  @Test
  void theRestOfARewrittenRouteStays() {
    Route before = table().getVirtualHosts(0).getRoutes(0);
    Route after = apply(plan(10_000)).getVirtualHosts(0).getRoutes(0);
    Route.Builder undone = after.toBuilder();
    undone.getRouteBuilder().setCluster("checkout|v1");
    assertThat(undone.build()).isEqualTo(before.toBuilder().removeResponseHeadersToAdd(0).build());
  }

  @Test
  void otherRoutesAndHostsStayAsTheyAre() {
    RouteConfiguration before = table();
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
    RouteConfiguration base = single();
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
            case 0 -> table();
            case 3 -> shared(random);
            case 1 -> single();
            default -> inTree();
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
    }
  }

  @Test
  void aStampIsStrippedAtTheEdgeOnce() {
    T table = of(single());
    T stripped = form().strippedAtEdge(table, "x-stamp");
    assertThat(proto(stripped).getInternalOnlyHeadersList()).containsExactly("x-stamp");
    assertThat(form().strippedAtEdge(stripped, "X-Stamp")).isSameAs(stripped);
  }

  @Test
  void routesInAMatcherTreeAreReplacedThere() {
    RouteConfiguration routes = apply(inTree(), plan(10_000), NEW);
    assertThat(form().views(of(inTree())).stream().map(RouteView::inTree)).containsOnly(true);
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

  /** A table whose base divides between the service and others. */
  private static RouteConfiguration shared(Random random) {
    RouteConfiguration.Builder base = single().toBuilder();
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    for (String cluster : List.of("a", "checkout|v1", "b", "checkout|v2", "checkout|v1")) {
      weighted.addClusters(entry(cluster, random.nextInt(random.nextBoolean() ? 100 : 1_000_000)));
    }
    base.getVirtualHostsBuilder(0)
        .getRoutesBuilder(0)
        .getRouteBuilder()
        .setWeightedClusters(weighted);
    return base.build();
  }

  /** The table of {@link #single} with its routes behind a matcher tree. */
  private static RouteConfiguration inTree() {
    Cohort.TextMatch many =
        new Cohort.TextMatch.In(
            IntStream.range(0, 150)
                .mapToObj(i -> "u" + i)
                .collect(ImmutableList.toImmutableList()));
    Mesh.PlanBuilder other =
        plan(0)
            .of("pay")
            .cohort(1_000_000, Mesh.any("big", new Cohort.Condition.Header("x-user", many)));
    RouteConfiguration.Builder base = single().toBuilder();
    base.getVirtualHostsBuilder(0)
        .addRoutes(
            Route.newBuilder()
                .setName("pay")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder().setCluster("pay|v1")));
    return Overlay.apply(
            base.build(),
            List.of(
                ServiceRouting.of(
                    Mesh.service("pay", 8081, "pay").service(),
                    "v1",
                    Optional.of(other.build()),
                    ImmutableList.of())),
            NEW,
            HttpFilters.PUBLISHED)
        .routes();
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
    return apply(table(), plan, NEW);
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

  private static RouteConfiguration single() {
    return RouteConfiguration.newBuilder()
        .setName("single")
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("h")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setName("r")
                        .setMatch(
                            RouteMatch.newBuilder()
                                .setPrefix("/")
                                .addHeaders(
                                    HeaderMatcher.newBuilder()
                                        .setName("x-any")
                                        .setPresentMatch(true)))
                        .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))))
        .build();
  }

  /** A table with a route of each kind. */
  private static RouteConfiguration table() {
    RouteMatch.Builder anything = RouteMatch.newBuilder().setPrefix("/");
    return RouteConfiguration.newBuilder()
        .setName("table")
        .setMostSpecificHeaderMutationsWins(true)
        .setValidateClusters(BoolValue.of(false))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("first")
                .addDomains("a")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .putTypedPerFilterConfig(
                            "x", Any.pack(StringValue.of("kept"), "type.googleapis.com"))
                        .addResponseHeadersToAdd(VersionHeader.of("old"))
                        .addRequestHeadersToAdd(option("x-team", "pay"))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster("checkout|v1")
                                .setTimeout(Duration.newBuilder().setSeconds(7))
                                .setPrefixRewrite("/p")
                                .addRequestMirrorPolicies(
                                    RequestMirrorPolicy.newBuilder().setCluster("checkout|v2"))
                                .addRequestMirrorPolicies(
                                    RequestMirrorPolicy.newBuilder().setCluster("log"))
                                .setRetryPolicy(RetryPolicy.newBuilder().setRetryOn("5xx"))))
                .addRoutes(
                    Route.newBuilder()
                        .setName("divided")
                        .setMatch(anything)
                        .setRoute(
                            RouteAction.newBuilder()
                                .setWeightedClusters(
                                    WeightedCluster.newBuilder()
                                        .setHeaderName("x-number")
                                        .setRuntimeKeyPrefix("keys")
                                        .addClusters(
                                            entry("checkout|v1", 90)
                                                .addRequestHeadersToRemove("x-debug")
                                                .addRequestHeadersToAdd(option("x-team", "pay"))
                                                .addRequestHeadersToAdd(VersionHeader.of("old")))
                                        .addClusters(entry("checkout|v2", 10)))))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .setRedirect(RedirectAction.newBuilder().setHostRedirect("b")))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .setRoute(RouteAction.newBuilder().setClusterHeader("x-cluster")))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(
                            anything
                                .clone()
                                .setRuntimeFraction(RuntimeFractionalPercent.getDefaultInstance()))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster("cart")
                                .addHashPolicy(HashPolicy.newBuilder().setTerminal(true)))))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("second")
                .addDomains("b")
                .addRoutes(
                    Route.newBuilder()
                        .setName("plain")
                        .setMatch(anything)
                        .setRoute(RouteAction.newBuilder().setCluster("checkout|v1")))
                .addRoutes(Route.newBuilder().setName("none").setMatch(anything)))
        .build();
  }

  private static ClusterWeight.Builder entry(String cluster, int weight) {
    return ClusterWeight.newBuilder().setName(cluster).setWeight(UInt32Value.of(weight));
  }

  private static HeaderValueOption option(String key, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(key).setValue(value))
        .build();
  }
}
