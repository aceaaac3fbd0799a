package dev.serin.ads;

import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ProxyGroup.Client;
import java.util.Comparator;

/**
 * Proxies that are expected to accept and reject the same things.
 *
 * @param layer whether they take weights from Serin's runtime layer
 */
public record ProxyKind(String meshCluster, Client client, int major, int minor, boolean layer)
    implements Comparable<ProxyKind> {
  private static final Comparator<ProxyKind> ORDER =
      Comparator.comparing(ProxyKind::meshCluster)
          .thenComparing(ProxyKind::client)
          .thenComparingInt(ProxyKind::major)
          .thenComparingInt(ProxyKind::minor)
          .thenComparing(ProxyKind::layer);

  public static ProxyKind of(Proxy proxy) {
    ProxyGroup group = proxy.group();
    return new ProxyKind(
        group.meshCluster(), group.client(), group.major(), group.minor(), group.layer());
  }

  /**
   * As people and the journal know it, such as {@code east ENVOY 1.40} and {@code east ENVOY 1.40
   * layer}.
   */
  public String label() {
    return "%s %s %d.%d%s".formatted(meshCluster, client, major, minor, layer ? " layer" : "");
  }

  @Override
  public int compareTo(ProxyKind other) {
    return ORDER.compare(this, other);
  }
}
