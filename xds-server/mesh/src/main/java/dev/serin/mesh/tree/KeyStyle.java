package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.base.CaseFormat;
import com.google.common.base.Converter;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;
import java.util.Set;

/** The two ways to write the names of protobuf fields in JSON; Envoy reads both. */
public enum KeyStyle {
  /** As in the proto files: {@code virtual_hosts}. */
  SNAKE,
  /** As protobuf prints JSON: {@code virtualHosts}. */
  CAMEL;

  private static final Converter<String, String> TO_CAMEL =
      CaseFormat.LOWER_UNDERSCORE.converterTo(CaseFormat.LOWER_CAMEL);

  /** Their keys are names of the user's, not of fields. */
  private static final Set<String> FREE =
      Set.of("metadata", "filter_metadata", "filterMetadata", "typed_filter_metadata");

  /** How a field is written in this style. */
  public String key(String field) {
    return switch (this) {
      case SNAKE -> field;
      case CAMEL -> camel(field);
    };
  }

  static String camel(String field) {
    return field.indexOf('_') < 0 ? field : String.valueOf(TO_CAMEL.convert(field));
  }

  /**
   * The style of a tree, told by the keys nearest to its top in which the two differ; empty where
   * none does.
   */
  static Optional<KeyStyle> of(JsonNode tree) {
    Deque<JsonNode> level = new ArrayDeque<>();
    level.add(tree);
    while (!level.isEmpty()) {
      JsonNode node = level.removeFirst();
      if (node.isObject()) {
        for (var field : node.properties()) {
          String key = field.getKey();
          if (isFieldName(key)) {
            if (key.indexOf('_') > 0) {
              return Optional.of(SNAKE);
            }
            if (key.chars().anyMatch(c -> c >= 'A' && c <= 'Z')) {
              return Optional.of(CAMEL);
            }
          }
          if (!FREE.contains(key)) {
            level.addLast(field.getValue());
          }
        }
      } else if (node.isArray()) {
        node.forEach(level::addLast);
      }
    }
    return Optional.empty();
  }

  private static boolean isFieldName(String key) {
    return !key.isEmpty()
        && key.charAt(0) >= 'a'
        && key.charAt(0) <= 'z'
        && key.chars().allMatch(c -> c == '_' || (c < 0x80 && Character.isLetterOrDigit(c)));
  }
}
