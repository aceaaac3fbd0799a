package dev.serin.mesh.tree;

import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.TextFormat;
import java.util.Optional;

/** Resources as they are served, for a reader. */
public final class ResourceYaml {
  private ResourceYaml() {}

  /**
   * A resource as YAML; in the text form of protobuf where something in it is of a type that nobody
   * here knows.
   *
   * @return empty where the resource itself is of such a type, or does not parse
   */
  public static Optional<String> of(String typeUrl, ByteString value) {
    return EnvoyTypes.find(typeUrl)
        .flatMap(type -> {
          try {
            return Optional.of(text(type.getParserForType().parseFrom(value)));
          } catch (InvalidProtocolBufferException e) {
            return Optional.empty();
          }
        });
  }

  private static String text(Message message) {
    try {
      return YamlText.of(Trees.of(message, KeyStyle.SNAKE));
    } catch (IllegalArgumentException unknownInside) {
      return TextFormat.printer().printToString(message);
    }
  }
}
