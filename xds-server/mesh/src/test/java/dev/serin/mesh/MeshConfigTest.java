package dev.serin.mesh;

import static dev.serin.mesh.Mesh.CHECKOUT;
import static dev.serin.mesh.Mesh.CHECKOUT_SERVICE;
import static dev.serin.mesh.Mesh.ENVOY_1_40;
import static dev.serin.mesh.Mesh.SERVICES;
import static dev.serin.mesh.Mesh.plan;
import static dev.serin.mesh.Mesh.service;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What services and plans become, for one group of proxies. */
final class MeshConfigTest {
  private static final ServiceState PAY_SERVICE = service("pay", 8081, "pay");

  @Test
  void configurationsFromNothingAndFromAnotherAreEqual() {
    MeshConfig stepped =
        MeshConfig.of(SERVICES, List.of())
            .with(SERVICES, List.of(plan(10_000).build()))
            .with(SERVICES, List.of(plan(50_000).build()));
    MeshConfig fresh = MeshConfig.of(SERVICES.reverse(), List.of(plan(50_000).build()));

    assertThat(stepped.render(ENVOY_1_40).snapshot())
        .isEqualTo(fresh.render(ENVOY_1_40).snapshot());
  }

  @Test
  void withoutThePlanTheOldBytesAreBack() {
    MeshConfig base = MeshConfig.of(SERVICES, List.of());
    MeshConfig back = base.with(SERVICES, List.of(plan(1).build())).with(SERVICES, List.of());

    assertThat(back.render(ENVOY_1_40).snapshot()).isEqualTo(base.render(ENVOY_1_40).snapshot());
  }

  @Test
  void aRouteConfigurationGluedFromPartsIsTheDeterministicEncoding() {
    Resource resource =
        MeshConfig.of(SERVICES, List.of(plan(10_000).build()))
            .render(ENVOY_1_40)
            .snapshot()
            .resource(TypeUrls.ROUTES, "serin-8080")
            .orElseThrow();
    Rendered rendered = MeshConfig.of(SERVICES, List.of(plan(10_000).build())).render(ENVOY_1_40);

    assertThat(resource.body().getValue()).isEqualTo(Encoding.bytes(Mesh.routes(rendered, 8080)));
  }

  @Test
  void clusterRolesNameVersionsAndCohortsOfEveryService() {
    MeshConfig config =
        MeshConfig.of(
            SERVICES,
            List.of(plan(0).cohort(1, Mesh.any("staff", Mesh.header("x-role", "staff"))).build()));

    assertThat(config.clusterRoles())
        .hasSize(8)
        .containsEntry(
            "shop/cart|v2",
            new ClusterRole(ResourceName.parse("shop/cart"), "v2", Optional.empty()))
        .containsEntry(
            "checkout|v1|cohort/staff", new ClusterRole(CHECKOUT, "v1", Optional.of("staff")));
    assertThat(config.clusterRoles().keySet())
        .isEqualTo(config.render(ENVOY_1_40).snapshot().resources(TypeUrls.CLUSTER).keySet());
  }

  @Test
  void zeroIsTheRouteFromBeforeTheRollout() {
    // A fleet refused the hash policies of a split. Zero with the same policies was refused as
    // well, and so the rollback was never over.
    MeshConfig before = MeshConfig.of(SERVICES, List.of());
    StickySource sticky = new StickySource.Header("x-user-id");
    MeshConfig half = before.with(SERVICES, List.of(plan(500_000).sticky(sticky).build()));
    MeshConfig zero = half.with(SERVICES, List.of(plan(0).sticky(sticky).build()));

    assertThat(Mesh.routes(half.render(ENVOY_1_40), 8080))
        .isNotEqualTo(Mesh.routes(before.render(ENVOY_1_40), 8080));
    assertThat(Mesh.routes(zero.render(ENVOY_1_40), 8080))
        .isEqualTo(Mesh.routes(before.render(ENVOY_1_40), 8080));
  }

