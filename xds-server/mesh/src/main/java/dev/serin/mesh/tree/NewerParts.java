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

  static Message put(Message message, Part part) throws InvalidProtocolBufferException {
    return put(message, part, 0);
  }

  private static Message put(Message message, Part part, int at)
      throws InvalidProtocolBufferException {
    if (at == part.way().size()) {
      return here(message, part.value());
    }
    return switch (part.way().get(at)) {
      case Step.Open open -> {
        Any any = (Any) message;
        Message inside =
            EnvoyTypes.find(any.getTypeUrl())
                .orElseThrow()
                .getParserForType()
                .parseFrom(any.getValue());
        yield any.toBuilder().setValue(Encoding.bytes(put(inside, part, at + 1))).build();
      }
      case Step.Into(FieldDescriptor field, int index) -> {
        Message.Builder builder = message.toBuilder();
        if (index < 0) {
          builder.setField(field, put((Message) message.getField(field), part, at + 1));
        } else {
          Message item = (Message) message.getRepeatedField(field, index);
          builder.setRepeatedField(field, index, put(item, part, at + 1));
        }
        yield builder.build();
      }
    };
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
