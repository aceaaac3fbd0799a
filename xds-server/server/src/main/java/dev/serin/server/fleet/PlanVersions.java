package dev.serin.server.fleet;

import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.Proxy;
import dev.serin.mesh.ProxyGroup;
import dev.serin.plan.TrafficPlan;
import java.util.HashMap;
import java.util.Map;

/**
 * Which versions of a RouteConfiguration have one plan in them, whatever the others that share it
 * are at: an innocent rollout's split is in force, too, where another one's was refused. Used by
 * the loop's thread.
 */
final class PlanVersions implements ConvergenceGate.Expected {
  private final TrafficPlan plan;
  private final Published target;
  private final SplitHistory history;

  /** Proxies of one group are answered alike, and there are few groups. */
  private final Map<Version, Boolean> known = new HashMap<>();

  private record Version(ProxyGroup group, String routeConfiguration, String version) {}

  PlanVersions(TrafficPlan plan, Published target, SplitHistory history) {
    this.plan = plan;
    this.target = target;
    this.history = history;
  }

  @Override
  public boolean isFor(Proxy proxy, String routeConfiguration) {
    return target.version(proxy, routeConfiguration, plan.service()).isPresent();
  }

  @Override
  public boolean carries(Proxy proxy, String routeConfiguration, String version) {
    return known.computeIfAbsent(
        new Version(proxy.group(), routeConfiguration, version),
        asked -> history.carries(proxy, routeConfiguration, version, plan));
  }
}
