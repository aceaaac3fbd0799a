package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import java.util.Collection;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Set;

/** Makes new trees of old ones; what did not change is shared. */
final class Trees {
  private Trees() {}

  /** A tree with some of its nodes, told by identity, replaced; itself where none is in it. */
  @SuppressWarnings("ReferenceEquality") // the very node, not an equal one
  static JsonNode replace(JsonNode node, IdentityHashMap<JsonNode, JsonNode> trees) {
    JsonNode other = trees.get(node);
    if (other != null) {
      return other;
    }
    if (node instanceof ObjectNode fields) {
      ObjectNode copy = null;
      for (var field : fields.properties()) {
        JsonNode value = replace(field.getValue(), trees);
        if (value != field.getValue()) {
          copy = copy == null ? Written.copy(fields) : copy;
          copy.set(field.getKey(), value);
        }
      }
      return copy == null ? node : copy;
    }
    if (node.isArray()) {
      ArrayNode copy = JsonNodeFactory.instance.arrayNode(node.size());
      boolean changed = false;
      for (JsonNode item : node) {
        JsonNode value = replace(item, trees);
        changed |= value != item;
        copy.add(value);
      }
      return changed ? copy : node;
    }
    return node;
  }

  /** A message of protobuf as a tree, in this style. */
  static JsonNode of(MessageOrBuilder message, KeyStyle style) {
    TypeRegistry.Builder types = TypeRegistry.newBuilder();
    carried(message, types);
    JsonFormat.Printer printer =
        JsonFormat.printer().usingTypeRegistry(types.build()).omittingInsignificantWhitespace();
    try {
      String json =
          switch (style) {
            case SNAKE -> printer.preservingProtoFieldNames().print(message);
            case CAMEL -> printer.print(message);
          };
      TreeBudget budget = new TreeBudget("message");
      JsonTreeReader.read(json, budget);
      return budget.documents().getFirst();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException("a message of a type that is not on the class path", e);
    }
  }

  /** The types of what a message carries as Any. */
  private static void carried(MessageOrBuilder message, TypeRegistry.Builder types) {
    if (message instanceof Any any) {
      EnvoyTypes.find(any.getTypeUrl())
          .ifPresent(type -> {
            types.add(type.getDescriptorForType());
            try {
              carried(type.getParserForType().parseFrom(any.getValue()), types);
            } catch (InvalidProtocolBufferException e) {
              throw new IllegalArgumentException(any.getTypeUrl() + " does not parse", e);
            }
          });
      return;
    }
    message
        .getAllFields()
        .forEach((field, value) -> {
          if (field.getJavaType() == FieldDescriptor.JavaType.MESSAGE) {
            List<?> values = field.isRepeated() ? (List<?>) value : List.of(value);
            values.forEach(item -> carried((MessageOrBuilder) item, types));
          }
        });
  }

  /** A map to be changed: a copy, or a new one where there is none. */
  static ObjectNode copyOrNew(JsonNode tree) {
    return tree instanceof ObjectNode fields
        ? Written.copy(fields)
        : JsonNodeFactory.instance.objectNode();
  }

  static ArrayNode list(Collection<? extends JsonNode> items) {
    return JsonNodeFactory.instance.arrayNode(items.size()).addAll(List.copyOf(items));
  }

  /** Sets a field under the key that it has already; as the last one where it has none. */
  static void set(ObjectNode tree, String field, JsonNode value, KeyStyle style) {
    tree.set(TreeFields.key(tree, field, style), value);
  }

  static void remove(ObjectNode tree, String field) {
    tree.remove(List.of(field, KeyStyle.camel(field)));
  }

  /** Adds to a list that may not be there. */
  static void append(
      ObjectNode tree, String field, Collection<? extends JsonNode> items, KeyStyle style) {
    if (!items.isEmpty()) {
      ArrayNode all = JsonNodeFactory.instance.arrayNode();
      TreeFields.get(tree, field).forEach(all::add);
      set(tree, field, all.addAll(List.copyOf(items)), style);
    }
  }

  /** Sets fields as protobuf merges messages: lists grow, messages merge, values are replaced. */
  static void merge(ObjectNode tree, ObjectNode fields, KeyStyle style) {
    for (var entry : fields.properties()) {
      String field = DocumentParts.snake(entry.getKey());
      JsonNode value = entry.getValue();
      JsonNode present = TreeFields.get(tree, field);
      if (value.isArray()) {
        append(tree, field, ImmutableList.copyOf(value), style);
      } else if (value instanceof ObjectNode more && present.isObject() && !more.has("@type")) {
        ObjectNode merged = copyOrNew(present);
        merge(merged, more, style);
        set(tree, field, merged, style);
      } else {
        set(tree, field, value, style);
      }
    }
  }

  /** The tree with one of several fields that exclude one another, in the place of the first. */
  static ObjectNode choose(
      ObjectNode tree, Set<String> alternatives, String field, JsonNode value, KeyStyle style) {
    ObjectNode chosen = Written.copy(tree).removeAll();
    boolean set = false;
    for (var entry : tree.properties()) {
      String name = entry.getKey();
      if (!alternatives.contains(name) && !alternatives.contains(DocumentParts.snake(name))) {
        chosen.set(name, entry.getValue());
      } else if (!set) {
        chosen.set(TreeFields.key(tree, field, style), value);
        set = true;
      }
    }
    if (!set) {
      chosen.set(style.key(field), value);
    }
    return chosen;
  }
}
