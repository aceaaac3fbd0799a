package dev.serin.text;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLGenerator;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageOrBuilder;
import com.google.protobuf.util.JsonFormat;

/**
 * Messages of the API as text, in their canonical form: what {@code -o json} and {@code -o yaml}
 * print. {@link ResourceReader} takes both.
 */
public final class ResourceText {

  private static final JsonFormat.Printer PRINTER = JsonFormat.printer();
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final ObjectMapper YAML =
      new ObjectMapper(
          YAMLFactory.builder()
              .disable(YAMLGenerator.Feature.WRITE_DOC_START_MARKER)
              .disable(YAMLGenerator.Feature.SPLIT_LINES)
              .build());

  private ResourceText() {}

  /** Protobuf JSON over several lines, without a newline at the end. */
  public static String json(MessageOrBuilder message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e); // only messages with Any of an unknown type
    }
  }

  /** The same as one YAML document. */
  public static String yaml(MessageOrBuilder message) {
    try {
      return YAML.writeValueAsString(JSON.readTree(json(message)));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException(e); // what was printed is JSON
    }
  }
}
