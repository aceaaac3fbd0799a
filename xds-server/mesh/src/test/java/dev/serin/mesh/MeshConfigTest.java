package dev.serin.mesh;

import static dev.serin.mesh.Mesh.CHECKOUT;
import static dev.serin.mesh.Mesh.ENVOY_1_40;
import static dev.serin.mesh.Mesh.plan;
import static dev.serin.mesh.Mesh.service;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.MeshService;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.ResourceName;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

final class MeshConfigTest {
  private static final ServiceState CHECKOUT_SERVICE = service("checkout", 8080, "checkout");
  private static final ServiceState CART_SERVICE = service("shop/cart", 8080, "cart");
  private static final ServiceState PAY_SERVICE = service("pay", 8081, "pay");
  private static final List<ServiceState> SERVICES =
      List.of(CHECKOUT_SERVICE, CART_SERVICE, PAY_SERVICE);

  @Test
  void aWeightChangeKeepsEveryOtherResourceObject() {
    MeshConfig before = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig after = before.with(SERVICES, List.of(plan(50_000).build()));

    Snapshot old = before.render(ENVOY_1_40).snapshot();
    Snapshot next = after.render(ENVOY_1_40).snapshot();

    for (String type : next.typeUrls()) {
      next.resources(type)
          .forEach((name, resource) -> {
            if (type.equals(TypeUrls.ROUTES) && name.equals("serin-8080")) {
              assertThat(resource).isNotEqualTo(old.resources(type).get(name));
            } else {
              assertThat(resource).isSameAs(old.resources(type).get(name));
            }
          });
    }
    assertThat(next.resources(TypeUrls.CLUSTER)).isSameAs(old.resources(TypeUrls.CLUSTER));
  }

