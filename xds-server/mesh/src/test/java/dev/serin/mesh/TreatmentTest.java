package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Fault;
import dev.serin.policy.Mirror;
import dev.serin.policy.RateLimit;
import dev.serin.policy.StickySource;
import dev.serin.policy.Treatment;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a plan does to requests besides dividing them. */
final class TreatmentTest {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");
  private static final ProxyGroup ENVOY = Mesh.envoy(40, "");
  private static final Mirror TENTH =
      new Mirror(100_000, ImmutableSortedSet.of("GET", "HEAD"), false, ImmutableList.of());

  @Test
  void aMirrorCopiesOnlyTheMethodsThatItNamesToAClusterOfItsOwn() {
    Rendered rendered = render(plan(0).treated(mirror(TENTH)).build());

    List<Route> routes = Mesh.routesOf(rendered, 8080, "checkout");
    assertThat(routes.stream().map(Route::getName)).containsExactly("checkout|mirror", "checkout");
    assertThat(routes.get(0).getMatch().getHeaders(0).getStringMatch().getSafeRegex().getRegex())
        .isEqualTo("GET|HEAD");
    RouteAction.RequestMirrorPolicy policy = routes.get(0).getRoute().getRequestMirrorPolicies(0);
    assertThat(policy.getCluster()).isEqualTo("checkout|v2|shadow");
    assertThat(policy.getRuntimeFraction().getDefaultValue().getNumerator()).isEqualTo(100_000);
    assertThat(policy.getDisableShadowHostSuffixAppend()).isTrue();
    assertThat(routes.get(1).getRoute().getRequestMirrorPoliciesList()).isEmpty();
    assertThat(rendered.snapshot().resource(TypeUrls.CLUSTER, "checkout|v2|shadow")).isPresent();
  }

  @Test
  void aMirrorOfAShareBesideADrawnWeightIsRefusedAndAStickyOneIsNot() {
    assertThat(reasons(plan(10_000).treated(mirror(TENTH)).build()))
        .singleElement()
        .asString()
        .contains("drawn for each request");
    assertThat(
            reasons(
                plan(10_000).sticky(new StickySource.SourceIp()).treated(mirror(TENTH)).build()))
        .isEmpty();
  }

  @Test
  void severalVersionsCanGetACopyEach() {
    Mirror both = new Mirror(1_000_000, Mirror.SAFE, false, ImmutableList.of("v2", "v1"));
    Route route =
        Mesh.routesOf(render(plan(0).treated(mirror(both)).build()), 8080, "checkout").get(0);

    assertThat(
            route.getRoute().getRequestMirrorPoliciesList().stream()
                .map(RouteAction.RequestMirrorPolicy::getCluster))
        .containsExactly("checkout|v1|shadow", "checkout|v2|shadow");
    assertThat(route.getRoute().getRequestMirrorPolicies(0).hasRuntimeFraction()).isFalse();
  }

  @Test
  void faultsAndRateLimitsAreSetForTheCanaryAlone() throws InvalidProtocolBufferException {
    Fault fault =
        new Fault(
            Optional.of(new Fault.Delay(Duration.ofMillis(200), 50_000)),
            Optional.of(new Fault.Abort(503, 1_000)));
    Treatment treatment =
        new Treatment(Optional.empty(), Optional.of(fault), Optional.of(new RateLimit(50, 80)));
    Rendered rendered = render(plan(250_000).treated(treatment).build());

    List<ClusterWeight> arms =
        Mesh.routesOf(rendered, 8080, "checkout")
            .get(0)
            .getRoute()
            .getWeightedClusters()
            .getClustersList();
    assertThat(arms.get(1).getName()).isEqualTo("checkout|v1");
    assertThat(arms.get(1).getTypedPerFilterConfigMap()).isEmpty();
    HTTPFault set =
        arms.get(0)
            .getTypedPerFilterConfigOrThrow("envoy.filters.http.fault")
            .unpack(HTTPFault.class);
    assertThat(set.getDelay().getFixedDelay())
        .isEqualTo(com.google.protobuf.util.Durations.fromMillis(200));
    assertThat(set.getDelay().getPercentage().getNumerator()).isEqualTo(50_000);
    assertThat(set.getAbort().getHttpStatus()).isEqualTo(503);
    LocalRateLimit limit =
        arms.get(0)
            .getTypedPerFilterConfigOrThrow("envoy.filters.http.local_ratelimit")
            .unpack(LocalRateLimit.class);
    assertThat(limit.getTokenBucket().getMaxTokens()).isEqualTo(80);
    assertThat(limit.getTokenBucket().getTokensPerFill().getValue()).isEqualTo(50);
    assertThat(limit.getFilterEnforced().getDefaultValue().getNumerator()).isEqualTo(1_000_000);
  }

