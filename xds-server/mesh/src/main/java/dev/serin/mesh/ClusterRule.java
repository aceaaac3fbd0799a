package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Value;
import io.envoyproxy.envoy.config.core.v3.Node;
import java.util.List;
import java.util.Optional;

/**
 * One way to name the mesh cluster that a proxy belongs to; of a list the first that answers
 * counts.
 */
public sealed interface ClusterRule {
  /** The mesh cluster of a proxy for which no rule answers. */
  String DEFAULT_CLUSTER = "default";

  /** Those of a server with default settings: metadata {@code CLUSTER_ID}, then the region. */
  ImmutableList<ClusterRule> DEFAULT_RULES =
      ImmutableList.of(new Metadata("CLUSTER_ID"), new Region());

  /** The string that the node's metadata has under {@code key}. */
  record Metadata(String key) implements ClusterRule {}

  /** The region of the node's locality. */
  record Region() implements ClusterRule {}

  /** The zone of the node's locality. */
  record Zone() implements ClusterRule {}

  /** This name, whatever the node. */
  record Named(String name) implements ClusterRule {}

  /** The mesh cluster of a node: of the rules the first that answers. */
  static String meshCluster(List<ClusterRule> rules, Node node) {
    for (ClusterRule rule : rules) {
      Optional<String> name =
          switch (rule) {
            case Metadata(String key) -> metadata(node, key);
            case Region r -> present(node.getLocality().getRegion());
            case Zone z -> present(node.getLocality().getZone());
            case Named(String fixed) -> Optional.of(fixed);
          };
      if (name.isPresent()) {
        return name.get();
      }
    }
    return DEFAULT_CLUSTER;
  }

  private static Optional<String> metadata(Node node, String key) {
    return Optional.ofNullable(node.getMetadata().getFieldsMap().get(key))
        .map(Value::getStringValue)
        .filter(text -> !text.isEmpty());
  }

  private static Optional<String> present(String text) {
    return Optional.of(text).filter(t -> !t.isEmpty());
  }
}
