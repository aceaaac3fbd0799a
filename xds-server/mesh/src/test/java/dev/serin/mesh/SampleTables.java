package dev.serin.mesh;

import static dev.serin.mesh.Mesh.plan;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.BoolValue;
import com.google.protobuf.Duration;
import com.google.protobuf.StringValue;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.HttpFilters;
import dev.serin.mesh.overlay.Overlay;
import dev.serin.mesh.overlay.ServiceRouting;
import dev.serin.mesh.overlay.VersionHeader;
import dev.serin.policy.Cohort;
import io.envoyproxy.envoy.config.core.v3.HeaderValue;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.RedirectAction;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.stream.IntStream;

/** Route tables of a base, for what reads and writes them. */
final class SampleTables {
  private SampleTables() {}

  static RouteConfiguration single() {
    return RouteConfiguration.newBuilder()
        .setName("single")
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("h")
                .addDomains("*")
                .addRoutes(
                    Route.newBuilder()
                        .setName("r")
                        .setMatch(
                            RouteMatch.newBuilder()
                                .setPrefix("/")
                                .addHeaders(
                                    HeaderMatcher.newBuilder()
                                        .setName("x-any")
                                        .setPresentMatch(true)))
                        .setRoute(RouteAction.newBuilder().setCluster("checkout|v1"))))
        .build();
  }

  /** A table with a route of each kind. */
  static RouteConfiguration table() {
    RouteMatch.Builder anything = RouteMatch.newBuilder().setPrefix("/");
    return RouteConfiguration.newBuilder()
        .setName("table")
        .setMostSpecificHeaderMutationsWins(true)
        .setValidateClusters(BoolValue.of(false))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("first")
                .addDomains("a")
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .putTypedPerFilterConfig(
                            "x", Any.pack(StringValue.of("kept"), "type.googleapis.com"))
                        .addResponseHeadersToAdd(VersionHeader.of("old"))
                        .addRequestHeadersToAdd(option("x-team", "pay"))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster("checkout|v1")
                                .setTimeout(Duration.newBuilder().setSeconds(7))
                                .setPrefixRewrite("/p")
                                .addRequestMirrorPolicies(
                                    RequestMirrorPolicy.newBuilder().setCluster("checkout|v2"))
                                .addRequestMirrorPolicies(
                                    RequestMirrorPolicy.newBuilder().setCluster("log"))
                                .setRetryPolicy(RetryPolicy.newBuilder().setRetryOn("5xx"))))
                .addRoutes(
                    Route.newBuilder()
                        .setName("divided")
                        .setMatch(anything)
                        .setRoute(
                            RouteAction.newBuilder()
                                .setWeightedClusters(
                                    WeightedCluster.newBuilder()
                                        .setHeaderName("x-number")
                                        .setRuntimeKeyPrefix("keys")
                                        .addClusters(
                                            entry("checkout|v1", 90)
                                                .addRequestHeadersToRemove("x-debug")
                                                .addRequestHeadersToAdd(option("x-team", "pay"))
                                                .addRequestHeadersToAdd(VersionHeader.of("old")))
                                        .addClusters(entry("checkout|v2", 10)))))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .setRedirect(RedirectAction.newBuilder().setHostRedirect("b")))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(anything)
                        .setRoute(RouteAction.newBuilder().setClusterHeader("x-cluster")))
                .addRoutes(
                    Route.newBuilder()
                        .setMatch(
                            anything
                                .clone()
                                .setRuntimeFraction(RuntimeFractionalPercent.getDefaultInstance()))
                        .setRoute(
                            RouteAction.newBuilder()
                                .setCluster("cart")
                                .addHashPolicy(HashPolicy.newBuilder().setTerminal(true)))))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("second")
                .addDomains("b")
                .addRoutes(
                    Route.newBuilder()
                        .setName("plain")
                        .setMatch(anything)
                        .setRoute(RouteAction.newBuilder().setCluster("checkout|v1")))
                .addRoutes(Route.newBuilder().setName("none").setMatch(anything)))
        .build();
  }

  static ClusterWeight.Builder entry(String cluster, int weight) {
    return ClusterWeight.newBuilder().setName(cluster).setWeight(UInt32Value.of(weight));
  }

  static HeaderValueOption option(String key, String value) {
    return HeaderValueOption.newBuilder()
        .setHeader(HeaderValue.newBuilder().setKey(key).setValue(value))
        .build();
  }

  /** A table whose base divides between the service and others. */
  static RouteConfiguration shared(Random random) {
    RouteConfiguration.Builder base = single().toBuilder();
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    for (String cluster : List.of("a", "checkout|v1", "b", "checkout|v2", "checkout|v1")) {
      weighted.addClusters(entry(cluster, random.nextInt(random.nextBoolean() ? 100 : 1_000_000)));
    }
    base.getVirtualHostsBuilder(0)
        .getRoutesBuilder(0)
        .getRouteBuilder()
        .setWeightedClusters(weighted);
    return base.build();
  }

  /** The table of {@link #single} with its routes behind a matcher tree. */
  static RouteConfiguration inTree() {
    Cohort.TextMatch many =
        new Cohort.TextMatch.In(
            IntStream.range(0, 150)
                .mapToObj(i -> "u" + i)
                .collect(ImmutableList.toImmutableList()));
    Mesh.PlanBuilder other =
        plan(0)
            .of("pay")
            .cohort(1_000_000, Mesh.any("big", new Cohort.Condition.Header("x-user", many)));
    RouteConfiguration.Builder base = single().toBuilder();
    base.getVirtualHostsBuilder(0)
        .addRoutes(
            Route.newBuilder()
                .setName("pay")
                .setMatch(RouteMatch.newBuilder().setPrefix("/"))
                .setRoute(RouteAction.newBuilder().setCluster("pay|v1")));
    return Overlay.apply(
            base.build(),
            List.of(
                ServiceRouting.of(
                    Mesh.service("pay", 8081, "pay").service(),
                    "v1",
                    Optional.of(other.build()),
                    ImmutableList.of())),
            new Capabilities(true, Capabilities.Cookies.NATIVE, ""),
            HttpFilters.PUBLISHED)
        .routes();
  }
}