  @Test
  void aFaultIsRefusedWhereTheListenersLackItsFilter() {
    Treatment fault =
        new Treatment(
            Optional.empty(),
            Optional.of(new Fault(Optional.empty(), Optional.of(new Fault.Abort(503, 1_000)))),
            Optional.empty());

    assertThat(reasons(plan(10_000).treated(fault).build()))
        .containsExactly(
            "fault: no filter for it (expected: envoy.extensions.filters.http.fault.v3.HTTPFault in"
                + " the listeners of these routes)");
  }

  @Test
  void aFailedTryAtTheCanaryGoesToStableThroughAnAggregateOfBoth()
      throws InvalidProtocolBufferException {
    Rendered rendered = render(plan(250_000).retryAtStable().build());

    RouteAction action = Mesh.routesOf(rendered, 8080, "checkout").get(0).getRoute();
    assertThat(action.getWeightedClusters().getClusters(0).getName())
        .isEqualTo("checkout|v2|retry");
    assertThat(action.getWeightedClusters().getClusters(1).getName()).isEqualTo("checkout|v1");
    assertThat(action.getRetryPolicy().getNumRetries().getValue()).isEqualTo(1);
    assertThat(action.getRetryPolicy().getRetriableRequestHeaders(0).getStringMatch().getExact())
        .isEqualTo("v2");
    Cluster cluster =
        Cluster.parseFrom(
            rendered
                .snapshot()
                .resource(TypeUrls.CLUSTER, "checkout|v2|retry")
                .orElseThrow()
                .body()
                .getValue());
    assertThat(
            cluster.getClusterType().getTypedConfig().unpack(ClusterConfig.class).getClustersList())
        .containsExactly("checkout|v2", "checkout|v1");
    assertThat(config(plan(250_000).retryAtStable().build()).clusterRoles())
        .containsEntry(
            "checkout|v2|retry", new ClusterRole(Mesh.CHECKOUT, "v2", Optional.empty(), true));
  }

  @Test
  void aRouteThatRetriesAlreadyKeepsWhatItRetriesAndHowOften() {
    RetryPolicy own =
        RetryPolicy.newBuilder()
            .setRetryOn("reset")
            .setNumRetries(com.google.protobuf.UInt32Value.of(3))
            .build();
    Route ofHost =
        Route.newBuilder().setRoute(RouteAction.newBuilder().setCluster("checkout|v1")).build();
    RouteConfiguration base =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(VirtualHost.newBuilder().setRetryPolicy(own).addRoutes(ofHost))
            .build();
    RetryPolicy merged =
        apply(base, plan(10_000).retryAtStable().build())
            .routes()
            .getVirtualHosts(0)
            .getRoutes(0)
            .getRoute()
            .getRetryPolicy();

    assertThat(merged.getRetryOn()).isEqualTo("reset");
    assertThat(merged.getNumRetries().getValue()).isEqualTo(3);
    assertThat(merged.getRetriableRequestHeadersList()).isEmpty();
    assertThat(merged.getRetryPriority().getName())
        .isEqualTo("envoy.retry_priorities.previous_priorities");
  }

