package dev.serin.mesh;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import com.google.protobuf.UnknownFieldSet;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService.Backend;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** Bases beside Serin's own services, and what is laid over them. */
class BaseTest {
  private static final ServiceState IN_BASE =
      Mesh.service(
          "checkout",
          ImmutableSortedMap.of(
              "v1", new Backend.EnvoyCluster("shop-v1"), "v2", new Backend.EnvoyCluster("shop-v2")),
          0);

  private final BaseSnapshots shared = new BaseSnapshots();

  private static MeshConfig config(TrafficPlan... plans) {
    return MeshConfig.of(ImmutableList.of(IN_BASE), ImmutableList.copyOf(plans));
  }

  private Base base(Resource... resources) {
    return shared.around(
        ImmutableList.of(), ImmutableList.of(snapshot(Optional.empty(), resources)));
  }

  private BaseSnapshot snapshot(Optional<String> version, Resource... resources) {
    Map<String, List<Resource>> byType = new java.util.TreeMap<>();
    for (Resource resource : resources) {
      byType.computeIfAbsent(resource.typeUrl(), t -> new ArrayList<>()).add(resource);
    }
    Map<String, TypeResources> sets = new java.util.TreeMap<>();
    byType.forEach((type, all) -> sets.put(type, shared.set(all, version)));
    return shared.snapshot(sets);
  }

  private static Resource resource(String type, String name, Message body) {
    return Resource.of(type, name, Encoding.bytes(body));
  }

  private static RouteConfiguration table(String name, String cluster) {
    return RouteConfiguration.newBuilder().setName(name).addVirtualHosts(host(cluster)).build();
  }

