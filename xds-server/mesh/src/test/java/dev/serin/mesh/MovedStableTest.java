package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.ProtoRoutes;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.plan.TrafficPlan;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** A base that was written when another version was the stable one. */
final class MovedStableTest {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");

  @Test
  void aBaseThatNamesThePresentStableIsSentAsItCame() {
    RouteConfiguration base = base(action("checkout|v1"), action("cart|v1"));

    assertThat(overlay(base, "v1", Optional.empty())).isSameAs(base);
  }

  @Test
  void afterAPromotionTheBasesRouteLeadsToTheNewStable() {
    RouteAction kept = action("checkout|v1").toBuilder().setPrefixRewrite("/p").build();
    RouteConfiguration base = base(kept, action("cart|v1"));

    assertThat(overlay(base, "v2", Optional.empty()))
        .isEqualTo(base(kept.toBuilder().setCluster("checkout|v2").build(), action("cart|v1")));
  }

  @Test
  void aBasesOwnDivisionStandsUntilAPromotionMovesTheStableVersion() {
    RouteConfiguration base = base(divided("checkout|v1", "checkout|v2"));

    assertThat(overlay(base, "v1", Optional.empty())).isSameAs(base);
    assertThat(overlay(base, "v2", Optional.empty())).isEqualTo(base(action("checkout|v2")));
  }

  @Test
  void ofADivisionWithAnotherServiceItsOwnPartMovesToTheNewStable() {
    RouteConfiguration base = base(divided("checkout|v1", "cart|v1"));

    assertThat(overlay(base, "v1", Optional.empty())).isSameAs(base);
    assertThat(apply(base, "v2", Optional.empty()).refusals()).isEmpty();
    assertThat(
            overlay(base, "v2", Optional.empty())
                .getVirtualHosts(0)
                .getRoutes(0)
                .getRoute()
                .getWeightedClusters()
                .getClustersList()
                .stream()
                .map(WeightedCluster.ClusterWeight::getName))
        .containsExactly("checkout|v2", "cart|v1");
  }

  @Test
  void theNextRolloutFindsRoutesByTheOldNameToo() {
    TrafficPlan forth = plan(10_000).build();
    TrafficPlan back =
        new TrafficPlan(
            forth.rollout(),
            forth.service(),
            "v2",
            "v1",
            forth.weightPpm(),
            forth.cohortPpm(),
            forth.cohorts(),
            forth.sticky(),
            forth.salt(),
            forth.generation());
    RouteConfiguration routes = overlay(base(action("checkout|v1")), "v2", Optional.of(back));

    assertThat(
            routes
                .getVirtualHosts(0)
                .getRoutes(0)
                .getRoute()
                .getWeightedClusters()
                .getClustersList()
                .stream()
                .map(arm -> arm.getName() + " " + arm.getWeight().getValue()))
        .containsExactly("checkout|v1 10000", "checkout|v2 990000");
  }

  @Test
  void whatAnotherServiceMirrorsToTheServiceFollowsItsStable() {
    RequestMirrorPolicy mirror =
        RequestMirrorPolicy.newBuilder()
            .setCluster("checkout|v1")
            .setRuntimeFraction(RuntimeFractionalPercent.newBuilder().setRuntimeKey("k"))
            .build();
    RequestMirrorPolicy other = RequestMirrorPolicy.newBuilder().setCluster("audit").build();
    RouteAction mirroring =
        action("cart|v1").toBuilder()
            .addRequestMirrorPolicies(other)
            .addRequestMirrorPolicies(mirror)
            .build();
    RouteConfiguration base = base(mirroring);

    assertThat(overlay(base, "v1", Optional.empty())).isSameAs(base);
    assertThat(overlay(base, "v2", Optional.empty()))
        .isEqualTo(
            base(
                mirroring.toBuilder()
                    .setRequestMirrorPolicies(1, mirror.toBuilder().setCluster("checkout|v2"))
                    .build()));
  }

  @Test
  void aRouteThatReadsItsClusterFromAHeaderIsToldAndLeftAlone() {
    RouteConfiguration base = base(RouteAction.newBuilder().setClusterHeader("x-cluster").build());

    assertThat(overlay(base, "v2", Optional.empty())).isSameAs(base);
    assertThat(Overlay.unreadable(ProtoRoutes.FORM, base))
        .containsExactly(
            "route \"r0\" of virtual host \"h\" takes its cluster from header x-cluster"
                + " (expected: a cluster by name; it stays as it is)");
  }

  private static RouteConfiguration overlay(
      RouteConfiguration base, String stable, Optional<TrafficPlan> plan) {
    return apply(base, stable, plan).routes();
  }

  private static Overlay.Result<RouteConfiguration> apply(
      RouteConfiguration base, String stable, Optional<TrafficPlan> plan) {
    return Overlay.apply(
        base,
        List.of(ServiceRouting.of(Mesh.service("checkout", 0).service(), stable, plan, List.of())),
        NEW,
        HttpFilters.NONE);
  }

  private static RouteAction divided(String... clusters) {
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    for (String cluster : clusters) {
      weighted.addClusters(ClusterWeight.newBuilder().setName(cluster));
    }
    return RouteAction.newBuilder().setWeightedClusters(weighted).build();
  }

  private static RouteAction action(String cluster) {
    return RouteAction.newBuilder().setCluster(cluster).build();
  }

  private static RouteConfiguration base(RouteAction... actions) {
    VirtualHost.Builder host = VirtualHost.newBuilder().setName("h").addDomains("*");
    for (int i = 0; i < actions.length; i++) {
      host.addRoutes(Route.newBuilder().setName("r" + i).setRoute(actions[i]));
    }
    return RouteConfiguration.newBuilder().setName("base").addVirtualHosts(host).build();
  }
}
