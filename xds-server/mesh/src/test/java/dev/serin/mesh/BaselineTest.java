package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.RouteSimulator.Share;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.Split;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.MeshService.Endpoint;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A part of stable's endpoints as the control group of the canary. */
final class BaselineTest {
  private static final long SEED = Long.getLong("seed", 20_261_125L);
  private static final String CONTROL = "checkout|v1|baseline";
  private static final ServiceState TEN = service(10);

  @Test
  void aPartOfStablesEndpointsStandsApartAndNoneIsLost() throws InvalidProtocolBufferException {
    Rendered without = render(TEN, plan(50_000).build());
    Rendered with = render(TEN, plan(50_000).baseline(150_000).build());

    assertThat(hosts(with, CONTROL)).hasSize(2);
    assertThat(hosts(with, "checkout|v1")).hasSize(8);
    assertThat(Sets.union(hosts(with, CONTROL), hosts(with, "checkout|v1")))
        .isEqualTo(hosts(without, "checkout|v1"));
    assertThat(hosts(with, "checkout|v2")).isEqualTo(hosts(without, "checkout|v2"));
    assertThat(with.snapshot().resource(TypeUrls.CLUSTER, "checkout|v1"))
        .isEqualTo(without.snapshot().resource(TypeUrls.CLUSTER, "checkout|v1"));
  }

  @Test
  void theControlGroupIsAsLargeAsTheCanaryForAsLongAsItCanBe() {
    assertThat(shares(plan(10_000).baseline(100_000).build()))
        .containsExactly(
            new Share("checkout|v2", 10_000),
            new Share("checkout|v1", 980_000),
            new Share(CONTROL, 10_000));
    assertThat(shares(plan(400_000).baseline(100_000).variant("v3", 200_000).build()))
        .containsExactly(
            new Share("checkout|v2", 400_000),
            new Share("checkout|v1", 300_000),
            new Share(CONTROL, 100_000),
            new Share("checkout|v3", 200_000));
    assertThat(shares(plan(980_000).baseline(100_000).build()))
        .containsExactly(
            new Share("checkout|v2", 980_000),
            new Share("checkout|v1", 0),
            new Share(CONTROL, 20_000));
    assertThat(shares(plan(1_000_000).baseline(100_000).build()))
        .containsExactly(
            new Share("checkout|v2", 1_000_000),
            new Share("checkout|v1", 0),
            new Share(CONTROL, 0));
  }

  @Test
  void withoutAWeightStableHasAllThatItHas() throws InvalidProtocolBufferException {
    Rendered rendered =
        render(
            TEN,
            plan(0)
                .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                .baseline(100_000)
                .build());

    assertThat(hosts(rendered, "checkout|v1")).hasSize(10);
    assertThat(rendered.snapshot().resource(TypeUrls.CLUSTER, CONTROL)).isEmpty();
  }

  @Test
  void aStepMovesNoEndpointAndIsADifferenceOfWeightsAlone() {
    MeshConfig first = config(TEN, plan(10_000).baseline(100_000).build());
    MeshConfig next = first.with(List.of(TEN), List.of(plan(500_000).baseline(100_000).build()));

    for (String type : List.of(TypeUrls.CLUSTER, TypeUrls.ENDPOINTS)) {
      assertThat(next.render(Mesh.ENVOY_1_40).snapshot().resources(type))
          .isSameAs(first.render(Mesh.ENVOY_1_40).snapshot().resources(type));
    }
    assertThat(first.structurallyEqual(Mesh.CHECKOUT, next, List.of(Mesh.ENVOY_1_40))).isTrue();
  }

  @Test
  void whatComesAndGoesBesideLeavesTheControlGroupAsItIs() throws InvalidProtocolBufferException {
    TrafficPlan plan = plan(10_000).baseline(100_000).build();

    Set<String> before = hosts(render(service(40), plan), CONTROL);
    Set<String> after = hosts(render(service(39), plan), CONTROL);

    assertThat(before).hasSize(4);
    assertThat(Sets.intersection(before, after)).hasSizeGreaterThanOrEqualTo(3);
  }

  @Test
  void requestsOfTheControlGroupCarryStablesStampAndCountApart() {
    TrafficPlan plan = plan(10_000).baseline(100_000).build();
    ClusterWeight control =
        Mesh.routesOf(render(TEN, plan), 8080, "checkout")
            .getFirst()
            .getRoute()
            .getWeightedClusters()
            .getClusters(2);

    assertThat(control.getRequestHeadersToAdd(0).getHeader().getValue()).isEqualTo("v1");
    assertThat(config(TEN, plan).clusterRoles())
        .containsEntry(CONTROL, new ClusterRole(Mesh.CHECKOUT, "v1", Optional.of(Split.BASELINE)))
        .containsEntry("checkout|v1", new ClusterRole(Mesh.CHECKOUT, "v1", Optional.empty()));
  }

