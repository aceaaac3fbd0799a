package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.NewerFields;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.VersionHeader;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** The overlay on bases that others wrote. */
final class OverlayTest {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");

  @Test
  void aBaseThatNoPlanConcernsIsReturnedAsItIs() {
    RouteConfiguration base = base(to("cart|v1").build());

    assertThat(apply(base, plan(10_000).build()).routes()).isSameAs(base);
    assertThat(Overlay.apply(base, List.of(), NEW, HttpFilters.NONE).routes()).isSameAs(base);
  }

  @Test
  void everythingElseOfARouteIsKeptByEveryRule() {
    Route route =
        to("checkout|v1")
            .setMatch(RouteMatch.newBuilder().setPath("/pay"))
            .putTypedPerFilterConfig("fault", Any.newBuilder().setTypeUrl("x/y").build())
            .addRequestHeadersToAdd(option("x-team", "pay"))
            .build();
    route =
        route.toBuilder()
            .setRoute(
                route.getRoute().toBuilder()
                    .setTimeout(Duration.newBuilder().setSeconds(7))
                    .setPrefixRewrite("/p")
                    .setRetryPolicy(RetryPolicy.newBuilder().setRetryOn("5xx")))
            .build();
    Route other = to("cart|v1").setName("cart").build();
    RouteConfiguration routes =
        apply(
                base(other, route),
                plan(10_000)
                    .cohort(500_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                    .sticky(new StickySource.Header("x-user"))
                    .build())
            .routes();

    List<Route> rewritten = routes.getVirtualHosts(0).getRoutesList();
    assertThat(rewritten.get(0)).isSameAs(other);
    assertThat(rewritten.stream().map(Route::getName))
        .containsExactly(
            "cart", "r|cohort/staff|header/x-user", "r|cohort/staff", "r|header/x-user", "r");
    for (Route each : rewritten.subList(1, 5)) {
      Route.Builder stripped = each.toBuilder().setName("r");
      stripped.getMatchBuilder().clearHeaders();
      stripped.getRouteBuilder().clearHashPolicy().setCluster("checkout|v1");
      assertThat(stripped.build()).isEqualTo(route);
    }
  }

  @Test
  void aDivisionBetweenTheServicesOwnClustersIsReplacedWithItsEntriesKept() {
    Route route =
        divided(
            entry("checkout|v1", 90).addRequestHeadersToRemove("x-debug"),
            entry("checkout|v2", 10));
    WeightedCluster weighted =
        apply(base(route), plan(250_000).build())
            .routes()
            .getVirtualHosts(0)
            .getRoutes(0)
            .getRoute()
            .getWeightedClusters();

    assertThat(weighted.getClustersList().stream().map(ClusterWeight::getName))
        .containsExactly("checkout|v2", "checkout|v1");
    assertThat(weighted.getClustersList().stream().map(c -> c.getWeight().getValue()))
        .containsExactly(250_000, 750_000);
    assertThat(weighted.getClusters(1).getRequestHeadersToRemoveList()).containsExactly("x-debug");
    assertThat(weighted.getClusters(0).getRequestHeadersToRemoveList()).isEmpty();
    assertThat(weighted.getRuntimeKeyPrefix()).isEmpty();
  }

  @Test
  void aDivisionWithAnotherServiceKeepsThatOnesShare() {
    RouteConfiguration base =
        base(divided(entry("cart|v1", 20), entry("checkout|v1", 70), entry("checkout|v2", 10)));
    WeightedCluster weighted =
        apply(base, plan(250_000).build())
            .routes()
            .getVirtualHosts(0)
            .getRoutes(0)
            .getRoute()
            .getWeightedClusters();

    assertThat(weighted.getClustersList().stream().map(ClusterWeight::getName))
        .containsExactly("cart|v1", "checkout|v2", "checkout|v1");
    assertThat(weighted.getClustersList().stream().map(c -> c.getWeight().getValue()))
        .containsExactly(20_000_000, 20_000_000, 60_000_000);
  }

  @Test
  void aRouteStraightToTheCanaryIsLeftAlone() {
    RouteConfiguration base = base(to("checkout|v2").build());

    assertThat(apply(base, plan(10_000).build()).routes()).isSameAs(base);
  }

  @Test
  void oneRouteWithAHashOfItsOwnRefusesTheWholeStickyPlan() {
    RouteAction.HashPolicy hash =
        RouteAction.HashPolicy.newBuilder()
            .setHeader(RouteAction.HashPolicy.Header.newBuilder().setHeaderName("x-shard"))
            .build();
    Route hashed =
        to("checkout|v1")
            .setRoute(RouteAction.newBuilder().setCluster("checkout|v1").addHashPolicy(hash))
            .build();
    RouteConfiguration base = base(to("checkout|v1").build(), hashed);
    Overlay.Result<RouteConfiguration> sticky =
        apply(base, plan(10_000).sticky(new StickySource.Cookie("sid")).build());
    Overlay.Result<RouteConfiguration> drawn = apply(base, plan(10_000).build());

    assertThat(sticky.routes()).isSameAs(base);
    assertThat(sticky.refusals().get(0).reason()).contains("hash of its own");
    assertThat(drawn.refusals()).isEmpty();
    Route kept = drawn.routes().getVirtualHosts(0).getRoutes(1);
    assertThat(kept.getRoute().getHashPolicyList()).containsExactly(hash);
    assertThat(NewerFields.usesHashPolicy(kept.getRoute().getWeightedClusters())).isFalse();
  }

  @Test
  void aRandomFractionBesideTheDivisionIsRefused() {
    RouteConfiguration base =
        base(
            to("checkout|v1")
                .setMatch(
                    RouteMatch.newBuilder()
                        .setPrefix("/")
                        .setRuntimeFraction(RuntimeFractionalPercent.getDefaultInstance()))
                .build());

    assertThat(apply(base, plan(10_000).build()).refusals().get(0).reason())
        .contains("no second draw");
  }

  @Test
  void theVersionHeaderMovesFromTheRouteToTheClusters() {
    Route route =
        to("checkout|v1")
            .addRequestHeadersToAdd(option("X-Serin-Version", "v1"))
            .addResponseHeadersToAdd(option("x-serin-version", "v1"))
            .build();
    Route rewritten =
        apply(base(route), plan(10_000).build()).routes().getVirtualHosts(0).getRoutes(0);

    assertThat(rewritten.getRequestHeadersToAddList()).isEmpty();
    assertThat(rewritten.getResponseHeadersToAddList()).isEmpty();
    for (ClusterWeight arm : rewritten.getRoute().getWeightedClusters().getClustersList()) {
      HeaderValueOption wanted =
          option("x-serin-version", arm.getName().substring("checkout|".length())).toBuilder()
              .setAppendAction(HeaderValueOption.HeaderAppendAction.OVERWRITE_IF_EXISTS_OR_ADD)
              .build();
      assertThat(arm.getRequestHeadersToAddList()).containsExactly(wanted);
      assertThat(arm.getResponseHeadersToAddList()).containsExactly(wanted);
    }
  }

  @Test
  void aPercentSignInAVersionIsNoCommand() {
    assertThat(VersionHeader.of("v%ENVIRONMENT(HOME)%").getHeader().getValue())
        .isEqualTo("v%%ENVIRONMENT(HOME)%%");
  }

  @Test
  void applyingTwiceIsApplyingOnce() {
    RouteConfiguration once = apply(base(to("checkout|v1").build()), plan(10_000).build()).routes();

    assertThat(apply(once, plan(10_000).build()).routes()).isEqualTo(once);
  }

  private static Overlay.Result<RouteConfiguration> apply(
      RouteConfiguration base, TrafficPlan plan) {
    return Overlay.apply(
        base,
        List.of(
            ServiceRouting.of(
                Mesh.service("checkout", 0).service(),
                plan.stable(),
                Optional.of(plan),
                List.of())),
        NEW,
        HttpFilters.NONE);
  }

  private static RouteConfiguration base(Route... routes) {
    return RouteConfiguration.newBuilder()
        .setName("base")
        .addVirtualHosts(
            VirtualHost.newBuilder().setName("h").addDomains("*").addAllRoutes(List.of(routes)))
        .build();
  }

  private static Route.Builder to(String cluster) {
    return Route.newBuilder()
        .setName("r")
        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
        .setRoute(RouteAction.newBuilder().setCluster(cluster));
  }

  private static Route divided(ClusterWeight.Builder... entries) {
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder().setRuntimeKeyPrefix("rt");
    List.of(entries).forEach(weighted::addClusters);
    return to("").setRoute(RouteAction.newBuilder().setWeightedClusters(weighted)).build();
  }

  private static ClusterWeight.Builder entry(String name, int weight) {
    return ClusterWeight.newBuilder().setName(name).setWeight(UInt32Value.of(weight));
  }

  private static HeaderValueOption option(String key, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(key).setValue(value))
        .build();
  }
}
