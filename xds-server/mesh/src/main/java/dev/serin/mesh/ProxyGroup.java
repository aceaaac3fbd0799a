package dev.serin.mesh;

import com.google.protobuf.Value;
import dev.serin.mesh.overlay.Capabilities;
import dev.serin.mesh.overlay.Capabilities.Cookies;
import dev.serin.mesh.overlay.RuntimeLayer;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

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
 * @param layer whether it is an Envoy whose bootstrap has Serin's runtime layer: its metadata
 *     {@code SERIN_RUNTIME} names it
 */
public record ProxyGroup(
    String meshCluster,
    String region,
    Client client,
    int major,
    int minor,
    String bindAddress,
    boolean layer) {

  /** Of proxies without the runtime layer. */
  public ProxyGroup(
      String meshCluster, String region, Client client, int major, int minor, String bindAddress) {
    this(meshCluster, region, client, major, minor, bindAddress, false);
  }

  /** The kinds of xDS clients that differ in what they honour. */
  public enum Client {
    ENVOY,
    /** A proxyless gRPC client: it silently ignores what it does not know. */
    GRPC,
    UNKNOWN
  }

  /** The key of the node's metadata that names the address of its listeners. */
  public static final String BIND = "SERIN_BIND";

  /** The key of the node's metadata that names the runtime layer of its bootstrap. */
  public static final String RUNTIME = "SERIN_RUNTIME";

  private static final Value NOTHING = Value.getDefaultInstance();

  /** Envoy sends numbers, gRPC clients a text such as {@code 1.85.0}. */
  private static final Pattern VERSION = Pattern.compile("v?(\\d{1,6})\\.(\\d{1,6})(?:\\D.*)?");

  /**
   * What a node says of itself. Nothing is checked.
   *
   * @param meshCluster by the server's rules: {@link ClusterRule#meshCluster}
   */
  public static ProxyGroup of(Node node, String meshCluster) {
    String bind = node.getMetadata().getFieldsOrDefault(BIND, NOTHING).getStringValue();
    int major = 0;
    int minor = 0;
    Matcher text = VERSION.matcher(node.getUserAgentVersion());
    if (node.hasUserAgentBuildVersion()) {
      major = node.getUserAgentBuildVersion().getVersion().getMajorNumber();
      minor = node.getUserAgentBuildVersion().getVersion().getMinorNumber();
    } else if (text.matches()) {
      major = Integer.parseInt(text.group(1));
      minor = Integer.parseInt(text.group(2));
    }
    Client client = client(node.getUserAgentName());
    return new ProxyGroup(
        meshCluster,
        node.getLocality().getRegion(),
        client,
        major,
        minor,
        bind.isEmpty() ? "127.0.0.1" : bind,
        client == Client.ENVOY && runtimeLayer(node).equals(RuntimeLayer.NAME));
  }

  /** The runtime layer that a node says its bootstrap has for Serin; empty when none. */
  public static String runtimeLayer(Node node) {
    return node.getMetadata().getFieldsOrDefault(RUNTIME, NOTHING).getStringValue();
  }

  /** The same proxies, with the weights in their route tables. */
  public ProxyGroup withoutLayer() {
    return new ProxyGroup(meshCluster, region, client, major, minor, bindAddress, false);
  }

  private static Client client(String userAgent) {
    if (userAgent.equals("envoy")) {
      return Client.ENVOY;
    }
    return userAgent.startsWith("gRPC") ? Client.GRPC : Client.UNKNOWN;
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
              meshCluster,
              layer);
      case GRPC, UNKNOWN -> new Capabilities(false, Cookies.NONE, region, meshCluster);
    };
  }
}
