package dev.serin.mesh;

import static dev.serin.mesh.Mesh.CHECKOUT;
import static dev.serin.mesh.Mesh.LAYERED;
import static dev.serin.mesh.Mesh.SERVICES;
import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.serin.mesh.RouteSimulator.Answer.Routed;
import dev.serin.mesh.RouteSimulator.Share;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.RuntimeLayer;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.plan.TrafficPlan;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** Weights that come beside the route table, for proxies that have the layer. */
final class RuntimeLayerTest {
  private static final SimulatedRequest PLAIN = SimulatedRequest.to("checkout", "/");

  @Test
  void aStepChangesNumbersAndLeavesTheTableAlone() throws Exception {
    MeshConfig one = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));
    MeshConfig five = one.with(SERVICES, List.of(plan(50_000).build()));

    assertThat(table(five)).isEqualTo(table(one));
    assertThat(numbers(one).values()).containsExactlyInAnyOrder(10_000, 990_000);
    assertThat(numbers(five).values()).containsExactlyInAnyOrder(50_000, 950_000);
    assertThat(numbers(five).keySet()).isEqualTo(numbers(one).keySet());
    assertThat(five.routeTables(CHECKOUT, Base.NONE, true))
        .contains(new ResourceKey(TypeUrls.RUNTIME, RuntimeLayer.NAME));
    assertThat(five.structurallyEqual(CHECKOUT, one, List.of(LAYERED))).isTrue();
  }

  @Test
  void aStepIsAsSmallBesideALargeTableAsBesideASmallOne() {
    List<ServiceState> services = new ArrayList<>(SERVICES);
    for (int i = 0; i < 4_000; i++) {
      services.add(Mesh.service("s" + i, 8080, "s" + i));
    }
    MeshConfig config = MeshConfig.of(services, List.of(plan(10_000).build()));
    int table = table(config).value().size();
    int layer = resource(config, TypeUrls.RUNTIME, RuntimeLayer.NAME).value().size();

    System.out.println("FIGURES a step: layer " + layer + " bytes, table " + table + " bytes");
    assertThat(table).isGreaterThan(256_000);
    assertThat(layer).isLessThan(200);
  }

  @Test
  void whoHasNoLayerIsServedNone() {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(10_000).build()));

    Snapshot snapshot = config.render(Mesh.ENVOY_1_40).snapshot();
    assertThat(snapshot.resources(TypeUrls.RUNTIME)).isEmpty();
    assertThat(config.routeTables(CHECKOUT, Base.NONE, false))
        .extracting(ResourceKey::typeUrl)
        .containsOnly(TypeUrls.ROUTES);
  }

  @Test
  void whereTheLayerIsLostEverybodyIsOnStable() throws Exception {
    MeshConfig config =
        MeshConfig.of(
            SERVICES,
            List.of(
                plan(900_000)
                    .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "a")))
                    .build()));
    RouteSimulator lost = new RouteSimulator(routes(config));

    assertThat(shares(lost, PLAIN))
        .containsExactly(new Share("checkout|v2", 0), new Share("checkout|v1", 1_000_000));
    assertThat(shares(lost, PLAIN.withHeader("x-role", "a")))
        .extracting(Share::ppm)
        .containsExactly(0, 1_000_000);
  }

  @Test
  void onceAllGoToTheCanaryTheTableSaysSoToo() throws Exception {
    MeshConfig all = MeshConfig.of(SERVICES, List.of(plan(1_000_000).build()));

    assertThat(shares(new RouteSimulator(routes(all)), PLAIN))
        .as("stable may be gone, and the layer forgets the rollout first")
        .containsExactly(new Share("checkout|v2", 1_000_000), new Share("checkout|v1", 0));
  }

  @Test
  void aRolloutThatEndsLeavesTheTableFromBeforeAndNoNumbers() throws Exception {
    MeshConfig before = MeshConfig.of(SERVICES, List.of());
    MeshConfig during = before.with(SERVICES, List.of(plan(10_000).build()));
    MeshConfig after = during.with(SERVICES, List.of());

    assertThat(table(during)).isNotEqualTo(table(before));
    assertThat(table(after)).isEqualTo(table(before));
    assertThat(numbers(after)).isEmpty();
  }

  @Test
  void aWayBackIsInTheNumbersWhileTheTableStillDivides() throws Exception {
    MeshConfig some = MeshConfig.of(SERVICES, List.of(plan(500_000).build()));
    MeshConfig none = some.with(SERVICES, List.of(plan(0).build()));

    assertThat(shares(new RouteSimulator(routes(some), runtime(none)), PLAIN))
        .containsExactly(new Share("checkout|v2", 0), new Share("checkout|v1", 1_000_000));
  }

  /** A proxy may have a table of one split and numbers of another, for a moment or for long. */
  @Test
  void noMixtureOfTableAndNumbersIsWithoutAWeight() throws Exception {
    List<TrafficPlan> plans =
        List.of(
            plan(0).variant("v3", 1_000_000).build(),
            plan(300_000).variant("v3", 700_000).build(),
            plan(10_000).build(),
            plan(1_000_000).build(),
            plan(0).cohort(1, Mesh.any("staff", Mesh.header("x-role", "a"))).build());
    ServiceState three =
        Mesh.service(
            "checkout",
            com.google.common.collect.ImmutableSortedMap.of(
                "v1", Mesh.endpoints("10.0.0.1"),
                "v2", Mesh.endpoints("10.0.0.2"),
                "v3", Mesh.endpoints("10.0.0.3")),
            8080,
            "checkout");
    for (TrafficPlan table : plans) {
      MeshConfig one = MeshConfig.of(List.of(three), List.of(table));
      for (TrafficPlan numbers : plans) {
        MeshConfig other = MeshConfig.of(List.of(three), List.of(numbers));
        assertThat(shares(new RouteSimulator(routes(one), runtime(other)), PLAIN))
            .as("table of %s, numbers of %s", table, numbers)
            .isNotEmpty();
      }
    }
  }

  /** What is left of a route for the service differs from route to route. */
  @Test
  void whereOthersHaveAShareTheTableHasTheWeights() {
    assertThat(divided("checkout|v2").getRuntimeKeyPrefix()).isNotEmpty();

    WeightedCluster shared = divided("of-another");
    assertThat(shared.getRuntimeKeyPrefix()).isEmpty();
    assertThat(shared.getClustersList())
        .filteredOn(cluster -> cluster.getName().equals("checkout|v2"))
        .allMatch(cluster -> cluster.getWeight().getValue() > 0);
  }

  /** A route that divides between stable and another cluster, after the overlay. */
  private static WeightedCluster divided(String other) {
    WeightedCluster.Builder half = WeightedCluster.newBuilder();
    for (String cluster : List.of("checkout|v1", other)) {
      half.addClustersBuilder().setName(cluster).setWeight(UInt32Value.of(50));
    }
    RouteConfiguration.Builder base = RouteConfiguration.newBuilder();
    base.addVirtualHostsBuilder()
        .addDomains("*")
        .addRoutesBuilder()
        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
        .getRouteBuilder()
        .setWeightedClusters(half);
    return Overlay.apply(
            base.build(),
            List.of(
                ServiceRouting.of(
                    Mesh.CHECKOUT_SERVICE.service(),
                    "v1",
                    Optional.of(plan(100_000).build()),
                    List.of())),
            LAYERED.capabilities(),
            HttpFilters.NONE)
        .routes()
        .getVirtualHosts(0)
        .getRoutes(0)
        .getRoute()
        .getWeightedClusters();
  }

  /** As Envoy does, without a word. */
  @Test
  void whatIsNoNumberIsNotTaken() throws Exception {
    MeshConfig config = MeshConfig.of(SERVICES, List.of(plan(500_000).build()));
    Runtime.Builder bad = Runtime.newBuilder().setName(RuntimeLayer.NAME);
    numbers(config)
        .keySet()
        .forEach(key ->
            bad.getLayerBuilder()
                .putFields(key, Value.newBuilder().setStringValue("500000").build()));

    assertThat(shares(new RouteSimulator(routes(config), bad.build()), PLAIN))
        .containsExactly(new Share("checkout|v2", 0), new Share("checkout|v1", 1_000_000));
  }

  private static List<Share> shares(RouteSimulator simulator, SimulatedRequest request) {
    Routed routed = Mesh.ask(simulator, request);
    return routed.shares();
  }

  private static Resource table(MeshConfig config) {
    return resource(config, TypeUrls.ROUTES, "serin-8080");
  }

  private static RouteConfiguration routes(MeshConfig config) throws Exception {
    return RouteConfiguration.parseFrom(table(config).value());
  }

  private static Runtime runtime(MeshConfig config) throws Exception {
    return Runtime.parseFrom(resource(config, TypeUrls.RUNTIME, RuntimeLayer.NAME).value());
  }

  private static Map<String, Integer> numbers(MeshConfig config) throws Exception {
    ImmutableMap.Builder<String, Integer> numbers = ImmutableMap.builder();
    runtime(config)
        .getLayer()
        .getFieldsMap()
        .forEach((key, value) -> numbers.put(key, (int) value.getNumberValue()));
    return numbers.buildOrThrow();
  }

  private static Resource resource(MeshConfig config, String typeUrl, String name) {
    return config.render(LAYERED).snapshot().resource(typeUrl, name).orElseThrow();
  }
}
