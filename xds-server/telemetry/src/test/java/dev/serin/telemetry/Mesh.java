package dev.serin.telemetry;

import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import dev.serin.mesh.overlay.Split;
import dev.serin.policy.ResourceName;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** The mesh that the tests measure: an HTTP service with a cohort, and a gRPC service. */
final class Mesh {
  static final ResourceName SHOP = ResourceName.parse("shop");
  static final ResourceName PAY = ResourceName.parse("pay");
  static final ResourceName ROLLOUT = ResourceName.parse("shop-v2");
  static final ServedClusters SERVED =
      ServedClusters.of(
          Map.of(
              "shop|v1", new ClusterRole(SHOP, "v1", Optional.empty()),
              "shop|v2", new ClusterRole(SHOP, "v2", Optional.empty()),
              "shop|v1|cohort/staff", new ClusterRole(SHOP, "v1", Optional.of("staff")),
              "shop|v1|baseline", new ClusterRole(SHOP, "v1", Optional.of(Split.BASELINE)),
              "shop|v2|cohort/staff", new ClusterRole(SHOP, "v2", Optional.of("staff")),
              "outbound|80|v1|pay.shop.svc", new ClusterRole(PAY, "v1", Optional.empty())),
          Set.of(PAY),
          Map.of(SHOP, "v1", PAY, "v1"));

  private Mesh() {}

  /** Counts of which all took between 4 and 5 ms. */
  static ArmCounts counts(long requests, long errors) {
    long[] buckets = new long[LatencyBuckets.LE_MS.length()];
    buckets[4] = requests;
    return new ArmCounts(
        requests, errors, new Histogram(LatencyBuckets.LE_MS, ImmutableLongArray.copyOf(buckets)));
  }
}
