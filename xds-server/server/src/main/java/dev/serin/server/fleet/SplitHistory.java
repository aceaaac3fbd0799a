package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.ServiceState;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Ppm;
import dev.serin.policy.ResourceName;
import java.util.ArrayDeque;
import java.util.Optional;

/**
 * The configurations published last, to say which split a proxy's acknowledged version stands for.
 * Written by the loop's thread, read by any.
 */
public final class SplitHistory {
  private static final int REMEMBERED = 64;

  private final ArrayDeque<Published> recent = new ArrayDeque<>();

  /**
   * The split of one service at one proxy.
   *
   * @param generation 0 where no rollout was under way
   */
  public record Acked(
      ResourceName service, ImmutableSortedMap<String, Integer> splitPpm, long generation) {}

  /** Notes that this is served, or still is. */
  synchronized void add(Published published) {
    recent.remove(published);
    recent.addFirst(published);
    while (recent.size() > REMEMBERED) {
      recent.removeLast();
    }
  }

  synchronized ImmutableList<Acked> acked(ProxyView proxy) {
    ImmutableList.Builder<Acked> splits = ImmutableList.builder();
    if (recent.isEmpty()) {
      return splits.build();
    }
    for (ResourceName service : recent.getFirst().services().keySet()) {
      for (Published published : recent) {
        Optional<Acked> split = split(proxy, service, published);
        if (split.isPresent()) {
          splits.add(split.get());
          break;
        }
      }
    }
    return splits.build();
  }

  /** Whether a version of a resource was made, for proxies like this, with that plan. */
  synchronized boolean carries(Proxy proxy, ResourceKey table, String version, TrafficPlan plan) {
    return recent.stream()
        .filter(published -> plan.equals(published.plans().get(plan.service())))
        .anyMatch(published -> published.has(proxy, table, version));
  }

  /** The plans that a version was made of; of several the ones that were published last. */
  synchronized Optional<ImmutableSortedMap<ResourceName, TrafficPlan>> plans(
      Proxy proxy, ResourceKey table, String version) {
    return recent.stream()
        .filter(published -> published.has(proxy, table, version))
        .findFirst()
        .map(Published::plans);
  }

  private static Optional<Acked> split(ProxyView proxy, ResourceName service, Published published) {
    ImmutableSet<ResourceKey> tables = published.tables(service, proxy.proxy());
    boolean acked =
        !tables.isEmpty()
            && tables.stream()
                .allMatch(table ->
                    proxy
                        .resource(table.typeUrl(), table.name())
                        .ackedVersion()
                        .filter(version -> published.has(proxy.proxy(), table, version))
                        .isPresent());
    if (!acked) {
      return Optional.empty();
    }
    ServiceState state = published.services().get(service);
    if (state == null) {
      return Optional.empty();
    }
    String stable = state.stable();
    TrafficPlan plan = published.plans().get(service);
    boolean refused =
        published.rendered(proxy.proxy()).refusals().stream()
            .anyMatch(refusal -> refusal.service().equals(service));
    if (plan == null || refused) {
      return Optional.of(new Acked(service, ImmutableSortedMap.of(stable, Ppm.ALL), 0));
    }
    return Optional.of(new Acked(service, plan.splitPpm(), plan.generation()));
  }
}