  @Test
  void aVariantKeepsItsPlaceWhileTheCanaryGrows() {
    ServiceState three =
        Mesh.service(
            "checkout",
            ImmutableSortedMap.of(
                "v1", Mesh.endpoints("10.0.0.1"),
                "v2", Mesh.endpoints("10.0.0.2"),
                "v3", Mesh.endpoints("10.0.0.3")),
            8080,
            "checkout");
    for (int weight : new int[] {10_000, 500_000, 800_000}) {
      Rendered rendered =
          MeshConfig.of(List.of(three), List.of(plan(weight).variant("v3", 200_000).build()))
              .render(ENVOY);

      assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("checkout", "/")).shares())
          .containsExactly(
              new RouteSimulator.Share("checkout|v2", weight),
              new RouteSimulator.Share("checkout|v1", 800_000 - weight),
              new RouteSimulator.Share("checkout|v3", 200_000));
    }
  }

  @Test
  void anExcludedCohortStaysOnStableWhateverElseItIsIn() {
    Rendered rendered =
        render(
            plan(500_000)
                .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                .exclude(Mesh.any("vip", Mesh.header("x-tier", "platinum")))
                .build());

    assertThat(
            Mesh.ask(
                    rendered,
                    8080,
                    SimulatedRequest.to("checkout", "/")
                        .withHeader("x-role", "staff")
                        .withHeader("x-tier", "platinum"))
                .ppm("checkout|v1|cohort/vip"))
        .isEqualTo(1_000_000);
    assertThat(
            Mesh.ask(
                    rendered,
                    8080,
                    SimulatedRequest.to("checkout", "/").withHeader("x-role", "staff"))
                .ppm("checkout|v2|cohort/staff"))
        .isEqualTo(1_000_000);
  }

  @Test
  void aServiceDownTheChainFollowsTheVersionWhereItHasIt() {
    MeshConfig config =
        MeshConfig.of(
            List.of(
                Mesh.service("checkout", 8080, "checkout"),
                Mesh.service("cart", 8080, "cart"),
                Mesh.service(
                    "pay", ImmutableSortedMap.of("v1", Mesh.endpoints("10.0.0.9")), 8080, "pay")),
            List.of(plan(10_000).followedBy("cart", "pay").build()));
    Rendered rendered = config.render(ENVOY);
    SimulatedRequest stamped = SimulatedRequest.to("cart", "/").withHeader("x-serin-version", "v2");

    assertThat(Mesh.ask(rendered, 8080, stamped).ppm("cart|v2|chain")).isEqualTo(1_000_000);
    assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("cart", "/")).ppm("cart|v1"))
        .isEqualTo(1_000_000);
    Route pay = Mesh.routesOf(rendered, 8080, "pay").get(0);
    assertThat(pay.getRoute().getWeightedClusters().getClusters(0).getName()).isEqualTo("pay|v1");
    assertThat(pay.getRequestHeadersToAddList()).isEmpty();
    assertThat(pay.getRoute().getWeightedClusters().getClusters(0).getRequestHeadersToAddList())
        .isEmpty();
    assertThat(rendered.snapshot().resource(TypeUrls.CLUSTER, "cart|v2|chain")).isPresent();
  }

  @Test
  void atTheEdgeOfABaseTheStampOfAClientIsStrippedWhereServicesFollowIt() {
    RouteConfiguration base =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .addRoutes(
                        Route.newBuilder()
                            .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))))
            .build();

    assertThat(
            apply(base, plan(10_000).followedBy("cart").build())
                .routes()
                .getInternalOnlyHeadersList())
        .containsExactly("x-serin-version");
    assertThat(apply(base, plan(10_000).build()).routes().getInternalOnlyHeadersList()).isEmpty();
  }

  @Test
  void aGrpcClientIsRefusedWhatItWouldLeaveOut() {
    ProxyGroup grpc = new ProxyGroup("default", "", ProxyGroup.Client.GRPC, 1, 85, "127.0.0.1");

    assertThat(
            config(
                    plan(10_000)
                        .treated(
                            mirror(new Mirror(1_000_000, Mirror.SAFE, false, ImmutableList.of())))
                        .retryAtStable()
                        .followedBy("cart")
                        .build())
                .render(grpc)
                .refusals()
                .stream()
                .map(Refusal::reason))
        .containsExactly(
            "mirror (expected: an Envoy proxy, this client leaves it out)",
            "retry at stable (expected: an Envoy proxy, this client leaves it out)",
            "chain (expected: an Envoy proxy, this client leaves it out)");
  }

  private static Treatment mirror(Mirror mirror) {
    return new Treatment(Optional.of(mirror), Optional.empty(), Optional.empty());
  }

  private static MeshConfig config(TrafficPlan plan) {
    return MeshConfig.of(Mesh.SERVICES, List.of(plan));
  }

  private static Rendered render(TrafficPlan plan) {
    Rendered rendered = config(plan).render(ENVOY);
    assertThat(rendered.refusals()).isEmpty();
    return rendered;
  }

  private static List<String> reasons(TrafficPlan plan) {
    RouteConfiguration base =
        RouteConfiguration.newBuilder()
            .addVirtualHosts(
                VirtualHost.newBuilder()
                    .addRoutes(
                        Route.newBuilder()
                            .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))))
            .build();
    return apply(base, plan).refusals().stream().map(Refusal::reason).toList();
  }

  private static Overlay.Result<RouteConfiguration> apply(
      RouteConfiguration base, TrafficPlan plan) {
    return Overlay.apply(
        base,
        List.of(
            ServiceRouting.of(
                Mesh.CHECKOUT_SERVICE.service(), plan.stable(), Optional.of(plan), List.of())),
        NEW,
        HttpFilters.NONE);
  }
}
