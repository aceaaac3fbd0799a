package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.policy.MeshService.Backend;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** A table changed in parts is the table changed as a whole. */
class TablePartsTest {
  private static final Capabilities NEW = new Capabilities(true, Capabilities.Cookies.NATIVE, "");
  private static final ServiceState CHECKOUT = service("checkout", "shop");
  private static final ServiceState CART = service("cart", "cart");

  private static ServiceState service(String name, String cluster) {
    return Mesh.service(
        name,
        ImmutableSortedMap.of(
            "v1", new Backend.EnvoyCluster(cluster + "-v1"),
            "v2", new Backend.EnvoyCluster(cluster + "-v2")),
        0);
  }

  private static Resource resource(RouteConfiguration table) {
    return Resource.of(TypeUrls.ROUTES, table.getName(), Encoding.bytes(table));
  }

  private static RouteTables.Change laying(
      List<ServiceRouting> services, ImmutableSet.Builder<Refusal> refusals) {
    return (table, filters) -> {
      var result = Overlay.apply(table, services, NEW, HttpFilters.NONE);
      refusals.addAll(result.refusals());
      return result.routes();
    };
  }

  private static ImmutableSet<String> anchors(List<ServiceRouting> services) {
    return services.stream()
        .flatMap(service -> service.anchors().stream())
        .collect(ImmutableSet.toImmutableSet());
  }

  private static ServiceRouting moved() {
    return ServiceRouting.of(CHECKOUT.service(), "v2", Optional.empty(), ImmutableList.of());
  }

