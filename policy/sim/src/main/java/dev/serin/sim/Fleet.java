package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.plan.TrafficPlan;
import dev.serin.rollout.ClusterConvergence;
import java.util.TreeMap;

/** The proxies, and how far they have come by the rules of convergence. */
final class Fleet {

  /** A proxy that left is waited for this long, and remembered for an hour. */
  private static final long LEAVING_MS = 10_000;

  private static final long REMEMBERED_MS = 3_600_000;

  final ImmutableList<Proxy> proxies;

  Fleet(ImmutableList<Integer> sizes) {
    ImmutableList.Builder<Proxy> all = ImmutableList.builder();
    int id = 0;
    for (int cluster = 0; cluster < sizes.size(); cluster++) {
      for (int i = 0; i < sizes.get(cluster); i++) {
        all.add(new Proxy(id++, "mesh-" + cluster));
      }
    }
    proxies = all.build();
  }

  /**
   * The counts of a plan.
   *
   * @param since when it was published, ms
   * @param timeoutMs how long an answer may take
   */
  ImmutableSortedMap<String, ClusterConvergence> counts(
      TrafficPlan plan, long since, long timeoutMs, long now) {
    TreeMap<String, int[]> counts = new TreeMap<>();
    for (Proxy proxy : proxies) {
      int[] of = counts.computeIfAbsent(proxy.cluster, c -> new int[5]);
      long gone = now - proxy.lastSeen;
      if (!proxy.connected && gone >= LEAVING_MS) {
        of[4] += gone < REMEMBERED_MS ? 1 : 0;
      } else if (plan.equals(proxy.acked)) {
        of[0]++;
        of[1]++;
      } else if (proxy.refused.contains(plan)) {
        of[0]++;
        of[2]++;
      } else if (plan.equals(proxy.sent) || proxy.connectedAt <= since) {
        of[0]++;
        long from = plan.equals(proxy.sent) ? proxy.sentAt : since;
        of[3] += now >= from + timeoutMs ? 1 : 0;
      }
    }
    ImmutableSortedMap.Builder<String, ClusterConvergence> result =
        ImmutableSortedMap.naturalOrder();
    counts.forEach(
        (cluster, n) -> result.put(cluster, new ClusterConvergence(n[0], n[1], n[2], n[3], n[4])));
    return result.build();
  }
}
