package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.UInt32Value;
import dev.serin.policy.Ppm;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.Collection;
import java.util.List;

/**
 * Rewrites the routes of a base configuration that lead to a service with a plan, and nothing else.
 *
 * <p>A route is found by the cluster it names: the stable version's, or a division between clusters
 * of the service among which that is. It becomes one route a {@link Rule}, which all keep what the
 * base says about it: path, timeouts, retries, rewrites, metadata, filters.
 */
public final class Overlay {

  /**
   * The routes after the plans.
   *
   * @param routes the base itself where no route was changed
   * @param refusals the plans that were left out, whole; their routes are the base's
   */
  public record Result(RouteConfiguration routes, ImmutableList<Refusal> refusals) {}

  private final Split split;
  private final Capabilities capabilities;

  private Overlay(Split split, Capabilities capabilities) {
    this.split = split;
    this.capabilities = capabilities;
  }

  /**
   * Applies each plan that these proxies and these routes can carry. One that sends everyone to the
   * canary asks for nothing that some cannot: a promotion reaches all.
   */
  public static Result apply(
      RouteConfiguration base, Collection<Split> splits, Capabilities capabilities) {
    RouteConfiguration routes = base;
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    for (Split split : splits) {
      Overlay overlay = new Overlay(split, capabilities);
      if (overlay.concerns(routes)) {
        List<String> reasons = overlay.reasonsAgainst(routes);
        if (!reasons.isEmpty() && split.plan().weightPpm() == Ppm.ALL) {
          // Everyone goes to the canary: who is who and where a hash falls no longer matters.
          overlay = new Overlay(split.toAll(), capabilities);
          reasons = overlay.reasonsAgainst(routes);
        }
        if (reasons.isEmpty()) {
          routes = overlay.rewrite(routes);
        }
        reasons.forEach(reason -> refusals.add(new Refusal(split.plan().service(), reason)));
      }
    }
    return new Result(routes, refusals.build());
  }

  private boolean concerns(RouteConfiguration routes) {
    return routes.getVirtualHostsList().stream()
        .flatMap(host -> host.getRoutesList().stream())
        .anyMatch(this::leadsToStable);
  }

  private boolean leadsToStable(Route route) {
    RouteAction action = route.getRoute();
    return switch (action.getClusterSpecifierCase()) {
      case CLUSTER -> action.getCluster().equals(split.arms().stable());
      case WEIGHTED_CLUSTERS ->
          action.getWeightedClusters().getClustersList().stream()
              .anyMatch(weight -> weight.getName().equals(split.arms().stable()));
      case CLUSTER_HEADER,
          CLUSTER_SPECIFIER_PLUGIN,
          INLINE_CLUSTER_SPECIFIER_PLUGIN,
          CLUSTERSPECIFIER_NOT_SET ->
          false;
    };
  }

  private List<String> reasonsAgainst(RouteConfiguration routes) {
    ImmutableList.Builder<String> reasons = ImmutableList.builder();
    reasons.addAll(SplitRules.refusals(split, capabilities));
    for (VirtualHost host : routes.getVirtualHostsList()) {
      for (Route route : host.getRoutesList()) {
        if (leadsToStable(route)) {
          reasons.addAll(reasonsAgainst(host, route));
        }
      }
    }
    return reasons.build();
  }

  private List<String> reasonsAgainst(VirtualHost host, Route route) {
    ImmutableList.Builder<String> reasons = ImmutableList.builder();
    String where = "route \"" + route.getName() + "\" of virtual host \"" + host.getName() + "\" ";
    RouteAction action = route.getRoute();
    for (ClusterWeight weight : action.getWeightedClusters().getClustersList()) {
      if (!split.clusters().contains(weight.getName())) {
        reasons.add(
            where
                + "also divides to "
                + (weight.getName().isEmpty() ? "a cluster from a header" : weight.getName())
                + " (expected: clusters of the service alone)");
      }
    }
    if (route.getMatch().hasRuntimeFraction()) {
      // Envoy draws one number a request: the fraction and the weights would not be independent.
      reasons.add(where + "takes a random fraction of requests (expected: no second draw)");
    }
    boolean ownHash =
        action.getHashPolicyCount() > 0 || !action.getWeightedClusters().getHeaderName().isEmpty();
    if (ownHash && !split.plan().sticky().isEmpty()) {
      reasons.add(where + "has a hash of its own (expected: none beside a sticky policy)");
    }
    return reasons.build();
  }

