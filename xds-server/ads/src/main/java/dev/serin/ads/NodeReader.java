package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Value;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ProxyGroup.Client;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Reads the {@link Proxy} out of the node that a client sends. Pure. */
public final class NodeReader {
  private static final Pattern VERSION = Pattern.compile("v?(\\d{1,6})\\.(\\d{1,6})(?:\\D.*)?");
  private static final String BIND = "SERIN_BIND";

  private final ImmutableList<ClusterRule> rules;
  private final AdsSettings.Limits limits;

  NodeReader(ImmutableList<ClusterRule> rules, AdsSettings.Limits limits) {
    this.rules = rules;
    this.limits = limits;
  }

  /** A proxy, or every reason why the node is none. */
  public sealed interface Result {
    record Known(Proxy proxy) implements Result {}

    record Refused(ImmutableList<String> problems) implements Result {}
  }

  /**
   * "Basic protocol overview": the first message of a stream has the node.
   *
   * @param first the first message of a stream
   */
  Result read(Ask first) {
    if (first instanceof Ask.Malformed(String problem)) {
      return refused(problem);
    }
    ByteString given = first.node();
    if (given == null) {
      return refused("node: missing (expected: in the first message of the stream)");
    }
    try {
      return read(Node.parseFrom(given));
    } catch (InvalidProtocolBufferException e) {
      return refused("node: " + e.getMessage() + " (expected: envoy.config.core.v3.Node)");
    }
  }

  /** What a server with default settings reads out of a node. */
  public static Result readByDefault(Node node) {
    AdsSettings settings = AdsSettings.DEFAULT;
    return new NodeReader(settings.clusterOf(), settings.limits()).read(node);
  }

  private static Result refused(String problem) {
    return new Result.Refused(ImmutableList.of(problem));
  }

  Result read(Node node) {
    List<String> problems = new ArrayList<>();
    bounded("node.id", node.getId(), problems);
    if (node.getId().isEmpty()) {
      problems.add("node.id: empty (expected: a name that is this proxy's alone)");
    }
    bounded("node.cluster", node.getCluster(), problems);
    bounded("node.locality.region", node.getLocality().getRegion(), problems);
    int metadataBytes = node.getMetadata().getSerializedSize();
    if (metadataBytes > limits.maxMetadataBytes()) {
      problems.add(
          "node.metadata: %d bytes (expected: at most %d)"
              .formatted(metadataBytes, limits.maxMetadataBytes()));
    }
    String meshCluster = ClusterRule.meshCluster(rules, node);
    bounded("mesh cluster", meshCluster, problems);
    String bind = text(node, BIND).orElse("127.0.0.1");
    if (!InetAddresses.isInetAddress(bind)) {
      problems.add(
          "node.metadata.%s: \"%s\" (expected: an IP address)".formatted(BIND, shortened(bind)));
    }
    if (!problems.isEmpty()) {
      return new Result.Refused(ImmutableList.copyOf(problems));
    }
    Version version = version(node);
    return new Result.Known(
        new Proxy(
            node.getId(),
            node.getCluster(),
            new ProxyGroup(
                meshCluster,
                node.getLocality().getRegion(),
                client(node),
                version.major(),
                version.minor(),
                bind)));
  }

  private void bounded(String what, String value, List<String> problems) {
    if (value.length() > limits.maxNameChars()) {
      problems.add(
          "%s: %d characters (expected: at most %d)"
              .formatted(what, value.length(), limits.maxNameChars()));
    }
  }

  private static Optional<String> text(Node node, String key) {
    return Optional.ofNullable(node.getMetadata().getFieldsMap().get(key))
        .map(Value::getStringValue)
        .filter(s -> !s.isEmpty());
  }

  private static Client client(Node node) {
    String name = node.getUserAgentName();
    if (name.equals("envoy")) {
      return Client.ENVOY;
    }
    return name.startsWith("gRPC") ? Client.GRPC : Client.UNKNOWN;
  }

  private record Version(int major, int minor) {}

  /** Envoy sends numbers, gRPC clients a text such as {@code 1.85.0}. */
  private static Version version(Node node) {
    if (node.hasUserAgentBuildVersion()) {
      var version = node.getUserAgentBuildVersion().getVersion();
      return new Version(version.getMajorNumber(), version.getMinorNumber());
    }
    Matcher matcher = VERSION.matcher(node.getUserAgentVersion());
    return matcher.matches()
        ? new Version(Integer.parseInt(matcher.group(1)), Integer.parseInt(matcher.group(2)))
        : new Version(0, 0);
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
