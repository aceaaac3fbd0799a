package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.mesh.overlay.RouteEdit.Arm;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import dev.serin.mesh.overlay.RouteView.Target;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Ppm;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteAction.RequestMirrorPolicy;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.Collection;
import java.util.List;
import java.util.Optional;

/**
 * Rewrites the routes of a base configuration that lead to a service, and nothing else.
 *
 * <p>A route is found by the cluster it names, alone or among others of the service. With a split
 * it becomes one route a {@link Rule}, which all keep what the base says about it: path, timeouts,
 * retries, rewrites, metadata, filters. Without one it stays as it came, unless it names a version
 * that is no longer the stable one: then it leads to that which is. What a route mirrors to the
 * service goes to the present stable version.
 */
public final class Overlay {

  /**
   * The routes after the plans.
   *
   * @param routes the base itself where no route was changed
   * @param refusals the splits that were left out, whole; their routes lead to stable
   */
  public record Result<T>(T routes, ImmutableList<Refusal> refusals) {}

  private final ServiceRouting routing;
  private final Capabilities capabilities;
  private final HttpFilters filters;

  private Overlay(ServiceRouting routing, Capabilities capabilities, HttpFilters filters) {
    this.routing = routing;
    this.capabilities = capabilities;
    this.filters = filters;
  }

  /** The same for tables as they are served. */
  public static Result<RouteConfiguration> apply(
      RouteConfiguration base,
      Collection<ServiceRouting> services,
      Capabilities capabilities,
      HttpFilters filters) {
    return apply(ProtoRoutes.FORM, base, services, capabilities, filters);
  }

  /**
   * Applies each split that these proxies and these routes can carry. One that sends everyone to
   * the canary asks for nothing that some cannot: a promotion reaches all.
   *
   * @param filters of the listeners that use the table
   */
  public static <T> Result<T> apply(
      RouteForm<T> form,
      T base,
      Collection<ServiceRouting> services,
      Capabilities capabilities,
      HttpFilters filters) {
    T routes = base;
    ImmutableList.Builder<Refusal> refusals = ImmutableList.builder();
    for (ServiceRouting service : services) {
      if (service.isAtRest()) {
        continue;
      }
      ImmutableList<RouteView> views = form.views(routes);
      if (views.stream().anyMatch(view -> concerns(service, view))) {
        Overlay overlay = new Overlay(service, capabilities, filters);
        List<String> reasons = overlay.reasonsAgainst(views);
        if (!reasons.isEmpty()
            && service.split().filter(s -> s.plan().weightPpm() == Ppm.ALL).isPresent()) {
          // Everyone goes to the canary: who is who and where a hash falls no longer matters.
          overlay = new Overlay(service.toAll(), capabilities, filters);
          reasons = overlay.reasonsAgainst(views);
        }
        reasons.forEach(reason -> refusals.add(new Refusal(service.service(), reason)));
        routes =
            reasons.isEmpty()
                ? overlay.rewrite(form, routes)
                : new Overlay(service.withoutSplit(), capabilities, filters).rewrite(form, routes);
      }
    }
    return new Result<>(routes, refusals.build());
  }

  /**
   * The routes whose cluster nobody can know from the table, as clauses for a reader: a rollout of
   * a service that they lead to does not reach their requests.
   */
  public static <T> ImmutableList<String> unreadable(RouteForm<T> form, T table) {
    return form.views(table).stream()
        .filter(view -> view.target() instanceof Target.FromHeader)
        .map(view ->
            view.where()
                + " takes its cluster from header "
                + ((Target.FromHeader) view.target()).header()
                + " (expected: a cluster by name; it stays as it is)")
        .collect(ImmutableList.toImmutableList());
  }

  /** Whether a route is this service's, or mirrors to it. */
  public static boolean concerns(ServiceRouting service, RouteView view) {
    return leadsTo(service, view) || view.mirrors().stream().anyMatch(service.anchors()::contains);
  }

  private static boolean leadsTo(ServiceRouting service, RouteView view) {
    return switch (view.target()) {
      case Target.One(String cluster) -> service.anchors().contains(cluster);
      case Target.Divided divided ->
          divided.clusters().stream().anyMatch(service.anchors()::contains);
      case Target.FromHeader header -> false;
      case Target.Other other -> false;
    };
  }

  private List<String> reasonsAgainst(ImmutableList<RouteView> views) {
    ImmutableList.Builder<String> reasons = ImmutableList.builder();
    routing
        .split()
        .ifPresent(split -> {
          reasons.addAll(SplitRules.refusals(split, capabilities));
          reasons.addAll(Treatments.reasonsAgainst(split.plan().terms().treatment(), filters));
          reasons.addAll(Treatments.reasonsAgainst(split.plan().cohorts().values(), filters));
        });
    for (RouteView view : views) {
      if (leadsTo(routing, view) && (routing.split().isPresent() || !namesStable(view))) {
        routing.split().map(split -> reasonsAgainst(split, view)).ifPresent(reasons::addAll);
      }
    }
    return reasons.build();
  }

