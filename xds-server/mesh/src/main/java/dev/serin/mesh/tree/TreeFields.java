package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/** Looks up fields by their names in the proto files, in whichever spelling they were written. */
final class TreeFields {
  private TreeFields() {}

  /** The key under which a field stands, or would stand. */
  static String key(ObjectNode tree, String field, KeyStyle style) {
    String camel = KeyStyle.camel(field);
    if (tree.has(field)) {
      return field;
    }
    return tree.has(camel) ? camel : style.key(field);
  }

  /** The value of a field; a missing node where there is none, or null. */
  static JsonNode get(JsonNode tree, String field) {
    JsonNode value = tree.path(field);
    if (value.isMissingNode()) {
      value = tree.path(KeyStyle.camel(field));
    }
    return value.isNull() ? MissingNode.getInstance() : value;
  }

  static boolean has(JsonNode tree, String field) {
    return !get(tree, field).isMissingNode();
  }

  /** A text; empty where there is none. */
  static String text(JsonNode tree, String field) {
    JsonNode value = get(tree, field);
    return value.isValueNode() ? value.asText() : "";
  }

  /** The maps in a list; whatever else is in it is left out. */
  static List<ObjectNode> maps(JsonNode tree, String field) {
    List<ObjectNode> maps = new ArrayList<>();
    for (JsonNode item : get(tree, field)) {
      if (item instanceof ObjectNode map) {
        maps.add(map);
      }
    }
    return maps;
  }
}