  private static VirtualHost host(String cluster) {
    return VirtualHost.newBuilder()
        .setName("shop")
        .addDomains("*")
        .addRoutes(
            Route.newBuilder()
                .setName("all")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder().setCluster(cluster)))
        .build();
  }

  private static Resource routes(String name, String cluster) {
    return resource(TypeUrls.ROUTES, name, table(name, cluster));
  }

  private static Resource cluster(String name) {
    return resource(
        TypeUrls.CLUSTER,
        name,
        Cluster.newBuilder()
            .setName(name)
            .setType(Cluster.DiscoveryType.EDS)
            .setAltStatName("stats-of-" + name)
            .build());
  }

  private static Resource listener(String cluster) {
    HttpConnectionManager manager =
        HttpConnectionManager.newBuilder()
            .setStatPrefix("in")
            .setRouteConfig(table("inline", cluster))
            .build();
    return resource(
        TypeUrls.LISTENER,
        "edge",
        Listener.newBuilder()
            .setName("edge")
            .addFilterChains(
                FilterChain.newBuilder()
                    .addFilters(Filter.newBuilder().setTypedConfig(Any.pack(manager))))
            .build());
  }

  private static Resource served(MeshConfig config, Base base, Resource of) {
    return config
        .render(Mesh.ENVOY_1_40, base)
        .snapshot()
        .resource(of.typeUrl(), of.name())
        .orElseThrow();
  }

  @Test
  void withoutARolloutEveryResourceIsTheVeryObjectThatCame() {
    Resource unknownType =
        Resource.of("type.example/of.another.Kind", "x", ByteString.copyFromUtf8("?"));
    Base base = base(routes("a", "shop-v1"), cluster("shop-v1"), listener("shop-v1"), unknownType);
    Snapshot snapshot = config().render(Mesh.ENVOY_1_40, base).snapshot();
    for (BaseSnapshot part : base.snapshots()) {
      for (String type : part.typeUrls()) {
        part.ofType(type)
            .forEach(resource ->
                assertThat(snapshot.resource(type, resource.name()).orElseThrow())
                    .isSameAs(resource));
      }
    }
    assertThat(snapshot.resource("type.example/of.another.Kind", "x")).hasValue(unknownType);
  }

  @Test
  void aSplitIsLaidOverRoutesWhereverTheyStand() throws Exception {
    Resource scope =
        resource(
            TypeUrls.SCOPED_ROUTES,
            "scope",
            ScopedRouteConfiguration.newBuilder()
                .setName("scope")
                .setRouteConfiguration(table("in-scope", "shop-v1"))
                .build());
    Resource onDemand =
        resource(TypeUrls.VIRTUAL_HOST, "a/shop", host("shop-v1")).withAliases(List.of("a/*"));
    ImmutableList<Resource> all =
        ImmutableList.of(routes("a", "shop-v1"), listener("shop-v1"), scope, onDemand);
    Base base = base(all.toArray(Resource[]::new));
    MeshConfig config = config(Mesh.plan(100_000).build());
    for (Resource before : all) {
      Resource after = served(config, base, before);
      assertThat(after).isNotEqualTo(before);
      assertThat(after.aliases()).isEqualTo(before.aliases());
      assertThat(RouteTables.clusters(after)).containsExactly("shop-v1", "shop-v2");
      assertThat(config.routeTables(Mesh.CHECKOUT, base, false)).contains(ResourceKey.of(before));
      assertThat(config.hasMade(ResourceKey.of(before), after.version())).isTrue();
      assertThat(config.hasMade(ResourceKey.of(before), before.version())).isFalse();
    }
    assertThat(config.render(Mesh.ENVOY_1_40, base).refusals()).isEmpty();
  }

  /** What a base has cut into scopes is not put together again. */
  @Test
  void aStepInABaseOfScopesChangesTheTableOfOne() {
    ImmutableList.Builder<Resource> all = ImmutableList.builder();
    for (String name : List.of("shop", "cart", "pay")) {
      all.add(
          resource(
              TypeUrls.SCOPED_ROUTES,
              name,
              ScopedRouteConfiguration.newBuilder()
                  .setName(name)
                  .setRouteConfigurationName("table-of-" + name)
                  .build()));
      all.add(routes("table-of-" + name, name + "-v1"));
    }
    Base base = base(all.build().toArray(Resource[]::new));
    Snapshot one = config(Mesh.plan(10_000).build()).render(Mesh.ENVOY_1_40, base).snapshot();
    Snapshot five = config(Mesh.plan(50_000).build()).render(Mesh.ENVOY_1_40, base).snapshot();
    for (Resource resource : all.build()) {
      boolean changes = resource.name().equals("table-of-shop");
      assertThat(
              one.resource(resource.typeUrl(), resource.name())
                  .equals(five.resource(resource.typeUrl(), resource.name())))
          .as(resource.name())
          .isEqualTo(!changes);
    }
  }

  @Test
  void aProxyWithTheRuntimeLayerKeepsTheTablesOfTheBaseFromStepToStep() {
    Resource table = routes("a", "shop-v1");
    Base base = base(table);
    Snapshot one = config(Mesh.plan(10_000).build()).render(Mesh.LAYERED, base).snapshot();
    Snapshot five = config(Mesh.plan(50_000).build()).render(Mesh.LAYERED, base).snapshot();
    assertThat(five.resource(TypeUrls.ROUTES, "a")).isEqualTo(one.resource(TypeUrls.ROUTES, "a"));
    assertThat(five.resource(TypeUrls.ROUTES, "a")).isNotEqualTo(Optional.of(table));
    assertThat(five.resource(TypeUrls.RUNTIME, "serin"))
        .isNotEqualTo(one.resource(TypeUrls.RUNTIME, "serin"));
  }

  /** Neither the move to the present stable nor what another service's rollout stamps. */
  @Test
  void aDetachedServiceIsServedTheVeryResourcesThatCame() {
    Resource routes = routes("a", "shop-v1");
    Base base = base(routes, cluster("shop-v1"), cluster("shop-v2"));
    ServiceState moved = IN_BASE.at("v2");
    TrafficPlan ofAnother = Mesh.plan(100_000).followedBy("checkout").of("cart").build();
    ImmutableList<ServiceState> attached =
        ImmutableList.of(moved, Mesh.service("cart", 8080, "cart"));
    ImmutableList<ServiceState> detached =
        ImmutableList.of(moved.as(Attachment.DETACHED), attached.get(1));
    MeshConfig before = MeshConfig.of(attached, ImmutableList.of(ofAnother));
    assertThat(served(before, base, routes)).isNotEqualTo(routes);
    MeshConfig after = before.with(detached, ImmutableList.of(ofAnother));
    Snapshot snapshot = after.render(Mesh.ENVOY_1_40, base).snapshot();
    assertThat(snapshot.resource(TypeUrls.ROUTES, "a").orElseThrow()).isSameAs(routes);
    assertThat(snapshot.resources(TypeUrls.CLUSTER)).doesNotContainKey("checkout|v2|chain");
    assertThat(after.routeTables(Mesh.CHECKOUT, base, false)).isEmpty();
    assertThat(after.problems()).isEmpty();
    // and back
    assertThat(served(after.with(attached, ImmutableList.of(ofAnother)), base, routes))
        .isEqualTo(served(before, base, routes));
  }

  @Test
  void aDetachedServiceThatIsPublishedGoesOnAtItsStableVersion() throws Exception {
    ServiceState moved = Mesh.CHECKOUT_SERVICE.at("v2");
    Snapshot attached =
        MeshConfig.of(ImmutableList.of(moved), ImmutableList.of())
            .render(Mesh.ENVOY_1_40)
            .snapshot();
    Snapshot detached =
        MeshConfig.of(ImmutableList.of(moved.as(Attachment.DETACHED)), ImmutableList.of())
            .render(Mesh.ENVOY_1_40)
            .snapshot();
    assertThat(detached).isEqualTo(attached);
    assertThat(RouteTables.clusters(detached.resource(TypeUrls.ROUTES, "serin-8080").orElseThrow()))
        .containsExactly("checkout|v2");
  }

  @Test
  void aPlanOfADetachedServiceIsLeftOutWithTheReason() {
    Resource routes = routes("a", "shop-v1");
    MeshConfig config =
        MeshConfig.of(
            ImmutableList.of(IN_BASE.as(Attachment.DETACHED)),
            ImmutableList.of(Mesh.plan(100_000).build()));
    assertThat(served(config, base(routes), routes)).isSameAs(routes);
    assertThat(config.problems())
        .singleElement()
        .satisfies(
            problem -> assertThat(problem.reason()).contains("is detached", "expected: attached"));
  }

  @Test
  void whatTheBaseSaysInFieldsThatNobodyHereKnowsStays() throws Exception {
    UnknownFieldSet unknown =
        UnknownFieldSet.newBuilder()
            .addField(9_999, UnknownFieldSet.Field.newBuilder().addVarint(7).build())
            .build();
    RouteConfiguration.Builder table = table("a", "shop-v1").toBuilder();
    table.getVirtualHostsBuilder(0).getRoutesBuilder(0).setUnknownFields(unknown);
    Resource before = resource(TypeUrls.ROUTES, "a", table.setUnknownFields(unknown).build());
    Resource after = served(config(Mesh.plan(100_000).build()), base(before), before);
    RouteConfiguration overlaid = RouteConfiguration.parseFrom(after.value());
    assertThat(overlaid.getUnknownFields()).isEqualTo(unknown);
    assertThat(overlaid.getVirtualHosts(0).getRoutes(0).getUnknownFields()).isEqualTo(unknown);
  }

  @Test
  void aStepChangesTheOneResourceAndLeavesTenThousandAlone() {
    Resource[] many =
        IntStream.range(0, 10_000)
            .mapToObj(i -> routes("r" + i, i == 77 ? "shop-v1" : "other-" + i))
            .toArray(Resource[]::new);
    Base base = base(many);
    MeshConfig before = config(Mesh.plan(10_000).build());
    TypeResources first = before.render(Mesh.ENVOY_1_40, base).snapshot().ofType(TypeUrls.ROUTES);
    MeshConfig after =
        before.with(ImmutableList.of(IN_BASE), ImmutableList.of(Mesh.plan(20_000).build()));
    TypeResources second = after.render(Mesh.ENVOY_1_40, base).snapshot().ofType(TypeUrls.ROUTES);
    assertThat(second.root()).isSameAs(first.root());
    assertThat(second.own().keySet()).containsExactly("r77");
    assertThat(second.version()).isNotEqualTo(first.version());
  }

  @Test
  void equalProxiesShareEverything() {
    Base one = base(routes("a", "shop-v1"), cluster("shop-v1"));
    Base other = base(routes("a", "shop-v1"), cluster("shop-v1"));
    assertThat(other).isSameAs(one);
    MeshConfig config = config(Mesh.plan(10_000).build());
    assertThat(config.render(Mesh.ENVOY_1_40, other)).isSameAs(config.render(Mesh.ENVOY_1_40, one));
  }

  @Test
  void theOriginsVersionIsToldWhileNothingIsLaidOverTheType() {
    Base base =
        shared.around(
            ImmutableList.of(),
            ImmutableList.of(
                snapshot(Optional.of("41"), routes("a", "shop-v1"), cluster("shop-v1"))));
    Snapshot plain = config().render(Mesh.ENVOY_1_40, base).snapshot();
    assertThat(plain.ofType(TypeUrls.ROUTES).versionInfo()).isEqualTo("41");
    Snapshot split = config(Mesh.plan(10_000).build()).render(Mesh.ENVOY_1_40, base).snapshot();
    assertThat(split.ofType(TypeUrls.ROUTES).versionInfo()).startsWith("s1-");
    assertThat(split.ofType(TypeUrls.CLUSTER).versionInfo()).isEqualTo("41");
    // Other content under the same version is other content all the same.
    Base same =
        shared.around(
            ImmutableList.of(),
            ImmutableList.of(snapshot(Optional.of("41"), routes("a", "elsewhere"))));
    assertThat(config().render(Mesh.ENVOY_1_40, same).snapshot()).isNotEqualTo(plain);
  }

  @Test
  void cohortsHaveCopiesOfTheBasesClustersWithItsEndpoints() throws Exception {
    Base base = base(routes("a", "shop-v1"), cluster("shop-v1"), cluster("shop-v2"));
    MeshConfig config =
        config(
            Mesh.plan(0)
                .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                .build());
    Rendered rendered = config.render(Mesh.ENVOY_1_40, base);
    assertThat(rendered.refusals()).isEmpty();
    Cluster copy =
        Cluster.parseFrom(
            rendered
                .snapshot()
                .resource(TypeUrls.CLUSTER, "checkout|v2|cohort/staff")
                .orElseThrow()
                .value());
    assertThat(copy.getName()).isEqualTo("checkout|v2|cohort/staff");
    assertThat(copy.getEdsClusterConfig().getServiceName()).isEqualTo("shop-v2");
    assertThat(copy.getAltStatName()).isEmpty(); // its statistics are its own
    assertThat(config.clusterRoles()).containsKeys("shop-v1", "checkout|v2|cohort/staff");
  }

  @Test
  void cohortsOfClustersThatTheBaseLacksAreRefusedAndTheRouteIsLeftAlone() {
    Resource before = routes("a", "shop-v1");
    Base base = base(before, cluster("shop-v1"));
    MeshConfig config =
        config(
            Mesh.plan(0)
                .cohort(1_000_000, Mesh.any("staff", Mesh.header("x-role", "staff")))
                .build());
    assertThat(config.render(Mesh.ENVOY_1_40, base).refusals())
        .singleElement()
        .satisfies(refusal -> assertThat(refusal.reason()).contains("shop-v2"));
    assertThat(served(config, base, before)).isSameAs(before);
  }

  @Test
  void ofTwoResourcesOfOneNameTheFirstBasesCountsAndTheClashIsTold() {
    BaseSnapshot one = snapshot(Optional.empty(), cluster("a"), routes("r", "first"));
    BaseSnapshot two = snapshot(Optional.empty(), routes("r", "second"), routes("s", "second"));
    MeshConfig config = MeshConfig.of(ImmutableList.of(Mesh.CHECKOUT_SERVICE), ImmutableList.of());
    BaseSnapshot ours = snapshot(Optional.empty(), routes("serin-8080", "stolen"));
    Base base = shared.around(ImmutableList.of(one, two), ImmutableList.of(ours));
    Snapshot snapshot = config.render(Mesh.ENVOY_1_40, base).snapshot();
    assertThat(snapshot.resource(TypeUrls.ROUTES, "r")).hasValue(routes("r", "first"));
    assertThat(snapshot.resource(TypeUrls.ROUTES, "s")).hasValue(routes("s", "second"));
    assertThat(snapshot.resource(TypeUrls.ROUTES, "serin-8080"))
        .isEqualTo(
            config.render(Mesh.ENVOY_1_40).snapshot().resource(TypeUrls.ROUTES, "serin-8080"));
    assertThat(config.clashes(Mesh.ENVOY_1_40, base))
        .containsExactly("RouteConfiguration r", "RouteConfiguration serin-8080");
    // Before the services, a base wins over them, too.
    Base first = shared.around(ImmutableList.of(ours), ImmutableList.of());
    assertThat(
            config
                .render(Mesh.ENVOY_1_40, first)
                .snapshot()
                .resource(TypeUrls.ROUTES, "serin-8080"))
        .hasValue(routes("serin-8080", "stolen"));
  }

  @Test
  void servicesAloneAreRenderedAsEver() {
    MeshConfig config = MeshConfig.of(Mesh.SERVICES, ImmutableList.of());
    assertThat(config.render(Mesh.ENVOY_1_40, Base.NONE)).isSameAs(config.render(Mesh.ENVOY_1_40));
    assertThat(config.render(Mesh.ENVOY_1_40, base())).isSameAs(config.render(Mesh.ENVOY_1_40));
  }
}
