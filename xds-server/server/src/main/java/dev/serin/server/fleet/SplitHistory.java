package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
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

  /** Whether a version of a RouteConfiguration was made, for proxies like this, with that plan. */
  synchronized boolean carries(
      Proxy proxy, String routeConfiguration, String version, TrafficPlan plan) {
    return recent.stream()
        .filter(published -> plan.equals(published.plans().get(plan.service())))
        .anyMatch(published -> has(published, proxy, routeConfiguration, version));
  }

  /** The plans that a version was made of; of several the ones that were published last. */
  synchronized Optional<ImmutableSortedMap<ResourceName, TrafficPlan>> plans(
      Proxy proxy, String routeConfiguration, String version) {
    return recent.stream()
        .filter(published -> has(published, proxy, routeConfiguration, version))
        .findFirst()
        .map(Published::plans);
  }

  private static boolean has(
      Published published, Proxy proxy, String routeConfiguration, String version) {
    return published
        .snapshot(proxy)
        .resource(TypeUrls.ROUTES, routeConfiguration)
        .filter(resource -> resource.version().equals(version))
        .isPresent();
  }

  private static Optional<Acked> split(ProxyView proxy, ResourceName service, Published published) {
    boolean acked =
        !published.config().routeConfigurations(service).isEmpty()
            && published.config().routeConfigurations(service).stream()
                .allMatch(name ->
                    published
                        .snapshot(proxy.proxy())
                        .resource(TypeUrls.ROUTES, name)
                        .filter(resource ->
                            proxy.resource(TypeUrls.ROUTES, name).acked(resource.version()))
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
        published.config().render(proxy.proxy().group()).refusals().stream()
            .anyMatch(refusal -> refusal.service().equals(service));
    if (plan == null || refused) {
      return Optional.of(new Acked(service, ImmutableSortedMap.of(stable, Ppm.ALL), 0));
    }
    return Optional.of(new Acked(service, plan.splitPpm(), plan.generation()));
  }
}
