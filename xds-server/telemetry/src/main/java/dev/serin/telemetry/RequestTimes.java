package dev.serin.telemetry;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.Histogram;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicLongArray;

/**
 * How long upstream tries took since the server started, in the buckets that the proxies count in.
 * Any thread may read.
 */
public final class RequestTimes {

  /**
   * Whose tries they were.
   *
   * @param cluster the mesh cluster of the proxies that made them
   */
  public record Answering(String tenant, String service, String version, String cluster) {}

  private final ConcurrentHashMap<Answering, AtomicLongArray> byPlace = new ConcurrentHashMap<>();

  void add(ClusterRole role, String meshCluster, Histogram latency) {
    // Another proxy's edges would have to be guessed into ours.
    if (!latency.le().equals(LatencyBuckets.LE_MS)) {
      return;
    }
    AtomicLongArray buckets =
        byPlace.computeIfAbsent(
            new Answering(
                role.service().tenant(), role.service().name(), role.version(), meshCluster),
            answering -> new AtomicLongArray(LatencyBuckets.LE_MS.length()));
    for (int i = 0; i < buckets.length(); i++) {
      buckets.addAndGet(i, latency.counts().get(i));
    }
  }

  /**
   * The counts of each bucket, up to its edge of {@link LatencyBuckets#LE_MS} and above the last.
   */
  public ImmutableMap<Answering, ImmutableLongArray> counts() {
    return ImmutableMap.copyOf(Maps.transformValues(byPlace, RequestTimes::copy));
  }

  private static ImmutableLongArray copy(AtomicLongArray buckets) {
    ImmutableLongArray.Builder copy = ImmutableLongArray.builder(buckets.length());
    for (int i = 0; i < buckets.length(); i++) {
      copy.add(buckets.get(i));
    }
    return copy.build();
  }
}
