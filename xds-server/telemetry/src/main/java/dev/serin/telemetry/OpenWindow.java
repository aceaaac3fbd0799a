package dev.serin.telemetry;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hashing;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Window;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.TreeMap;

/**
 * A second of evidence while it is being collected: who counted what, still apart by proxy, so that
 * no single one weighs more than it should. Not thread-safe.
 */
final class OpenWindow {
  /** From this many proxies of a mesh cluster on, one is bounded by the others. */
  private static final int MANY = 3;

  /** How many times the requests of the median proxy one proxy may bring. */
  private static final double TIMES_THE_MEDIAN = 3;

  private static final class Place {
    private final TreeMap<String, Tally> canary = new TreeMap<>();
    private final TreeMap<String, Tally> stable = new TreeMap<>();
  }

  private final TreeMap<String, Place> places = new TreeMap<>();
  private final TreeMap<String, TreeMap<String, Tally>> cohorts = new TreeMap<>();

  /** The node's flush counts here, even if it turns out to be empty: the median needs it. */
  void present(String meshCluster, String node) {
    Place place = places.computeIfAbsent(meshCluster, m -> new Place());
    place.canary.computeIfAbsent(node, n -> new Tally());
    place.stable.computeIfAbsent(node, n -> new Tally());
  }

  void addCanary(String meshCluster, String node, ArmCounts counts) {
    places
        .computeIfAbsent(meshCluster, m -> new Place())
        .canary
        .computeIfAbsent(node, n -> new Tally())
        .add(counts);
  }

  void addStable(String meshCluster, String node, ArmCounts counts) {
    places
        .computeIfAbsent(meshCluster, m -> new Place())
        .stable
        .computeIfAbsent(node, n -> new Tally())
        .add(counts);
  }

  void addCohort(String cohort, String node, ArmCounts counts) {
    cohorts
        .computeIfAbsent(cohort, c -> new TreeMap<>())
        .computeIfAbsent(node, n -> new Tally())
        .add(counts);
  }

  /**
   * Per mesh cluster the two arms, each proxy's part bounded.
   *
   * @param canaryPart the canary's part of what both arms get
   * @param beliefs what earlier windows say about each arm's proxies; updated
   * @param second decides the rounding of scaled counts
   */
  ImmutableSortedMap<String, Window.Arms> arms(double canaryPart, long second, Beliefs beliefs) {
    ImmutableSortedMap.Builder<String, Window.Arms> arms = ImmutableSortedMap.naturalOrder();
    places.forEach((meshCluster, place) -> {
      bound(place, canaryPart, second);
      beliefs.admit(meshCluster + "/canary", place.canary);
      beliefs.admit(meshCluster + "/stable", place.stable);
      arms.put(meshCluster, new Window.Arms(sum(place.canary), sum(place.stable)));
    });
    return arms.build();
  }

  /**
   * The cohorts' counts. A cohort may pass a single proxy by its nature, so its requests are not
   * bounded by the others'; its errors are.
   */
  ImmutableSortedMap<String, ArmCounts> cohorts(Beliefs beliefs) {
    ImmutableSortedMap.Builder<String, ArmCounts> counts = ImmutableSortedMap.naturalOrder();
    cohorts.forEach((cohort, nodes) -> {
      beliefs.admit("cohort/" + cohort, nodes);
      counts.put(cohort, sum(nodes));
    });
    return counts.build();
  }

  private static void bound(Place place, double canaryPart, long second) {
    int proxies = place.stable.size();
    if (proxies < MANY) {
      return;
    }
    long[] totals =
        place.stable.entrySet().stream()
            .mapToLong(e -> e.getValue().requests() + of(place.canary, e.getKey()))
            .sorted()
            .toArray();
    double most = TIMES_THE_MEDIAN * totals[proxies / 2];
    bound(place.canary, Math.max(TIMES_THE_MEDIAN, most * canaryPart), second);
    bound(place.stable, Math.max(TIMES_THE_MEDIAN, most * (1 - canaryPart)), second);
  }

  private static void bound(Map<String, Tally> arm, double most, long second) {
    arm.forEach((node, tally) -> {
      if (tally.requests() > most) {
        tally.scale(most / tally.requests(), uniform(node, second));
      }
    });
  }

  private static long of(Map<String, Tally> arm, String node) {
    Tally tally = arm.get(node);
    return tally == null ? 0 : tally.requests();
  }

  /** In 0..1, the same for the same node and second: a replayed window is an equal window. */
  private static double uniform(String node, long second) {
    long hash =
        Hashing.murmur3_128()
            .newHasher()
            .putLong(second)
            .putString(node, StandardCharsets.UTF_8)
            .hash()
            .asLong();
    return (hash >>> 11) * 0x1.0p-53;
  }

  private static ArmCounts sum(Map<String, Tally> nodes) {
    Tally sum = new Tally();
    nodes.values().forEach(sum::add);
    return sum.counts();
  }
}
