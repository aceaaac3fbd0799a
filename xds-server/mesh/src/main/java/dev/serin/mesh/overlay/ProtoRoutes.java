package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
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
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/** Route tables as protobuf messages, as they are served. Unknown fields stay. */
public final class ProtoRoutes implements RouteForm<RouteConfiguration> {
  public static final ProtoRoutes FORM = new ProtoRoutes();

  private ProtoRoutes() {}

  @Override
  public ImmutableList<RouteView> views(RouteConfiguration table) {
    return table.getVirtualHostsList().stream()
        .flatMap(host -> host.getRoutesList().stream().map(route -> view(host, route)))
        .collect(ImmutableList.toImmutableList());
  }

  private static RouteView view(VirtualHost host, Route route) {
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

  private static Optional<VirtualHost> replace(
      VirtualHost host, Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits) {
    ImmutableList.Builder<Route> routes = ImmutableList.builder();
    boolean changed = false;
    for (Route route : host.getRoutesList()) {
      Optional<ImmutableList<RouteEdit>> replacing = edits.apply(view(host, route));
      if (replacing.isPresent()) {
        replacing.get().forEach(edit -> routes.add(edited(host, route, edit)));
        changed = true;
      } else {
        routes.add(route);
      }
    }
    return changed
        ? Optional.of(host.toBuilder().clearRoutes().addAllRoutes(routes.build()).build())
        : Optional.empty();
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
    }
  }

  private static void withoutVersion(Route.Builder route) {
    List<HeaderValueOption> request = VersionHeader.without(route.getRequestHeadersToAddList());
    List<HeaderValueOption> response = VersionHeader.without(route.getResponseHeadersToAddList());
    route.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
    route.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
  }

  /** Neither a runtime prefix, which could override the weights, nor an old total survives. */
  private static WeightedCluster weighted(WeightedCluster base, Destination.Divided divided) {
    WeightedCluster.Builder weighted = WeightedCluster.newBuilder();
    for (Arm arm : divided.arms()) {
      ClusterWeight.Builder entry = like(base, arm).toBuilder();
      List<HeaderValueOption> request = VersionHeader.without(entry.getRequestHeadersToAddList());
      List<HeaderValueOption> response = VersionHeader.without(entry.getResponseHeadersToAddList());
      entry.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
      entry.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
      arm.header().ifPresent(entry::addRequestHeadersToAdd);
      arm.header().ifPresent(entry::addResponseHeadersToAdd);
      entry.putAllTypedPerFilterConfig(arm.filters());
      weighted.addClusters(entry.setName(arm.cluster()).setWeight(UInt32Value.of(arm.ppm())));
    }
    if (divided.byHash()) {
      NewerFields.useHashPolicy(weighted);
    } else if (!base.getHeaderName().isEmpty()) {
      weighted.setHeaderName(base.getHeaderName());
    }
    return weighted.build();
  }

  private static ClusterWeight like(WeightedCluster base, Arm arm) {
    return arm.like().stream()
        .flatMap(name -> base.getClustersList().stream().filter(e -> e.getName().equals(name)))
        .findFirst()
        .orElse(ClusterWeight.getDefaultInstance());
  }
}
