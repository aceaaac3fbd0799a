package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Iterables;
import dev.serin.mesh.ProxyGroup;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What is to be served in the end, and the same services with other plans: kinds of proxies that
 * have accepted the same share one configuration. Any thread.
 */
final class Variants {
  private final Published target;
  private final Map<ImmutableSortedMap<ResourceName, TrafficPlan>, Published> byPlans =
      new ConcurrentHashMap<>();

  /**
   * Variants of a target.
   *
   * @param inUse what is served still: kept where it is of the same services
   */
  Variants(Published target, Collection<Published> inUse) {
    this.target = target;
    for (Published known : inUse) {
      if (known.services().equals(target.services())) {
        byPlans.put(known.plans(), known);
      }
    }
    byPlans.put(target.plans(), target);
  }

  Published target() {
    return target;
  }

  /** The services with these plans. */
  Published of(Map<ResourceName, TrafficPlan> plans) {
    return byPlans.computeIfAbsent(
        ImmutableSortedMap.copyOf(plans), wanted -> target.with(target.services(), wanted));
  }

  /** The target with another plan of one service, or none. */
  private Published with(ResourceName service, Optional<TrafficPlan> plan) {
    TreeMap<ResourceName, TrafficPlan> plans = new TreeMap<>(target.plans());
    plans.remove(service);
    plan.ifPresent(p -> plans.put(service, p));
    return of(plans);
  }

  /**
   * Whether proxies of these groups that have accepted the other plan of a service can reject
   * nothing of the target's that they have not accepted: it differs in weights alone, or not at
   * all.
   */
  boolean differsInWeightsAlone(
      ResourceName service, Optional<TrafficPlan> plan, Collection<ProxyGroup> groups) {
    Published other = with(service, plan);
    return target.config().structurallyEqual(service, other.config(), groups)
        || (isPublished(service) && looksTheSame(other, groups));
  }

  /** Of routes in bases the rendering for a group says nothing: they are not in it. */
  private boolean isPublished(ResourceName service) {
    return !target.config().routeConfigurations(service).isEmpty();
  }

  private boolean looksTheSame(Published other, Collection<ProxyGroup> groups) {
    return Iterables.all(
        groups,
        group ->
            target
                .config()
                .render(group)
                .snapshot()
                .equals(other.config().render(group).snapshot()));
  }
}
