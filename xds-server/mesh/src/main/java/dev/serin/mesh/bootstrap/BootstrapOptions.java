package dev.serin.mesh.bootstrap;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.net.InetAddresses;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.overlay.RuntimeLayer;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * What differs between the bootstraps of two proxies.
 *
 * @param node who the proxy says it is
 * @param server where Serin's xDS port is
 * @param admin where Envoy's admin interface listens; it has no authentication, so loopback unless
 *     the host is a container of its own
 * @param ads the protocol variant
 */
public record BootstrapOptions(Node node, Server server, Address admin, Ads ads) {

  /** The two variants of the aggregated discovery service. */
  public enum Ads {
    /** Sends what changed. */
    DELTA,
    /** Sends everything of a type on every change. */
    STATE_OF_THE_WORLD
  }

  /**
   * The node as Envoy presents it.
   *
   * @param id unique in the fleet
   * @param cluster the kind of proxy, say {@code gateway}
   * @param metadata {@code CLUSTER_ID} names the mesh cluster, {@code SERIN_BIND} the address that
   *     its listeners bind, {@code SERIN_RUNTIME: serin} the runtime layer by which it takes the
   *     weights of rollouts
   */
  public record Node(
      String id,
      String cluster,
      Optional<String> region,
      Optional<String> zone,
      ImmutableSortedMap<String, String> metadata) {}

  /** Host (a DNS name or an address) and port. */
  public record Address(String host, int port) {}

  /**
   * Serin's xDS listener.
   *
   * @param token the bearer token that it asks for; it stands in the bootstrap in clear
   */
  public record Server(Address address, Optional<Tls> tls, Optional<String> token) {
    /** One that asks for no token. */
    public Server(Address address, Optional<Tls> tls) {
      this(address, tls, Optional.empty());
    }
  }

  /**
   * How the proxy secures its connection to Serin; files are read by Envoy on its own host.
   *
   * @param caFile who may have signed Serin's certificate, which must carry the host's name
   * @param identity the proxy's own certificate where Serin wants one
   */
  public record Tls(String caFile, Optional<Identity> identity) {}

  /** A certificate chain and its private key, in PEM files. */
  public record Identity(String certFile, String keyFile) {}

  private static final int MAX_LENGTH = 256;
  private static final Pattern KEY = Pattern.compile("[A-Za-z_][A-Za-z0-9_.-]{0,62}");

  /** RFC 6750 calls it b64token. */
  private static final Pattern TOKEN = Pattern.compile("[A-Za-z0-9._~+/-]{1,1024}=*");

  private static final Pattern DNS =
      Pattern.compile("(?!.*\\.\\d+$)[A-Za-z0-9_][A-Za-z0-9_-]*(\\.[A-Za-z0-9_-]+)*\\.?");

  /** The options of a proxy on the same machine as a Serin with its default ports. */
  public static BootstrapOptions local(String nodeId) {
    return new BootstrapOptions(
        new Node(nodeId, "gateway", Optional.empty(), Optional.empty(), ImmutableSortedMap.of()),
        new Server(new Address("127.0.0.1", 18000), Optional.empty()),
        new Address("127.0.0.1", 19000),
        Ads.DELTA);
  }

  /** Everything wrong with these options, one sentence each; empty when they can be rendered. */
  public ImmutableList<String> problems() {
    ImmutableList.Builder<String> found = ImmutableList.builder();
    text(found, "node id", node.id());
    text(found, "node cluster", node.cluster());
    node.region().ifPresent(region -> text(found, "region", region));
    node.zone().ifPresent(zone -> text(found, "zone", zone));
    node.metadata().forEach((key, value) -> metadata(found, key, value));
    host(found, "server host", server.address().host());
    port(found, "server port", server.address().port(), 1);
    server
        .token()
        .filter(token -> !TOKEN.matcher(token).matches())
        .ifPresent(token ->
            found.add("token: " + token.length() + " characters (expected: " + TOKEN + ")"));
    if (!InetAddresses.isInetAddress(admin.host())) {
      found.add("admin host: " + shown(admin.host()) + " (expected: an IP address)");
    }
    port(found, "admin port", admin.port(), 0);
    server
        .tls()
        .ifPresent(tls -> {
          text(found, "ca file", tls.caFile());
          tls.identity()
              .ifPresent(identity -> {
                text(found, "certificate file", identity.certFile());
                text(found, "key file", identity.keyFile());
              });
        });
    return found.build();
  }

  private static void metadata(ImmutableList.Builder<String> found, String key, String value) {
    if (!KEY.matcher(key).matches()) {
      found.add("metadata key: " + shown(key) + " (expected: " + KEY.pattern() + ")");
    }
    text(found, "metadata value", value);
    if (key.equals("SERIN_BIND") && !InetAddresses.isInetAddress(value)) {
      found.add("SERIN_BIND: " + shown(value) + " (expected: an IP address)");
    }
    if (key.equals(ProxyGroup.RUNTIME) && !value.equals(RuntimeLayer.NAME)) {
      found.add(key + ": " + shown(value) + " (expected: " + RuntimeLayer.NAME + ")");
    }
  }

  private static void text(ImmutableList.Builder<String> found, String what, String value) {
    boolean printable = value.codePoints().allMatch(BootstrapOptions::isPrintable);
    if (value.isBlank() || value.length() > MAX_LENGTH || !printable) {
      found.add(
          what + ": " + shown(value) + " (expected: 1 to " + MAX_LENGTH + " printable characters)");
    }
  }

  private static void host(ImmutableList.Builder<String> found, String what, String value) {
    boolean dns = value.length() <= 253 && DNS.matcher(value).matches();
    if (!dns && !InetAddresses.isInetAddress(value)) {
      found.add(what + ": " + shown(value) + " (expected: a DNS name or an IP address)");
    }
  }

  private static void port(ImmutableList.Builder<String> found, String what, int value, int least) {
    if (value < least || value > 65_535) {
      found.add(what + ": " + value + " (expected: " + least + "..65535)");
    }
  }

  private static boolean isPrintable(int codePoint) {
    return switch (Character.getType(codePoint)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.SURROGATE,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.UNASSIGNED ->
          false;
      default -> true;
    };
  }

  /** The value as a message may show it: short and on one line. */
  private static String shown(String value) {
    StringBuilder shown = new StringBuilder("\"");
    value.codePoints().limit(80).forEach(c -> shown.appendCodePoint(isPrintable(c) ? c : '\uFFFD'));
    return shown.append('"').toString();
  }
}