  @Test
  void anyPlansOverAnyTableGiveTheBytesOfTheWholeTableWrittenAnew() throws Exception {
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int i = 0; i < 300; i++) {
      RouteConfiguration table = table(random, random.nextInt(12));
      Resource before =
          random.nextBoolean()
              ? resource(table)
              : Resource.of(TypeUrls.ROUTES, "t", anotherEncoding(table)).withAliases(List.of("u"));
      List<ServiceRouting> services = services(random);
      ImmutableSet.Builder<Refusal> expectedRefusals = ImmutableSet.builder();
      ImmutableSet.Builder<Refusal> refusals = ImmutableSet.builder();
      Resource expected = RouteTables.rewritten(before, laying(services, expectedRefusals));
      Resource after =
          TableParts.of(before).rewritten(before, anchors(services), laying(services, refusals));
      assertThat(after).isEqualTo(expected);
      assertThat(after.value()).isEqualTo(expected.value());
      assertThat(after.aliases()).isEqualTo(expected.aliases());
      if (expected.equals(before)) {
        assertThat(expected).isSameAs(before);
        assertThat(after).isSameAs(before);
      }
      assertThat(refusals.build()).isEqualTo(expectedRefusals.build());
    }
  }

  @Test
  void onlyHostsThatLeadOrMirrorToTheServiceAreRead() throws Exception {
    RouteConfiguration table =
        RouteConfiguration.newBuilder()
            .setName("t")
            .addVirtualHosts(host("a", to("other")))
            .addVirtualHosts(host("b", to("shop-v1")))
            .addVirtualHosts(host("c", mirrored("other", "shop-v1")))
            .addVirtualHosts(host("d", divided("other", "shop-v1")))
            .addVirtualHosts(host("e", to("other")))
            .build();
    List<String> seen = new ArrayList<>();
    TableParts.of(resource(table))
        .rewritten(
            resource(table),
            List.of("shop-v1", "nobody"),
            (few, filters) -> {
              few.getVirtualHostsList().forEach(host -> seen.add(host.getName()));
              return few;
            });
    assertThat(seen).containsExactly("b", "c", "d");
  }

  @Test
  void theNextStepReadsTheSameParts() {
    Resource table = resource(table(new Random(1), 3));
    assertThat(TableParts.of(table)).isSameAs(TableParts.of(table));
  }

  @Test
  void aTableWithoutAnyHostOfTheServiceIsTheVeryResource() throws Exception {
    Resource before =
        resource(
            RouteConfiguration.newBuilder()
                .setName("t")
                .addVirtualHosts(host("a", to("other")))
                .build());
    List<ServiceRouting> services = List.of(moved());
    assertThat(
            TableParts.of(before)
                .rewritten(before, anchors(services), laying(services, ImmutableSet.builder())))
        .isSameAs(before);
  }

  private static List<ServiceRouting> services(Random random) {
    List<ServiceRouting> services = new ArrayList<>();
    for (ServiceState state : List.of(CHECKOUT, CART)) {
      Mesh.PlanBuilder plan =
          Mesh.plan(random.nextInt(1_000_001)).of(state.service().name().toString());
      if (random.nextInt(3) == 0) {
        plan = plan.sticky(new StickySource.Header("x-user"));
      }
      if (random.nextInt(3) == 0) {
        plan = plan.followedBy("cart");
      }
      services.add(
          random.nextInt(5) == 0
              ? ServiceRouting.of(state.service(), "v2", Optional.empty(), ImmutableList.of())
              : ServiceRouting.of(
                  state.service(),
                  "v1",
                  Optional.of(plan.build()).filter(p -> random.nextInt(4) > 0),
                  random.nextInt(3) > 0 ? ImmutableList.of() : ImmutableList.of("v2")));
    }
    return services;
  }

  private static RouteConfiguration table(Random random, int hosts) {
    RouteConfiguration.Builder table = RouteConfiguration.newBuilder();
    if (random.nextInt(8) > 0) {
      table.setName("t");
    }
    for (int i = 0; i < hosts; i++) {
      VirtualHost.Builder host = VirtualHost.newBuilder().setName("h" + i);
      Stream.generate(() -> route(random)).limit(random.nextInt(4)).forEach(host::addRoutes);
      table.addVirtualHosts(random.nextInt(4) > 0 ? host : host.setUnknownFields(unknown(7)));
    }
    if (random.nextBoolean()) {
      table.addInternalOnlyHeaders("x-internal").addResponseHeadersToRemove("server");
    }
    if (random.nextBoolean()) {
      table.setUnknownFields(unknown(8));
    }
    return table.build();
  }

  private static Route route(Random random) {
    List<String> clusters = List.of("shop-v1", "shop-v2", "cart-v1", "cart-v2", "other", "more");
    String one = clusters.get(random.nextInt(clusters.size()));
    String two = clusters.get(random.nextInt(clusters.size()));
    return switch (random.nextInt(4)) {
      case 0 -> divided(one, two);
      case 1 -> mirrored(one, two);
      case 2 ->
          to(one).toBuilder()
              .setRoute(
                  RouteAction.newBuilder()
                      .setCluster(one)
                      .addHashPolicy(RouteAction.HashPolicy.newBuilder().setTerminal(true)))
              .build();
      default -> to(one);
    };
  }

  private static VirtualHost host(String name, Route route) {
    return VirtualHost.newBuilder().setName(name).addRoutes(route).build();
  }

  private static Route to(String cluster) {
    return Route.newBuilder()
        .setMatch(RouteMatch.newBuilder().setPrefix("/"))
        .setRoute(RouteAction.newBuilder().setCluster(cluster))
        .build();
  }

  private static Route mirrored(String cluster, String mirror) {
    return to(cluster).toBuilder()
        .setRoute(
            RouteAction.newBuilder()
                .setCluster(cluster)
                .addRequestMirrorPolicies(RequestMirrorPolicy.newBuilder().setCluster(mirror)))
        .build();
  }

  private static Route divided(String one, String two) {
    return to(one).toBuilder()
        .setRoute(
            RouteAction.newBuilder()
                .setWeightedClusters(
                    WeightedCluster.newBuilder()
                        .addClusters(ClusterWeight.newBuilder().setName(one))
                        .addClusters(ClusterWeight.newBuilder().setName(two))))
        .build();
  }

  private static UnknownFieldSet unknown(int value) {
    return UnknownFieldSet.newBuilder()
        .addField(9_999, UnknownFieldSet.Field.newBuilder().addVarint(value).build())
        .build();
  }

  /** The same content as another encoder may write it: virtual hosts last, the name in two. */
  private static ByteString anotherEncoding(RouteConfiguration table)
      throws InvalidProtocolBufferException {
    ByteString bytes =
        RouteConfiguration.newBuilder()
            .setName("not yet")
            .build()
            .toByteString()
            .concat(table.toBuilder().clearVirtualHosts().build().toByteString())
            .concat(RouteConfiguration.newBuilder().setName("t").build().toByteString())
            .concat(
                RouteConfiguration.newBuilder()
                    .addAllVirtualHosts(table.getVirtualHostsList())
                    .build()
                    .toByteString());
    assertThat(RouteConfiguration.parseFrom(bytes).getVirtualHostsList())
        .isEqualTo(table.getVirtualHostsList());
    return bytes;
  }
}