  @Test
  void endpointsFollowTheirClusterInVersion() {
    ServiceState slow =
        new ServiceState(
            new MeshService(
                CHECKOUT,
                ImmutableSortedMap.of(),
                "v1",
                MeshService.Protocol.GRPC,
                CHECKOUT_SERVICE.service().versions(),
                CHECKOUT_SERVICE.service().hosts(),
                8080,
                MeshService.Upstream.DEFAULT),
            "v1");
    Snapshot http = MeshConfig.of(SERVICES, List.of()).render(ENVOY_1_40).snapshot();
    Snapshot grpc = MeshConfig.of(List.of(slow), List.of()).render(ENVOY_1_40).snapshot();
    Resource before = http.resource(TypeUrls.ENDPOINTS, "checkout|v1").orElseThrow();
    Resource after = grpc.resource(TypeUrls.ENDPOINTS, "checkout|v1").orElseThrow();

    assertThat(after.body()).isEqualTo(before.body());
    assertThat(after.version()).isNotEqualTo(before.version());
  }

  @Test
  void addressesOfVersionSixWorkEverywhere() throws Exception {
    ServiceState six =
        service(
            "checkout",
            ImmutableSortedMap.of("v1", Mesh.endpoints("2001:db8::1")),
            8080,
            "2001:DB8::9");
    Rendered rendered =
        MeshConfig.of(List.of(six), List.of())
            .render(new ProxyGroup("default", "", ProxyGroup.Client.ENVOY, 1, 40, "::1"));

    assertThat(
            Listener.parseFrom(
                    rendered
                        .snapshot()
                        .resource(TypeUrls.LISTENER, "serin-8080")
                        .orElseThrow()
                        .body()
                        .getValue())
                .getAddress()
                .getSocketAddress()
                .getAddress())
        .isEqualTo("::1");
    assertThat(
            ClusterLoadAssignment.parseFrom(
                    rendered
                        .snapshot()
                        .resource(TypeUrls.ENDPOINTS, "checkout|v1")
                        .orElseThrow()
                        .body()
                        .getValue())
                .getEndpoints(0)
                .getLbEndpoints(0)
                .getEndpoint()
                .getAddress()
                .getSocketAddress()
                .getAddress())
        .isEqualTo("2001:db8::1");
    assertThat(Mesh.ask(rendered, 8080, SimulatedRequest.to("[2001:db8::9]:8080", "/")).shares())
        .containsExactly(new RouteSimulator.Share("checkout|v1", 1_000_000));
  }

  @Test
  void anAddressThatIsNoneIsRefusedAndBindsNothing() {
    Rendered rendered =
        MeshConfig.of(List.of(PAY_SERVICE), List.of())
            .render(new ProxyGroup("default", "", ProxyGroup.Client.ENVOY, 1, 40, "evil\nhost"));

    assertThat(rendered.refusals()).hasSize(1);
    assertThat(rendered.refusals().get(0).reason()).contains("expected: an IP address");
    assertThat(rendered.snapshot().resources(TypeUrls.LISTENER)).isEmpty();
  }

  @Test
  void namesAmongEndpointsAreResolvedByTheProxy() {
    ServiceState named =
        service(
            "checkout",
            ImmutableSortedMap.of("v1", Mesh.endpoints("10.0.0.1", "backend.local")),
            0);
    Snapshot snapshot = MeshConfig.of(List.of(named), List.of()).render(ENVOY_1_40).snapshot();

    assertThat(snapshot.resources(TypeUrls.CLUSTER).keySet()).containsExactly("checkout|v1");
    assertThat(snapshot.resources(TypeUrls.ENDPOINTS)).isEmpty();
  }

  @Test
  void grpcClientsAreServedByTheAuthorityTheyDial() {
    Rendered rendered =
        MeshConfig.of(List.of(CHECKOUT_SERVICE), List.of(plan(10_000).build())).render(Mesh.GRPC);

    assertThat(rendered.snapshot().resources(TypeUrls.LISTENER).keySet())
        .containsExactly("checkout:8080");
    assertThat(
            Mesh.ask(rendered, 8080, SimulatedRequest.to("checkout:8080", "/x")).ppm("checkout|v2"))
        .isEqualTo(10_000);
  }
}
