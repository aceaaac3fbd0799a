package dev.serin.server.fleet;

import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.Proxy;
import dev.serin.mesh.Base;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ResourceKey;
import dev.serin.plan.TrafficPlan;
import java.util.HashMap;
import java.util.Map;

/**
 * Which versions of a resource with routes have one plan in them, whatever the others that share it
 * are at: an innocent rollout's split is in force, too, where another one's was refused. Used by
 * the loop's thread.
 */
final class PlanVersions implements ConvergenceGate.Expected {
  private final TrafficPlan plan;
  private final Published target;
  private final SplitHistory history;

  /** Proxies of one group are answered alike, and there are few groups. */
  private final Map<Version, Boolean> known = new HashMap<>();

  private record Version(ProxyGroup group, Base base, ResourceKey table, String version) {}

  PlanVersions(TrafficPlan plan, Published target, SplitHistory history) {
    this.plan = plan;
    this.target = target;
    this.history = history;
  }

  @Override
  public boolean isFor(Proxy proxy, ResourceKey table) {
    return target.isFor(proxy, table, plan.service());
  }

  @Override
  public boolean carries(Proxy proxy, ResourceKey table, String version) {
    return known.computeIfAbsent(
        new Version(proxy.group(), target.bases().of(proxy), table, version),
        asked -> history.carries(proxy, table, version, plan));
  }
}
