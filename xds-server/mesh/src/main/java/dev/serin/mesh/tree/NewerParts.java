package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.serin.mesh.Encoding;
import dev.serin.mesh.overlay.NewerFields;
import dev.serin.mesh.overlay.NewerFields.CookieMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * The fields that are newer than our classes and that Serin knows nevertheless ({@link
 * NewerFields}): they are taken out of a tree before it is parsed, and put into the message after.
 */
final class NewerParts {
  /** A step on the way from a message to one inside it. */
  sealed interface Step {
    /** A field; {@code index} is -1 for one that is not repeated. */
    record Into(FieldDescriptor field, int index) implements Step {}

    /** The value of a map's entry. */
    record Entry(FieldDescriptor field, String key) implements Step {}

    /** Into what an Any carries. */
    record Open() implements Step {}
  }

  /** A value that was taken out, with the way to the message that it belongs to. */
  record Part(ImmutableList<Step> way, String field, JsonNode value) {}

  private NewerParts() {}

  /** Whether Serin can write this field of this message though the classes do not know it. */
  static boolean isKnown(String message, String field) {
    return (message.equals(RouteMatch.getDescriptor().getFullName()) && field.equals("cookies"))
        || (message.equals(WeightedCluster.getDescriptor().getFullName())
            && (field.equals("use_hash_policy") || field.equals("useHashPolicy")));
  }

  /** The message with all parts in their places. */
  static Message put(Message message, List<Part> parts) throws InvalidProtocolBufferException {
    return put(message, parts, 0);
  }

  /** Each message on the way is made anew once, however many parts are inside it. */
  private static Message put(Message message, List<Part> parts, int at)
      throws InvalidProtocolBufferException {
    Message put = message;
    Map<Step, List<Part>> further = new LinkedHashMap<>();
    for (Part part : parts) {
      if (part.way().size() == at) {
        put = here(put, part.value());
      } else {
        further.computeIfAbsent(part.way().get(at), step -> new ArrayList<>()).add(part);
      }
    }
    if (further.isEmpty()) {
      return put;
    }
    Message.Builder builder = put.toBuilder();
    for (Map.Entry<Step, List<Part>> step : further.entrySet()) {
      into(builder, step.getKey(), step.getValue(), at + 1);
    }
    return builder.build();
  }

  private static void into(Message.Builder builder, Step step, List<Part> parts, int at)
      throws InvalidProtocolBufferException {
    switch (step) {
      case Step.Open open -> {
        Any.Builder any = (Any.Builder) builder;
        Message inside =
            EnvoyTypes.find(any.getTypeUrl())
                .orElseThrow()
                .getParserForType()
                .parseFrom(any.getValue());
        any.setValue(Encoding.bytes(put(inside, parts, at)));
      }
      case Step.Into(FieldDescriptor field, int index) -> {
        if (index < 0) {
          builder.setField(field, put((Message) builder.getField(field), parts, at));
        } else {
          Message item = (Message) builder.getRepeatedField(field, index);
          builder.setRepeatedField(field, index, put(item, parts, at));
        }
      }
      case Step.Entry(FieldDescriptor field, String key) -> {
        for (int i = 0; i < builder.getRepeatedFieldCount(field); i++) {
          Message entry = (Message) builder.getRepeatedField(field, i);
          FieldDescriptor name = field.getMessageType().findFieldByNumber(1);
          FieldDescriptor value = field.getMessageType().findFieldByNumber(2);
          if (entry.getField(name).toString().equals(key)) {
            Message changed = put((Message) entry.getField(value), parts, at);
            builder.setRepeatedField(field, i, entry.toBuilder().setField(value, changed).build());
          }
        }
      }
    }
  }

  private static Message here(Message message, JsonNode value)
      throws InvalidProtocolBufferException {
    if (message instanceof RouteMatch match) {
      RouteMatch.Builder builder = match.toBuilder();
      if (!value.isArray()) {
        throw new InvalidProtocolBufferException("cookies " + value + " (expected: a list)");
      }
      for (JsonNode cookie : value) {
        NewerFields.addCookie(builder, cookie(cookie));
      }
      return builder.build();
    }
    if (!value.isBoolean()) {
      throw new InvalidProtocolBufferException(
          "use_hash_policy " + value + " (expected: true or false)");
    }
    WeightedCluster.Builder weighted = ((WeightedCluster) message).toBuilder();
    if (value.booleanValue()) {
      NewerFields.useHashPolicy(weighted);
    }
    return weighted.build();
  }

  private static CookieMatcher cookie(JsonNode cookie) throws InvalidProtocolBufferException {
    Set<String> known =
        Set.of("name", "string_match", "stringMatch", "invert_match", "invertMatch");
    if (!(cookie instanceof ObjectNode fields)
        || fields.properties().stream().anyMatch(field -> !known.contains(field.getKey()))) {
      throw new InvalidProtocolBufferException(
          "cookie " + cookie + " (expected: name, string_match, invert_match)");
    }
    StringMatcher.Builder match = StringMatcher.newBuilder();
    JsonNode text = TreeFields.get(fields, "string_match");
    if (text.isObject()) {
      JsonFormat.parser().merge(text.toString(), match);
    }
    JsonNode invert = TreeFields.get(fields, "invert_match");
    return new CookieMatcher(TreeFields.text(fields, "name"), match.build(), invert.booleanValue());
  }
}
