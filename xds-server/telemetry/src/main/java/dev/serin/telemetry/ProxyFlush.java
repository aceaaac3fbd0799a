package dev.serin.telemetry;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import java.time.Instant;

/**
 * What one proxy counted since its previous flush.
 *
 * @param receivedAt on the server's clock; the proxies' clocks are not asked
 * @param clusters by Envoy cluster name; idle ones may be absent
 */
public record ProxyFlush(
    String nodeId,
    String meshCluster,
    Instant receivedAt,
    ImmutableSortedMap<String, ArmCounts> clusters) {}
