package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import dev.serin.mesh.Encoding;
import dev.serin.mesh.tree.NewerParts.Part;
import dev.serin.mesh.tree.NewerParts.Step;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the bytes of a resource as they are served. What this build cannot encode, a type or a
 * field that it does not know, is a problem each and never left out in silence.
 */
public final class ResourceEncoder {
  /**
   * What became of a resource.
   *
   * @param value empty where there is a problem
   */
  public record Encoded(Optional<ByteString> value, ImmutableList<DocumentProblem> problems) {}

  private final EnvoyResource resource;
  private final List<DocumentProblem> problems = new ArrayList<>();
  private final List<Part> newer = new ArrayList<>();
  private final TypeRegistry.Builder types = TypeRegistry.newBuilder();

  private ResourceEncoder(EnvoyResource resource) {
    this.resource = resource;
  }

  /** Encodes deterministically: equal trees have equal bytes. */
  public static Encoded encode(EnvoyResource resource) {
    return new ResourceEncoder(resource).encode();
  }

  private Encoded encode() {
    Optional<Message> type = EnvoyTypes.find(resource.typeUrl());
    if (type.isEmpty()) {
      return failed(resource.typeUrl() + " (expected: a type that this build knows)");
    }
    JsonNode known =
        message(
            resource.tree(), type.get().getDescriptorForType(), new Place("", ImmutableList.of()));
    if (!problems.isEmpty()) {
      return new Encoded(Optional.empty(), ImmutableList.copyOf(problems));
    }
    try {
      Message.Builder builder = type.get().newBuilderForType();
      JsonFormat.parser().usingTypeRegistry(types.build()).merge(known.toString(), builder);
      Message message = builder.build();
      message = NewerParts.put(message, newer);
      return new Encoded(Optional.of(Encoding.bytes(message)), ImmutableList.of());
    } catch (InvalidProtocolBufferException | IllegalArgumentException e) {
      return failed(
          TreeBudget.shown(String.valueOf(e.getMessage()))
              + " (expected: a value of the field's type)");
    }
  }

  private Encoded failed(String message) {
    return new Encoded(Optional.empty(), ImmutableList.of(problem("", message)));
  }

  private DocumentProblem problem(String at, String message) {
    String path = at.isEmpty() ? "" : at + ": ";
    return resource.problem(resource.type() + " " + resource.name() + ": " + path + message);
  }

  /** Where the check is: for a reader, and as the way to it from the message. */
  private record Place(String path, ImmutableList<Step> way) {
    Place field(String key, FieldDescriptor field, int index) {
      String name = path.isEmpty() ? key : path + "." + key;
      return then(index < 0 ? name : name + "[" + index + "]", new Step.Into(field, index));
    }

    Place entry(String key, FieldDescriptor field, String name) {
      return then(
          (path.isEmpty() ? key : path + "." + key) + "[" + name + "]",
          new Step.Entry(field, name));
    }

    private Place then(String at, Step step) {
      return new Place(at, ImmutableList.<Step>builder().addAll(way).add(step).build());
    }

    boolean isOpened() {
      return !way.isEmpty() && way.getLast() instanceof Step.Open;
    }

    Place open() {
      return then(path, new Step.Open());
    }
  }

  /** The tree without what is newer; reports what nobody knows. */
  private JsonNode message(JsonNode tree, Descriptor type, Place at) {
    if (!(tree instanceof ObjectNode fields)) {
      return tree; // of another shape than a message, or a well-known type: the parser says so
    }
    if (type.getFullName().equals(Any.getDescriptor().getFullName())) {
      return any(fields, at);
    }
    if (type.getFile().getPackage().equals("google.protobuf")) {
      return tree;
    }
    Map<String, FieldDescriptor> byName = names(type);
    ObjectNode known = JsonNodeFactory.instance.objectNode();
    for (var field : fields.properties()) {
      String key = field.getKey();
      FieldDescriptor descriptor = byName.get(key);
      if (descriptor != null) {
        known.set(key, value(field.getValue(), key, descriptor, at));
      } else if (key.equals("@type") && (at.isOpened() || at.way().isEmpty())) {
        if (at.isOpened()) { // else the resource's own: no field of the message
          known.set(key, field.getValue());
        }
      } else if (NewerParts.isKnown(type.getFullName(), key)) {
        if (!field.getValue().isNull()) {
          newer.add(new Part(at.way(), key, field.getValue()));
        }
      } else {
        problems.add(
            problem(
                at.path(),
                key + " (expected: a field of " + type.getFullName() + " that this build knows)"));
      }
    }
    return known;
  }

  private JsonNode any(ObjectNode any, Place at) {
    Optional<String> url = ResourceTypes.named(any);
    if (url.isEmpty()) {
      if (!any.isEmpty()) {
        problems.add(problem(at.path(), "a map without @type (expected: one, naming its type)"));
      }
      return any;
    }
    Optional<Descriptor> type = EnvoyTypes.descriptor(url.get());
    if (type.isEmpty()) {
      problems.add(problem(at.path(), url.get() + " (expected: a type that this build knows)"));
      return any;
    }
    types.add(type.get());
    return message(any, type.get(), at.open());
  }

  private JsonNode value(JsonNode value, String key, FieldDescriptor field, Place at) {
    if (field.getJavaType() != FieldDescriptor.JavaType.MESSAGE) {
      return value;
    }
    if (field.isMapField()) {
      FieldDescriptor entry = field.getMessageType().findFieldByNumber(2);
      if (entry.getJavaType() != FieldDescriptor.JavaType.MESSAGE || !value.isObject()) {
        return value;
      }
      ObjectNode entries = JsonNodeFactory.instance.objectNode();
      value
          .properties()
          .forEach(item ->
              entries.set(
                  item.getKey(),
                  message(
                      item.getValue(),
                      entry.getMessageType(),
                      at.entry(key, field, item.getKey()))));
      return entries;
    }
    if (!field.isRepeated()) {
      return message(value, field.getMessageType(), at.field(key, field, -1));
    }
    if (!value.isArray()) {
      return value;
    }
    ArrayNode items = JsonNodeFactory.instance.arrayNode(value.size());
    for (int i = 0; i < value.size(); i++) {
      items.add(message(value.get(i), field.getMessageType(), at.field(key, field, i)));
    }
    return items;
  }

  private static Map<String, FieldDescriptor> names(Descriptor type) {
    Map<String, FieldDescriptor> names = new HashMap<>();
    for (FieldDescriptor field : type.getFields()) {
      names.put(field.getName(), field);
      names.put(field.getJsonName(), field);
    }
    return names;
  }
}
