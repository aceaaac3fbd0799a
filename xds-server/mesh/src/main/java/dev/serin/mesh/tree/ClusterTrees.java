package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.Resource;

/** The clusters that a plan adds to a base, as trees. */
final class ClusterTrees {
  private ClusterTrees() {}

  /**
   * A resource that Serin publishes.
   *
   * @param typed whether it says its type
   */
  static ObjectNode of(Resource resource, KeyStyle style, boolean typed) {
    try {
      JsonNode tree =
          Trees.of(
              EnvoyTypes.find(resource.typeUrl())
                  .orElseThrow()
                  .getParserForType()
                  .parseFrom(resource.value()),
              style);
      return typed ? typed(resource.typeUrl(), (ObjectNode) tree) : (ObjectNode) tree;
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(resource + " does not parse", e);
    }
  }

  private static ObjectNode typed(String url, ObjectNode tree) {
    ObjectNode typed = JsonNodeFactory.instance.objectNode();
    typed.put("@type", url);
    return typed.setAll(tree);
  }

  /**
   * A copy of a base's cluster under a name of its own, which finds the same endpoints and counts
   * its requests apart.
   */
  static ObjectNode copy(EnvoyResource cluster, String name) {
    KeyStyle style = cluster.style();
    ObjectNode copy = Written.copy(cluster.tree());
    copy.put("name", name);
    if (TreeFields.has(copy, "alt_stat_name")) {
      Trees.set(copy, "alt_stat_name", JsonNodeFactory.instance.textNode(name), style);
    }
    if (TreeFields.get(copy, "eds_cluster_config") instanceof ObjectNode discovery
        && TreeFields.text(discovery, "service_name").isEmpty()) {
      ObjectNode named = Written.copy(discovery);
      Trees.set(named, "service_name", JsonNodeFactory.instance.textNode(cluster.name()), style);
      Trees.set(copy, "eds_cluster_config", named, style);
    }
    return copy;
  }
}
