package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.overlay.RouteEdit.Arm;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import dev.serin.mesh.overlay.RouteView.Target;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.function.Predicate;
import java.util.stream.Stream;

/** Route tables as protobuf messages, as they are served. Unknown fields stay. */
public final class ProtoRoutes implements RouteForm<RouteConfiguration> {
  public static final ProtoRoutes FORM = new ProtoRoutes();

  private ProtoRoutes() {}

  @Override
  public ImmutableList<RouteView> views(RouteConfiguration table) {
    return table.getVirtualHostsList().stream()
        .flatMap(host ->
            Stream.concat(
                host.getRoutesList().stream().map(route -> view(host, route, false)),
                MatcherTrees.routes(host.getMatcher()).map(route -> view(host, route, true))))
        .collect(ImmutableList.toImmutableList());
  }

  /** The routes of a virtual host in their order, in its list or in the leaves of its tree. */
  public static Stream<Route> routes(VirtualHost host) {
    return Stream.concat(host.getRoutesList().stream(), MatcherTrees.routes(host.getMatcher()));
  }

  private static RouteView view(VirtualHost host, Route route, boolean inTree) {
    RouteAction action = route.getRoute();
    return new RouteView(
        host.getName(),
        route.getName(),
        target(action),
        route.getMatch().hasRuntimeFraction(),
        action.getHashPolicyCount() > 0,
        action.getRequestMirrorPoliciesList().stream()
            .map(RequestMirrorPolicy::getCluster)
            .collect(ImmutableList.toImmutableList()),
        inTree,
        action.hasRetryPolicy() || host.hasRetryPolicy());
  }

