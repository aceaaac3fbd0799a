package dev.serin.mesh;

import static dev.serin.mesh.Mesh.CHECKOUT;
import static dev.serin.mesh.Mesh.CHECKOUT_SERVICE;
import static dev.serin.mesh.Mesh.ENVOY_1_40;
import static dev.serin.mesh.Mesh.plan;
import static dev.serin.mesh.Mesh.service;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.ResourceName;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Services and plans that cannot stand, or not beside each other. */
final class MeshProblemsTest {
  @Test
  void twoServicesWithOneHostAndPortAreAProblemAndTheFirstByNameHasIt() {
    MeshConfig config =
        MeshConfig.of(
            List.of(service("b", 8080, "Shop", "b"), service("a", 8080, "shop")), List.of());

    assertThat(config.problems())
        .containsExactly(
            new Refusal(
                ResourceName.parse("b"),
                "host: shop on port 8080 belongs to service default/a (expected: one service a"
                    + " host and port)"));
    Rendered rendered = config.render(ENVOY_1_40);
    assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("SHOP:1234", "/")).virtualHost())
        .isEqualTo("a");
    assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("b", "/")).virtualHost())
        .isEqualTo("b");
  }

  @Test
  void theSameHostOnTwoPortsIsFine() {
    MeshConfig config =
        MeshConfig.of(List.of(service("a", 8080, "shop"), service("b", 8081, "shop")), List.of());

    assertThat(config.problems()).isEmpty();
    assertThat(config.routeConfigurations(ResourceName.parse("b"))).containsExactly("serin-8081");
  }

  @Test
  void everyProblemIsReportedAtOnceAndTheRestStands() {
    MeshService.Upstream upstream = MeshService.Upstream.DEFAULT;
    MeshService clashing =
        new MeshService(
            ResourceName.parse("z"),
            ImmutableSortedMap.of(),
            "v1",
            MeshService.Protocol.HTTP,
            ImmutableSortedMap.of("v1", new Backend.EnvoyCluster("checkout|v1")),
            ImmutableList.of("bad host", "z"),
            8080,
            upstream);
    MeshConfig config =
        MeshConfig.of(
            List.of(CHECKOUT_SERVICE, CHECKOUT_SERVICE, new ServiceState(clashing, "v7")),
            List.of(
                plan(1).build(),
                plan(2).build(),
                plan(1).of("nobody").build(),
                plan(5).of("z").build()));

    assertThat(config.problems().stream().map(Refusal::reason))
        .anySatisfy(reason -> assertThat(reason).contains("is given twice"))
        .anySatisfy(reason -> assertThat(reason).contains("expected: a known service"))
        .anySatisfy(reason -> assertThat(reason).contains("one plan a service"))
        .anySatisfy(reason -> assertThat(reason).contains("bad host"))
        .anySatisfy(reason -> assertThat(reason).contains("stable: v7"))
        .anySatisfy(reason -> assertThat(reason).contains("version v2 of rollout"))
        .anySatisfy(reason -> assertThat(reason).contains("of version v1 of default/checkout"));
    assertThat(
            Mesh.ask(config.render(ENVOY_1_40), 8080, SimulatedRequest.to("checkout", "/"))
                .ppm("checkout|v2"))
        .isEqualTo(1);
  }

  @Test
  void aPlanForAServiceWithoutRoutesSaysSo() {
    ServiceState hidden = service("checkout", 0);
    MeshConfig config = MeshConfig.of(List.of(hidden), List.of(plan(10_000).build()));

    assertThat(config.routeConfigurations(CHECKOUT)).isEmpty();
    assertThat(config.problems()).hasSize(1);
    assertThat(config.problems().get(0).reason()).contains("no published route leads to it");
  }

  @Test
  void aVersionThatSharesItsClusterWithAnotherTakesPartInNoPlan() {
    ServiceState sharing =
        service(
            "checkout",
            ImmutableSortedMap.of(
                "v1", new Backend.EnvoyCluster("one"),
                "v2", new Backend.EnvoyCluster("two"),
                "v3", new Backend.EnvoyCluster("two")),
            8080,
            "checkout");
    MeshConfig config = MeshConfig.of(List.of(sharing), List.of(plan(10_000).build()));

    assertThat(config.problems())
        .containsExactly(
            new Refusal(CHECKOUT, "versions v3 and v2 share cluster two (expected: one each)"));
    assertThat(
            Mesh.ask(config.render(ENVOY_1_40), 8080, SimulatedRequest.to("checkout", "/"))
                .ppm("one"))
        .isEqualTo(1_000_000);
  }
}
