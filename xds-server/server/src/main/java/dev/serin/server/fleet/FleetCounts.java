package dev.serin.server.fleet;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.FleetView;
import dev.serin.ads.ProxyView;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * Counts the fleet for every rollout. An answer costs a look at the proxy that gave it; the fleet
 * is walked when a split is new and, in case something happened that nobody told, now and then.
 *
 * <p>{@link #changed} is for any thread, the rest is the loop's.
 */
final class FleetCounts {
  /** Silence becomes overdue, and those who left unreachable, by themselves. */
  private static final Duration RECHECK = Duration.ofSeconds(1);

  /** A proxy that stops to ask for something tells nobody. */
  private static final Duration WALK = Duration.ofSeconds(10);

  private final FleetView fleet;
  private final Set<String> changed = ConcurrentHashMap.newKeySet();
  private final Map<ResourceName, Count> counts = new HashMap<>();

  FleetCounts(FleetView fleet) {
    this.fleet = fleet;
  }

  /**
   * What a count was taken against; about anything else it says nothing.
   *
   * @param generation of the split
   * @param published how often something had been published
   */
  record Against(long generation, long published) {}

  private static final class Count {
    final Against against;
    final ConvergenceGate gate;
    final Set<String> changed = new HashSet<>();
    Instant checked = Instant.MIN;
    Instant walked = Instant.MIN;
    ImmutableSortedMap<String, ClusterConvergence> clusters = ImmutableSortedMap.of();

    Count(Against against, ConvergenceGate gate) {
      this.against = against;
      this.gate = gate;
    }
  }

  /** Something has happened at a proxy. */
  void changed(String nodeId) {
    changed.add(nodeId);
  }

  void retain(Collection<ResourceName> rollouts) {
    counts.keySet().retainAll(rollouts);
  }

  /**
   * The counts of one rollout.
   *
   * @param users hears of every proxy that turns out to use the split; of some again and again
   */
  ImmutableSortedMap<String, ClusterConvergence> count(
      ResourceName rollout,
      Against against,
      Supplier<ConvergenceGate.Step> step,
      Consumer<ProxyView> users,
      Instant now) {
    spread();
    Count known = counts.get(rollout);
    if (known == null || !known.against.equals(against)) {
      known = new Count(against, new ConvergenceGate(step.get()));
      counts.put(rollout, known);
    }
    if (!now.isBefore(known.walked.plus(WALK))) {
      walk(known, users, now);
    } else {
      if (!now.isBefore(known.checked.plus(RECHECK))) {
        known.changed.addAll(known.gate.unsettled());
        known.checked = now;
      }
      if (known.changed.isEmpty()) {
        return known.clusters;
      }
      look(known, users, now);
    }
    known.clusters = clusters(known.gate);
    return known.clusters;
  }

  /** Every count has to look at every proxy at which something has happened. */
  private void spread() {
    for (Iterator<String> each = changed.iterator(); each.hasNext(); ) {
      String node = each.next();
      each.remove(); // before the look at it: what happens after that is noted again
      counts.values().forEach(count -> count.changed.add(node));
    }
  }

  private void walk(Count count, Consumer<ProxyView> users, Instant now) {
    count.gate.forgetAll();
    for (ProxyView view : fleet.proxies()) {
      look(count, view, users, now);
    }
    count.changed.clear();
    count.walked = now;
    count.checked = now;
  }

  private void look(Count count, Consumer<ProxyView> users, Instant now) {
    for (String node : count.changed) {
      Optional<ProxyView> view = fleet.proxy(node);
      view.ifPresentOrElse(
          present -> look(count, present, users, now), () -> count.gate.forget(node));
    }
    count.changed.clear();
  }

  private static void look(Count count, ProxyView view, Consumer<ProxyView> users, Instant now) {
    if (count.gate.look(view, now) && view.connected()) {
      users.accept(view);
    }
  }

  private static ImmutableSortedMap<String, ClusterConvergence> clusters(ConvergenceGate gate) {
    ImmutableSortedMap.Builder<String, ClusterConvergence> clusters =
        ImmutableSortedMap.naturalOrder();
    gate.counts()
        .forEach((cluster, c) -> {
          if (c.want() > 0 || c.unreachable() > 0) {
            clusters.put(
                cluster,
                new ClusterConvergence(
                    c.want(), c.acked(), c.nacked(), c.silent(), c.unreachable()));
          }
        });
    return clusters.build();
  }
}
