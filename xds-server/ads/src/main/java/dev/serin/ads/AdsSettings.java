package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.ClusterRule;
import java.time.Duration;

/**
 * How the ADS server behaves.
 *
 * @param clusterOf the rules that name a proxy's mesh cluster, first match first
 * @param drain how long an unreferenced cluster is kept at a proxy before it is removed
 * @param retention how long a proxy that went away is listed and its rejections are remembered
 * @param limits what a client may ask for at most
 */
public record AdsSettings(
    ImmutableList<ClusterRule> clusterOf, Duration drain, Duration retention, Limits limits) {

  /** The rules of the documentation, 30 s, an hour, the default limits. */
  public static final AdsSettings DEFAULT =
      new AdsSettings(
          ClusterRule.DEFAULT_RULES, Duration.ofSeconds(30), Duration.ofHours(1), Limits.DEFAULT);

  public AdsSettings {
    if (drain.isNegative() || retention.isNegative()) {
      throw new IllegalArgumentException(
          "drain: " + drain + ", retention: " + retention + " (expected: not negative)");
    }
  }

  public AdsSettings withDrain(Duration wanted) {
    return new AdsSettings(clusterOf, wanted, retention, limits);
  }

  public AdsSettings withClusterOf(ImmutableList<ClusterRule> rules) {
    return new AdsSettings(rules, drain, retention, limits);
  }

  /**
   * Bounds on what a client sends.
   *
   * @param maxMetadataBytes encoded size of the node's metadata
   * @param maxNames names subscribed to, one type of one stream
   * @param maxNameChars length of a name, a node id, a mesh cluster
   * @param maxTypes resource types asked for on one stream
   * @param maxGoneProxies proxies that went away and are still remembered
   */
  public record Limits(
      int maxMetadataBytes, int maxNames, int maxNameChars, int maxTypes, int maxGoneProxies) {
    public static final Limits DEFAULT = new Limits(64 << 10, 50_000, 1_024, 32, 100_000);
  }
}
