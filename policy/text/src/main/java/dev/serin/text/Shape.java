package dev.serin.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.lang.reflect.Type;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;

/** How values of one type stand in JSON. Immutable; made once per type and shared. */
interface Shape {

  void write(Object value, JsonGenerator json) throws IOException;

  /**
   * The value in {@code node}.
   *
   * @param at where it stands, for messages
   */
  Object read(JsonNode node, String at);

  /** The value as a key of an object. */
  default String key(Object value) {
    throw new IllegalArgumentException(value.getClass() + " (expected: a type that can be a key)");
  }

  default Object fromKey(String key, String at) {
    throw new IllegalArgumentException(at + ": a key (expected: a type that can be a key)");
  }

  /** What stands for null; null itself unless the type has an empty value. */
  default @Nullable Object absent() {
    return null;
  }

  static Shape of(Type type) {
    return Known.of(type);
  }

  static IllegalArgumentException wrong(String at, JsonNode node, String expected) {
    return new IllegalArgumentException(
        at + ": " + Shown.value(node.toString()) + " (expected: " + expected + ")");
  }

  /**
   * Shapes that were made; a record may hold itself, so each looks up its parts when it is used.
   */
  final class Known {
    private static final ConcurrentHashMap<Type, Shape> SHAPES = new ConcurrentHashMap<>();

    private Known() {}

    static Shape of(Type type) {
      Shape known = SHAPES.get(type);
      if (known == null) {
        known = Shapes.make(type);
        SHAPES.putIfAbsent(type, known);
      }
      return known;
    }
  }
}