  @Test
  void aVersionWithoutEndpointsToDivideIsRefused() {
    assertThat(problem(new Backend.EnvoyCluster("theirs")))
        .isEqualTo(
            "baseline of version v1: Envoy cluster theirs (expected: endpoints that Serin"
                + " publishes, to take some of them)");
    assertThat(problem(new Backend.Dns(new Endpoint("shop.test", 80))))
        .isEqualTo(
            "baseline of version v1: dns shop.test:80 (expected: endpoints, to take some of them)");
    assertThat(problem(Mesh.endpoints("10.0.0.1")))
        .isEqualTo(
            "baseline of version v1: 1 endpoint (expected: at least 2, one stays in stable)");
    assertThat(problem(Mesh.endpoints("10.0.0.1", "one.test")))
        .isEqualTo(
            "baseline of version v1: endpoint one.test:9000 (expected: addresses, not names)");
  }

  @Test
  void nobodyLeavesTheCanaryOrAVariantWhileTheControlGroupGrowsAndShrinks() {
    System.out.println("seed " + SEED);
    Random random = new Random(SEED);
    for (int i = 0; i < 300; i++) {
      int variant = (1 + random.nextInt(3)) * 100_000;
      int weight = 1 + random.nextInt(999_999 - variant);
      int more = weight + random.nextInt(1_000_001 - variant - weight);
      int endpoints = 1 + random.nextInt(500_000);
      List<Share> before = shares(sticky(weight, endpoints, variant));
      List<Share> after = shares(sticky(more, endpoints, variant));

      for (List<Share> shares : List.of(before, after)) {
        assertThat(shares.stream().mapToInt(Share::ppm).sum()).isEqualTo(1_000_000);
        assertThat(shares.stream().map(Share::cluster))
            .containsExactly("checkout|v2", "checkout|v1", CONTROL, "checkout|v3");
        assertThat(shares.get(2).ppm())
            .isEqualTo(
                Math.min(
                    Math.min(shares.get(0).ppm(), endpoints),
                    1_000_000 - shares.get(0).ppm() - variant));
      }
      for (int bucket : List.of(0, weight - 1, random.nextInt(1_000_000), 999_999)) {
        String then = cluster(after, bucket);
        switch (cluster(before, bucket)) {
          case "checkout|v2" -> assertThat(then).isEqualTo("checkout|v2");
          case "checkout|v3" -> assertThat(then).isEqualTo("checkout|v3");
          default -> assertThat(then).isNotEqualTo("checkout|v3");
        }
      }
    }
  }

  private static TrafficPlan sticky(int weight, int endpoints, int variant) {
    return plan(weight)
        .variant("v3", variant)
        .baseline(endpoints)
        .sticky(new StickySource.Header("x-user"))
        .build();
  }

  private static String cluster(List<Share> shares, int bucket) {
    int end = 0;
    for (Share share : shares) {
      end += share.ppm();
      if (bucket < end) {
        return share.cluster();
      }
    }
    throw new AssertionError(bucket + " of " + shares);
  }

  private static ServiceState service(int endpoints) {
    return service(
        Mesh.endpoints(
            IntStream.range(0, endpoints).mapToObj(i -> "10.1.0." + i).toArray(String[]::new)));
  }

  private static ServiceState service(Backend stable) {
    return Mesh.service(
        "checkout",
        ImmutableSortedMap.of(
            "v1", stable, "v2", Mesh.endpoints("10.2.0.1"), "v3", Mesh.endpoints("10.3.0.1")),
        8080,
        "checkout");
  }

  private static MeshConfig config(ServiceState service, TrafficPlan plan) {
    return MeshConfig.of(List.of(service), List.of(plan));
  }

  private static Rendered render(ServiceState service, TrafficPlan plan) {
    MeshConfig config = config(service, plan);
    assertThat(config.problems()).isEmpty();
    Rendered rendered = config.render(Mesh.ENVOY_1_40);
    assertThat(rendered.refusals()).isEmpty();
    return rendered;
  }

  private static String problem(Backend stable) {
    MeshConfig config = config(service(stable), plan(10_000).baseline(100_000).build());
    assertThat(config.clusterRoles()).doesNotContainKey(CONTROL);
    assertThat(config.render(Mesh.ENVOY_1_40).refusals())
        .as("nobody counts as having it")
        .containsExactlyElementsOf(config.problems());
    return config.problems().stream().map(Refusal::reason).collect(Collectors.joining("; "));
  }

  private static List<Share> shares(TrafficPlan plan) {
    return Mesh.ask(
            render(TEN, plan),
            8080,
            SimulatedRequest.to("checkout", "/").withHeader("x-user", "u1"))
        .shares();
  }

  private static Set<String> hosts(Rendered rendered, String cluster)
      throws InvalidProtocolBufferException {
    return ClusterLoadAssignment.parseFrom(
            rendered
                .snapshot()
                .resource(TypeUrls.ENDPOINTS, cluster)
                .orElseThrow()
                .body()
                .getValue())
        .getEndpoints(0)
        .getLbEndpointsList()
        .stream()
        .map(endpoint -> endpoint.getEndpoint().getAddress().getSocketAddress().getAddress())
        .collect(Collectors.toSet());
  }
}
