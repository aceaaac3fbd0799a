package dev.serin.telemetry;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import java.time.Instant;
import java.util.Optional;

/**
 * What one proxy counted since its previous flush.
 *
 * @param receivedAt on the server's clock; the proxies' clocks are not asked
 * @param clusters by Envoy cluster name; idle ones may be absent
 * @param open requests under way, by Envoy cluster name; empty where the proxy does not report them
 */
public record ProxyFlush(
    String nodeId,
    String meshCluster,
    Instant receivedAt,
    ImmutableSortedMap<String, ArmCounts> clusters,
    Optional<ImmutableSortedMap<String, Long>> open) {

  /** Of a proxy that does not report what is under way. */
  public ProxyFlush(
      String nodeId,
      String meshCluster,
      Instant receivedAt,
      ImmutableSortedMap<String, ArmCounts> clusters) {
    this(nodeId, meshCluster, receivedAt, clusters, Optional.empty());
  }
}