  @Test
  void configurationsFromNothingAndFromAnotherAreEqual() {
    MeshConfig stepped =
        MeshConfig.of(SERVICES, List.of())
            .with(SERVICES, List.of(plan(10_000).build()))
            .with(SERVICES, List.of(plan(50_000).build()));
    MeshConfig fresh =
        MeshConfig.of(ImmutableList.copyOf(SERVICES).reverse(), List.of(plan(50_000).build()));

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

  private static boolean structurallyEqual(MeshConfig one, ResourceName service, MeshConfig other) {
    return one.structurallyEqual(
        service, other, List.of(Mesh.ENVOY_1_40, Mesh.ENVOY_1_35, Mesh.GRPC, EU));
  }

  private static final ProxyGroup EU =
      new ProxyGroup("default", "eu-west", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1");

  /** A kind of proxy that nobody runs must not make a mere weight a matter of probes. */
  @Test
  void structureIsWhatTheProxiesThatAreThereSee() {
    MeshConfig ninety =
        MeshConfig.of(
            SERVICES, List.of(plan(900_000).sticky(new StickySource.Cookie("sid")).build()));
    MeshConfig all =
        ninety.with(
            SERVICES, List.of(plan(1_000_000).sticky(new StickySource.Cookie("sid")).build()));
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of(Mesh.ENVOY_1_40))).isTrue();
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of(Mesh.ENVOY_1_40, Mesh.GRPC)))
        .as("refused until promotion")
        .isFalse();
    assertThat(ninety.structurallyEqual(CHECKOUT, all, List.of())).isTrue();
  }

  @Test
  void aWeightIsNoStructureButACohortIs() {
    MeshConfig one = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig five = one.with(SERVICES, List.of(plan(50_000).build()));
    MeshConfig cohort =
        one.with(
            SERVICES,
            List.of(plan(10_000).cohort(1, Mesh.any("staff", Mesh.header("x-role", "a"))).build()));
    MeshConfig sticky =
        one.with(SERVICES, List.of(plan(10_000).sticky(new StickySource.Cookie("sid")).build()));
    MeshConfig none = one.with(SERVICES, List.of());

    assertThat(structurallyEqual(one, CHECKOUT, five)).isTrue();
    assertThat(structurallyEqual(one, CHECKOUT, cohort)).isFalse();
    assertThat(structurallyEqual(one, CHECKOUT, sticky)).isFalse();
    assertThat(structurallyEqual(one, CHECKOUT, none)).isFalse();
    assertThat(structurallyEqual(one, ResourceName.parse("pay"), none)).isTrue();
    assertThat(structurallyEqual(one, ResourceName.parse("nobody"), none)).isFalse();
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
  void aCohortThatOnlyOneRegionSeesIsStructureToo() {
    MeshConfig one = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig regional =
        one.with(
            SERVICES,
            List.of(
                plan(10_000)
                    .cohort(
                        1,
                        Mesh.any(
                            "eu", new dev.serin.policy.Cohort.Condition.ProxyRegion("eu-west")))
                    .build()));

    assertThat(structurallyEqual(one, CHECKOUT, regional)).isFalse();
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
        new ServiceState(
            new MeshService(
                CHECKOUT,
                ImmutableSortedMap.of(),
                "v1",
                MeshService.Protocol.HTTP,
                ImmutableSortedMap.of("v1", Mesh.endpoints("2001:db8::1")),
                ImmutableList.of("2001:DB8::9"),
                8080,
                MeshService.Upstream.DEFAULT),
            "v1");
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
        new ServiceState(
            new MeshService(
                CHECKOUT,
                ImmutableSortedMap.of(),
                "v1",
                MeshService.Protocol.HTTP,
                ImmutableSortedMap.of("v1", Mesh.endpoints("10.0.0.1", "backend.local")),
                ImmutableList.of(),
                0,
                MeshService.Upstream.DEFAULT),
            "v1");
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
        new ServiceState(
            new MeshService(
                CHECKOUT,
                ImmutableSortedMap.of(),
                "v1",
                MeshService.Protocol.HTTP,
                ImmutableSortedMap.of(
                    "v1", new Backend.EnvoyCluster("one"),
                    "v2", new Backend.EnvoyCluster("two"),
                    "v3", new Backend.EnvoyCluster("two")),
                ImmutableList.of("checkout"),
                8080,
                MeshService.Upstream.DEFAULT),
            "v1");
    MeshConfig config = MeshConfig.of(List.of(sharing), List.of(plan(10_000).build()));

    assertThat(config.problems())
        .containsExactly(
            new Refusal(CHECKOUT, "versions v3 and v2 share cluster two (expected: one each)"));
    assertThat(
            Mesh.ask(config.render(ENVOY_1_40), 8080, SimulatedRequest.to("checkout", "/"))
                .ppm("one"))
        .isEqualTo(1_000_000);
  }

  @Test
  void aCohortThatGoesToZeroKeepsItsClusters() {
    dev.serin.policy.Cohort staff = Mesh.any("staff", Mesh.header("x-role", "staff"));
    MeshConfig some = MeshConfig.of(SERVICES, List.of(plan(10_000).cohort(500_000, staff).build()));
    MeshConfig none = some.with(SERVICES, List.of(plan(0).cohort(0, staff).build()));

    assertThat(none.render(ENVOY_1_40).snapshot().resources(TypeUrls.CLUSTER))
        .isSameAs(some.render(ENVOY_1_40).snapshot().resources(TypeUrls.CLUSTER));
    assertThat(none.clusterRoles()).isSameAs(some.clusterRoles());
    assertThat(Mesh.routesOf(none.render(ENVOY_1_40), 8080, "checkout")).hasSize(1);
  }

  /** A thousand proxies, each in a cluster and a region of its own, which no plan tells apart. */
  @Test
  void groupsWithEqualNeedsAreServedOneObject() {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    Rendered first = config.render(ENVOY_1_40);
    for (int i = 0; i < 1_000; i++) {
      ProxyGroup group =
          new ProxyGroup(
              "cluster-" + i,
              "region-" + i,
              ENVOY_1_40.client(),
              ENVOY_1_40.major(),
              ENVOY_1_40.minor() + i % 3,
              ENVOY_1_40.bindAddress());
      assertThat(config.render(group)).isSameAs(first);
    }
  }

  /** Sidecars that listen on addresses of their own share all but their listeners. */
  @Test
  void groupsThatDifferInTheirAddressShareTheRest() {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    Snapshot first = config.render(ENVOY_1_40).snapshot();
    for (int i = 1; i < 100; i++) {
      Snapshot other =
          config
              .render(
                  new ProxyGroup(
                      "c", "", ENVOY_1_40.client(), ENVOY_1_40.major(), 40, "10.0.0." + i))
              .snapshot();
      for (String type : List.of(TypeUrls.CLUSTER, TypeUrls.ENDPOINTS, TypeUrls.ROUTES)) {
        assertThat(other.ofType(type)).isSameAs(first.ofType(type));
      }
      assertThat(other.ofType(TypeUrls.LISTENER)).isNotSameAs(first.ofType(TypeUrls.LISTENER));
    }
  }
}
