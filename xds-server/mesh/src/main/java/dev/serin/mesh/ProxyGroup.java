package dev.serin.mesh;

import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.Capabilities.Cookies;

/**
 * What the rendering of a proxy's configuration depends on. Proxies of one group share one {@link
 * Snapshot}.
 *
 * @param meshCluster where the proxy runs, by the rule {@code mesh.clusterOf}
 * @param region of its locality; empty when it names none
 * @param client what it is
 * @param major of its version; 0 when unknown
 * @param minor of its version
 * @param bindAddress where its listeners bind: the node's metadata {@code SERIN_BIND}, default
 *     {@code 127.0.0.1}
 */
public record ProxyGroup(
    String meshCluster, String region, Client client, int major, int minor, String bindAddress) {

  /** The kinds of xDS clients that differ in what they honour. */
  public enum Client {
    ENVOY,
    /** A proxyless gRPC client: it silently ignores what it does not know. */
    GRPC,
    UNKNOWN
  }

  /** Whether this is an Envoy of at least that version. */
  public boolean isEnvoyAtLeast(int wantedMajor, int wantedMinor) {
    return client == Client.ENVOY
        && (major > wantedMajor || (major == wantedMajor && minor >= wantedMinor));
  }

  /** What these proxies honour. A client of an unknown kind counts as the least able. */
  public Capabilities capabilities() {
    return switch (client) {
      case ENVOY ->
          new Capabilities(
              isEnvoyAtLeast(1, 36),
              isEnvoyAtLeast(1, 37) ? Cookies.NATIVE : Cookies.BY_HEADER,
              region,
              meshCluster);
      case GRPC, UNKNOWN -> new Capabilities(false, Cookies.NONE, region, meshCluster);
    };
  }
}