  private static Target target(RouteAction action) {
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER -> new Target.One(action.getCluster());
      case WEIGHTED_CLUSTERS ->
          new Target.Divided(
              action.getWeightedClusters().getClustersList().stream()
                  .map(ClusterWeight::getName)
                  .collect(ImmutableList.toImmutableList()),
              action.getWeightedClusters().getHeaderName());
      case CLUSTER_HEADER -> new Target.FromHeader(action.getClusterHeader());
      case CLUSTER_SPECIFIER_PLUGIN, INLINE_CLUSTER_SPECIFIER_PLUGIN, CLUSTERSPECIFIER_NOT_SET ->
          new Target.Other();
    };
  }

  @Override
  public RouteConfiguration replace(
      RouteConfiguration table, Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits) {
    RouteConfiguration.Builder replaced = null;
    for (int i = 0; i < table.getVirtualHostsCount(); i++) {
      VirtualHost host = table.getVirtualHosts(i);
      Optional<VirtualHost> changed = replace(host, edits);
      if (changed.isPresent()) {
        replaced = replaced == null ? table.toBuilder() : replaced;
        replaced.setVirtualHosts(i, changed.get());
      }
    }
    return replaced == null ? table : replaced.build();
  }

  @Override
  public RouteConfiguration strippedAtEdge(RouteConfiguration table, String header) {
    return table.getInternalOnlyHeadersList().stream().anyMatch(header::equalsIgnoreCase)
        ? table
        : table.toBuilder().addInternalOnlyHeaders(header).build();
  }

  /** A route that is or was replaced, with what it asks by way of the tree, if anything. */
  private record Edited(Route route, Optional<Matcher.OneOf> oneOf) {}

  private static Optional<VirtualHost> replace(
      VirtualHost host, Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits) {
    if (host.hasMatcher()) {
      var tree =
          MatcherTrees.replace(
              host.getMatcher(),
              routes ->
                  edited(host, routes, true, edits)
                      .map(edited ->
                          edited.stream()
                              .map(Edited::route)
                              .collect(ImmutableList.toImmutableList())));
      return tree.equals(host.getMatcher())
          ? Optional.empty()
          : Optional.of(host.toBuilder().setMatcher(tree).build());
    }
    return edited(host, host.getRoutesList(), false, edits).map(edited -> with(host, edited));
  }

  /** The routes of a list after the edits; empty where none is replaced. */
  private static Optional<ImmutableList<Edited>> edited(
      VirtualHost host,
      List<Route> routes,
      boolean inTree,
      Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits) {
    ImmutableList.Builder<Edited> edited = ImmutableList.builder();
    boolean changed = false;
    for (Route route : routes) {
      Optional<ImmutableList<RouteEdit>> replacing = edits.apply(view(host, route, inTree));
      if (replacing.isPresent()) {
        for (RouteEdit edit : replacing.get()) {
          edited.add(new Edited(edited(host, route, edit), edit.oneOf()));
        }
        changed = true;
      } else {
        edited.add(new Edited(route, Optional.empty()));
      }
    }
    return changed ? Optional.of(edited.build()) : Optional.empty();
  }

  private static VirtualHost with(VirtualHost host, ImmutableList<Edited> routes) {
    Optional<String> header =
        routes.stream()
            .flatMap(route -> route.oneOf().stream())
            .map(Matcher.OneOf::header)
            .findFirst();
    if (header.isEmpty()) {
      return host.toBuilder()
          .clearRoutes()
          .addAllRoutes(Lists.transform(routes, Edited::route))
          .build();
    }
    Map<String, ImmutableList<Route>> byValue = new TreeMap<>();
    Map<ImmutableList<Route>, ImmutableList<Route>> same = new HashMap<>();
    routes.stream()
        .flatMap(route -> route.oneOf().stream())
        .flatMap(oneOf -> oneOf.values().stream())
        .forEach(value ->
            byValue.computeIfAbsent(
                value,
                v -> {
                  ImmutableList<Route> list = list(routes, oneOf -> oneOf.values().contains(v));
                  return same.computeIfAbsent(list, l -> l);
                }));
    return host.toBuilder()
        .clearRoutes()
        .setMatcher(MatcherTrees.byHeader(header.get(), byValue, list(routes, oneOf -> false)))
        .build();
  }

  private static ImmutableList<Route> list(
      ImmutableList<Edited> routes, Predicate<Matcher.OneOf> holds) {
    return routes.stream()
        .filter(route -> route.oneOf().filter(holds.negate()).isEmpty())
        .map(Edited::route)
        .collect(ImmutableList.toImmutableList());
  }

  private static Route edited(VirtualHost host, Route base, RouteEdit edit) {
    Route.Builder route = base.toBuilder().setName(base.getName() + edit.suffix());
    edit.matchers().forEach(matcher -> add(route.getMatchBuilder(), matcher));
    RouteAction.Builder action = route.getRouteBuilder();
    switch (edit.destination()) {
      case Destination.Same same -> {}
      case Destination.One(String cluster) -> action.setCluster(cluster);
      case Destination.Divided divided -> {
        withoutVersion(route);
        action.setWeightedClusters(weighted(base.getRoute().getWeightedClusters(), divided));
      }
    }
    action.addAllHashPolicy(edit.hashPolicies());
    for (RequestMirrorPolicy.Builder mirror : action.getRequestMirrorPoliciesBuilderList()) {
      mirror.setCluster(edit.mirrors().getOrDefault(mirror.getCluster(), mirror.getCluster()));
    }
    action.addAllRequestMirrorPolicies(edit.shadows());
    edit.retry()
        .ifPresent(fields ->
            action.setRetryPolicy(
                (action.hasRetryPolicy() ? action.getRetryPolicy() : host.getRetryPolicy())
                    .toBuilder().mergeFrom(fields)));
    return route.build();
  }

  private static void add(RouteMatch.Builder match, Matcher matcher) {
    switch (matcher) {
      case Matcher.Header header -> match.addHeaders(header.matcher());
      case Matcher.Query query -> match.addQueryParameters(query.matcher());
      case Matcher.Metadata metadata -> match.addDynamicMetadata(metadata.matcher());
      case Matcher.State state -> match.addFilterState(state.matcher());
      case Matcher.Cookie cookie -> NewerFields.addCookie(match, cookie.matcher());
      case Matcher.OneOf byTree -> {}
    }
  }

  private static void withoutVersion(Route.Builder route) {
    List<HeaderValueOption> request = VersionHeader.without(route.getRequestHeadersToAddList());
    List<HeaderValueOption> response = VersionHeader.without(route.getResponseHeadersToAddList());
    route.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
    route.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
  }

  /**
   * Neither the base's runtime prefix, which could override the weights, nor an old total survives.
   */
  private static WeightedCluster weighted(WeightedCluster base, Destination.Divided divided) {
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    Predicate<ClusterWeight> own = entry -> divided.own().contains(entry.getName());
    if (base.getClustersList().stream().allMatch(own)) {
      divided.arms().forEach(arm -> weighted.addClusters(entry(base, arm, arm.ppm())));
    } else {
      OwnShare shares = OwnShare.of(total(base, entry -> true));
      List<Long> arms = shares.arms(total(base, own), Lists.transform(divided.arms(), Arm::ppm));
      boolean written = false;
      for (ClusterWeight entry : base.getClustersList()) {
        if (!own.test(entry)) {
          int weight = (int) shares.other(weight(entry));
          weighted.addClusters(entry.toBuilder().setWeight(UInt32Value.of(weight)));
        } else if (!written) {
          for (int i = 0; i < arms.size(); i++) {
            weighted.addClusters(entry(base, divided.arms().get(i), (int) (long) arms.get(i)));
          }
          written = true;
        }
      }
    }
    if (divided.byHash() || NewerFields.usesHashPolicy(base)) {
      NewerFields.useHashPolicy(weighted);
    } else if (!base.getHeaderName().isEmpty()) {
      weighted.setHeaderName(base.getHeaderName());
    }
    divided.runtimeKeys().ifPresent(weighted::setRuntimeKeyPrefix);
    return weighted.build();
  }

  private static long total(WeightedCluster base, Predicate<ClusterWeight> which) {
    return base.getClustersList().stream().filter(which).mapToLong(ProtoRoutes::weight).sum();
  }

  private static long weight(ClusterWeight entry) {
    return Integer.toUnsignedLong(entry.getWeight().getValue());
  }

  private static ClusterWeight.Builder entry(WeightedCluster base, Arm arm, int weight) {
    ClusterWeight.Builder entry = like(base, arm).toBuilder();
    List<HeaderValueOption> request = VersionHeader.without(entry.getRequestHeadersToAddList());
    List<HeaderValueOption> response = VersionHeader.without(entry.getResponseHeadersToAddList());
    entry.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
    entry.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
    arm.header().ifPresent(entry::addRequestHeadersToAdd);
    arm.header().ifPresent(entry::addResponseHeadersToAdd);
    entry.putAllTypedPerFilterConfig(arm.filters());
    return entry.setName(arm.cluster()).setWeight(UInt32Value.of(weight));
  }

  private static ClusterWeight like(WeightedCluster base, Arm arm) {
    return arm.like().stream()
        .flatMap(name -> base.getClustersList().stream().filter(e -> e.getName().equals(name)))
        .findFirst()
        .orElse(ClusterWeight.getDefaultInstance());
  }
}
