package dev.serin.mesh.tree;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import udpa.annotations.Sensitive;

/** Resources without the keys and passwords that are written into them. */
public final class Redacted {
  private static final String WORD = "[redacted]";

  private Redacted() {}

  /**
   * A resource with what Envoy's API calls sensitive replaced by a word. What it carries of types
   * that nobody here knows is left out, since nobody can tell what is in it.
   *
   * @return empty where the resource itself is of such a type, or does not parse
   */
  public static Optional<ByteString> of(String typeUrl, ByteString value) {
    return EnvoyTypes.find(typeUrl)
        .flatMap(type -> {
          try {
            return Optional.of(redacted(type.getParserForType().parseFrom(value)).toByteString());
          } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
          }
        });
  }

  private static Message redacted(Message message) {
    if (message instanceof Any any) {
      return any.toBuilder()
          .setValue(of(any.getTypeUrl(), any.getValue()).orElse(ByteString.EMPTY))
          .build();
    }
    Message.Builder copy = message.toBuilder();
    boolean changed = false;
    for (Map.Entry<FieldDescriptor, Object> entry : message.getAllFields().entrySet()) {
      FieldDescriptor field = entry.getKey();
      Object before = entry.getValue();
      Object after =
          field.isRepeated()
              ? ((List<?>) before).stream().map(one -> redacted(field, one)).toList()
              : redacted(field, before);
      if (!after.equals(before)) {
        copy.setField(field, after);
        changed = true;
      }
    }
    return changed ? copy.build() : message;
  }

  private static Object redacted(FieldDescriptor field, Object value) {
    boolean sensitive = field.getOptions().getExtension(Sensitive.sensitive);
    if (sensitive && value instanceof DataSource source) {
      return source.hasFilename() || source.hasEnvironmentVariable()
          ? source
          : DataSource.newBuilder().setInlineString(WORD).build();
    }
    if (value instanceof Message message) {
      return redacted(message);
    }
    if (sensitive && value instanceof String) {
      return WORD;
    }
    return sensitive && value instanceof ByteString ? ByteString.copyFromUtf8(WORD) : value;
  }
}
