package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.net.InetAddresses;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.ClusterRule;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.overlay.RuntimeLayer;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.ArrayList;
import java.util.List;

/** Reads the {@link Proxy} out of the node that a client sends. Pure. */
final class NodeReader {
  private final ImmutableList<ClusterRule> rules;
  private final AdsSettings.Limits limits;

  NodeReader(ImmutableList<ClusterRule> rules, AdsSettings.Limits limits) {
    this.rules = rules;
    this.limits = limits;
  }

  /** A proxy, or every reason why the node is none. */
  sealed interface Result {
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
    ProxyGroup group = ProxyGroup.of(node, meshCluster);
    String bind = group.bindAddress();
    if (!InetAddresses.isInetAddress(bind)) {
      problems.add(
          "node.metadata.%s: \"%s\" (expected: an IP address)"
              .formatted(ProxyGroup.BIND, shortened(bind)));
    }
    String layer = ProxyGroup.runtimeLayer(node);
    if (!layer.isEmpty() && !layer.equals(RuntimeLayer.NAME)) {
      problems.add(
          "node.metadata.%s: \"%s\" (expected: %s, the name of the layer in the bootstrap)"
              .formatted(ProxyGroup.RUNTIME, shortened(layer), RuntimeLayer.NAME));
    }
    if (!problems.isEmpty()) {
      return new Result.Refused(ImmutableList.copyOf(problems));
    }
    return new Result.Known(new Proxy(node.getId(), node.getCluster(), group));
  }

  private void bounded(String what, String value, List<String> problems) {
    if (value.length() > limits.maxNameChars()) {
      problems.add(
          "%s: %d characters (expected: at most %d)"
              .formatted(what, value.length(), limits.maxNameChars()));
    }
  }

  private static String shortened(String text) {
    return text.length() <= 80 ? text : text.substring(0, 80) + "...";
  }
}
