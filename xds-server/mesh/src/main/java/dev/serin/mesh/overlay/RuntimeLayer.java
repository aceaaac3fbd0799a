package dev.serin.mesh.overlay;

import static java.nio.charset.StandardCharsets.UTF_8;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.serin.mesh.overlay.Rule.Share;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Ppm;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;
import java.util.Map;
import java.util.TreeMap;

/**
 * Weights by Envoy's runtime discovery (RTDS) instead of the route table, for proxies whose
 * bootstrap has the layer: a step sends a few numbers, however large the table is.
 *
 * <p>A weighted cluster names a prefix, and Envoy takes the weight of each of its clusters from the
 * runtime key {@code PREFIX.CLUSTER}, or from the table where there is no such key. Envoy answers
 * 404, without a word, where all are zero, and ignores what is no number; so a division is written
 * only as a whole, with the one total that never changes.
 *
 * @see <a
 *     href="https://www.envoyproxy.io/docs/envoy/latest/api-v3/config/route/v3/route_components.proto#config-route-v3-weightedcluster">Envoy:
 *     WeightedCluster.runtime_key_prefix</a>
 */
public final class RuntimeLayer {
  /** Of the layer in the proxy's bootstrap, and of the Runtime resource that is served for it. */
  public static final String NAME = "serin";

  private RuntimeLayer() {}

  /**
   * The prefix of a plan's keys. Plans that divide between other versions, or give others of them
   * fixed shares, have another one: so no route table, not even one that is late, finds numbers
   * that were made for another table.
   */
  static String prefix(TrafficPlan plan) {
    String divided = plan.canary() + "\n" + plan.stable() + "\n" + plan.terms().variants().ppm();
    return "serin.%s.%s"
        .formatted(
            ClusterNames.service(plan.service()),
            Hashing.sha256().hashString(divided, UTF_8).toString().substring(0, 8));
  }

  /**
   * The numbers of one plan, by key; also of one that gives nobody the canary: tables that are
   * large take longer to go back to stable than numbers do.
   */
  public static ImmutableSortedMap<String, Integer> weights(Split split) {
    String prefix = prefix(split.plan());
    TreeMap<String, Integer> weights = new TreeMap<>();
    for (ImmutableList<Share> division : SplitRules.divisions(split)) {
      int total = division.stream().mapToInt(Share::ppm).sum();
      if (total != Ppm.ALL || division.stream().anyMatch(share -> share.ppm() < 0)) {
        throw new IllegalStateException(
            "weights %s of %s (expected: 0 or more, %d together)"
                .formatted(division, split.plan().rollout(), Ppm.ALL));
      }
      division.forEach(share -> weights.put(prefix + "." + share.cluster(), share.ppm()));
    }
    return ImmutableSortedMap.copyOfSorted(weights);
  }

  /** The resource with these numbers and no others. */
  public static Runtime of(Map<String, Integer> numbers) {
    Struct.Builder layer = Struct.newBuilder();
    numbers.forEach(
        (key, number) -> layer.putFields(key, Value.newBuilder().setNumberValue(number).build()));
    return Runtime.newBuilder().setName(NAME).setLayer(layer).build();
  }
}