  private RouteConfiguration rewrite(RouteConfiguration routes) {
    ImmutableList<Rule> rules = SplitRules.of(split, capabilities);
    RouteConfiguration.Builder rewritten = routes.toBuilder();
    for (VirtualHost.Builder host : rewritten.getVirtualHostsBuilderList()) {
      if (host.getRoutesList().stream().anyMatch(this::leadsToStable)) {
        List<Route> before = ImmutableList.copyOf(host.getRoutesList());
        host.clearRoutes();
        for (Route route : before) {
          if (leadsToStable(route)) {
            rules.forEach(rule -> host.addRoutes(rewrite(route, rule)));
          } else {
            host.addRoutes(route);
          }
        }
      }
    }
    return rewritten.build();
  }

  private Route rewrite(Route base, Rule rule) {
    Route.Builder route = base.toBuilder().setName(base.getName() + rule.suffix());
    rule.requirements()
        .forEach(needed -> Matchers.add(route.getMatchBuilder(), needed, capabilities.cookies()));
    // A header at the route would overwrite that of the chosen cluster: inner levels come first.
    replace(route);
    RouteAction.Builder action = route.getRouteBuilder();
    WeightedCluster weighted = weighted(base.getRoute().getWeightedClusters(), rule);
    rule.hashed()
        .ifPresent(
            source -> action.addAllHashPolicy(Stickiness.policies(source, split.plan().salt())));
    return route.setRoute(action.setWeightedClusters(weighted)).build();
  }

  private static void replace(Route.Builder route) {
    List<io.envoyproxy.envoy.config.core.v3.HeaderValueOption> request =
        VersionHeader.without(route.getRequestHeadersToAddList());
    List<io.envoyproxy.envoy.config.core.v3.HeaderValueOption> response =
        VersionHeader.without(route.getResponseHeadersToAddList());
    route.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
    route.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
  }

  /**
   * Both arms are always listed, the canary first, and the total never changes: with any other
   * order or total a growing weight would move users back and forth.
   */
  private WeightedCluster weighted(WeightedCluster base, Rule rule) {
    // Neither a runtime prefix, which could override the weights, nor an old total survives.
    WeightedCluster.Builder weighted =
        WeightedCluster.newBuilder()
            .addClusters(
                arm(base, split.arms().canary())
                    .setName(rule.arms().canary())
                    .setWeight(UInt32Value.of(rule.canaryPpm()))
                    .addRequestHeadersToAdd(VersionHeader.of(split.plan().canary()))
                    .addResponseHeadersToAdd(VersionHeader.of(split.plan().canary())))
            .addClusters(
                arm(base, split.arms().stable())
                    .setName(rule.arms().stable())
                    .setWeight(UInt32Value.of(Ppm.ALL - rule.canaryPpm()))
                    .addRequestHeadersToAdd(VersionHeader.of(split.plan().stable()))
                    .addResponseHeadersToAdd(VersionHeader.of(split.plan().stable())));
    if (rule.hashed().isPresent()) {
      NewerFields.useHashPolicy(weighted);
    } else if (!base.getHeaderName().isEmpty()) {
      weighted.setHeaderName(base.getHeaderName());
    }
    return weighted.build();
  }

  /** What the base says about a cluster in particular; for a canary it lacks, what of stable. */
  private ClusterWeight.Builder arm(WeightedCluster base, String cluster) {
    ClusterWeight.Builder arm =
        entry(base, cluster)
            .or(() -> entry(base, split.arms().stable()))
            .orElse(ClusterWeight.getDefaultInstance())
            .toBuilder();
    var request = VersionHeader.without(arm.getRequestHeadersToAddList());
    var response = VersionHeader.without(arm.getResponseHeadersToAddList());
    arm.clearRequestHeadersToAdd().addAllRequestHeadersToAdd(request);
    return arm.clearResponseHeadersToAdd().addAllResponseHeadersToAdd(response);
  }

  private static java.util.Optional<ClusterWeight> entry(WeightedCluster base, String cluster) {
    return base.getClustersList().stream()
        .filter(weight -> weight.getName().equals(cluster))
        .findFirst();
  }
}
