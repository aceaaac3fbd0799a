package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import java.util.IdentityHashMap;
import java.util.function.Function;

/**
 * One document of a file.
 *
 * @param tree as a whole
 * @param resources those in it, in its order
 */
public record EnvoyDocument(
    String file, Form form, JsonNode tree, ImmutableList<EnvoyResource> resources) {

  /** How resources stand in a document. */
  public enum Form {
    RESOURCE,
    LIST,
    CONFIG_DUMP,
    DISCOVERY_RESPONSE
  }

  /**
   * The document with its resources edited; the same tree where none is.
   *
   * @param edit gives a resource's own tree back where it stays as it is
   */
  @SuppressWarnings("ReferenceEquality") // the very node, not an equal one
  public JsonNode with(Function<EnvoyResource, ObjectNode> edit) {
    IdentityHashMap<JsonNode, JsonNode> trees = new IdentityHashMap<>();
    for (EnvoyResource resource : resources) {
      ObjectNode other = edit.apply(resource);
      if (other != resource.tree()) {
        trees.put(resource.tree(), other);
      }
    }
    return trees.isEmpty() ? tree : Trees.replace(tree, trees);
  }
}