  private ImmutableList<String> reasonsAgainst(Split split, RouteView view) {
    ImmutableList.Builder<String> reasons = ImmutableList.builder();
    boolean byNumber =
        view.target() instanceof Target.Divided(ImmutableList<String> clusters, String number)
            && !number.isEmpty();
    if (view.inTree() && SplitRules.hasLongList(split)) {
      reasons.add(
          view.where()
              + " is in a matcher tree (expected: no list of more than "
              + SplitRules.MAX_SINGLES
              + " values beside it)");
    }
    if (view.drawsFraction()) {
      // Envoy draws one number a request: the fraction and the weights would not be independent.
      reasons.add(view.where() + " takes a random fraction of requests (expected: no second draw)");
    }
    if ((view.hashes() || byNumber) && !split.plan().sticky().isEmpty()) {
      reasons.add(view.where() + " has a hash of its own (expected: none beside a sticky policy)");
    }
    return reasons.build();
  }

  /** Whether a base's division goes to clusters of others, too; those keep their share. */
  private boolean isShared(RouteView view) {
    return view.target() instanceof Target.Divided(ImmutableList<String> clusters, String number)
        && !routing.clusters().containsAll(clusters);
  }

  private <T> T rewrite(RouteForm<T> form, T routes) {
    Optional<ImmutableList<Rule>> rules =
        routing.split().map(split -> SplitRules.of(split, capabilities));
    T rewritten = form.replace(routes, view -> edits(view, rules));
    return routing.isChained() ? form.strippedAtEdge(rewritten, VersionHeader.NAME) : rewritten;
  }

  private Optional<ImmutableList<RouteEdit>> edits(
      RouteView view, Optional<ImmutableList<Rule>> split) {
    ImmutableMap<String, String> mirrors =
        view.mirrors().stream()
            .distinct()
            .filter(cluster -> routing.anchors().contains(cluster))
            .filter(cluster -> !cluster.equals(routing.stable()))
            .collect(ImmutableMap.toImmutableMap(cluster -> cluster, cluster -> routing.stable()));
    boolean leads = leadsTo(routing, view);
    boolean moved = leads && !namesStable(view);
    ImmutableList.Builder<RouteEdit> edits = ImmutableList.builder();
    if (leads) {
      routing.follows().forEach(rule -> edits.add(edit(view, rule)));
      split.ifPresent(rules -> rules.forEach(rule -> edits.add(edit(view, rule))));
    }
    if (!leads || split.isEmpty()) {
      edits.add(RouteEdit.to(moved ? toStable(view) : new Destination.Same()));
    }
    boolean ruled = leads && (split.isPresent() || !routing.follows().isEmpty());
    boolean asItCame = mirrors.isEmpty() && !moved && !ruled;
    return asItCame
        ? Optional.empty()
        : Optional.of(
            edits.build().stream()
                .map(edit -> edit.withMirrors(mirrors))
                .collect(ImmutableList.toImmutableList()));
  }

  /**
   * A base's own division stands as long as no promotion has moved the stable version: that is the
   * truth then, and part of the requests would go back to what it replaced.
   */
  private boolean namesStable(RouteView view) {
    return view.target() instanceof Target.Divided(ImmutableList<String> clusters, String number)
        ? routing.anchors().size() == 1
            || clusters.stream()
                .filter(routing.clusters()::contains)
                .allMatch(routing.stable()::equals)
        : view.target().equals(new Target.One(routing.stable()));
  }

  private Destination toStable(RouteView view) {
    String stable = routing.stable();
    return isShared(view)
        ? new Destination.Divided(
            ImmutableList.of(
                new Arm(
                    stable,
                    Ppm.ALL,
                    Optional.empty(),
                    ImmutableMap.of(),
                    ImmutableList.of(stable, routing.anchors().first(), routing.anchors().last()))),
            false,
            routing.clusters(),
            Optional.empty())
        : new Destination.One(stable);
  }

  private RouteEdit edit(RouteView view, Rule rule) {
    Optional<TrafficPlan> plan = routing.split().map(Split::plan);
    // Where others have a share of the route, too, what is left of it differs from route to route.
    Optional<String> runtimeKeys =
        plan.filter(p -> capabilities.layer() && rule.divides() && !isShared(view))
            .map(RuntimeLayer::prefix);
    return new RouteEdit(
        rule.suffix(),
        rule.requirements().stream()
            .map(requirement -> Matchers.of(requirement, capabilities.cookies()))
            .collect(ImmutableList.toImmutableList()),
        new Destination.Divided(
            rule.shares().stream()
                .map(share -> arm(share, runtimeKeys.isPresent() ? share.resting() : share.ppm()))
                .collect(ImmutableList.toImmutableList()),
            rule.hashed().isPresent(),
            routing.clusters(),
            runtimeKeys),
        rule.hashed()
            .map(source -> Stickiness.policies(source, plan.orElseThrow().salt()))
            .orElse(ImmutableList.<HashPolicy>of()),
        ImmutableMap.of(),
        rule.mirrored() ? shadows() : ImmutableList.of(),
        plan.filter(p -> p.conduct().retryAtStable())
            .filter(p -> rule.shares().stream().anyMatch(Rule.Share::canary))
            .map(p -> Treatments.retry(p.canary(), view.retries())));
  }

  private ImmutableList<RequestMirrorPolicy> shadows() {
    Split split = routing.split().orElseThrow();
    return Treatments.shadows(
        split.plan().terms().treatment().mirror().orElseThrow(), split.shadows().values());
  }

  /** For a version that the base has no settings for, those of stable count. */
  private Arm arm(Rule.Share share, int ppm) {
    return new Arm(
        share.cluster(),
        ppm,
        share.stamp().map(VersionHeader::of),
        share.canary()
            ? Treatments.filters(routing.split().orElseThrow().plan().terms().treatment(), filters)
            : ImmutableMap.of(),
        ImmutableList.of(share.base(), routing.stable()));
  }
}
