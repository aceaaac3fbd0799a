package dev.serin.server.config;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.dataformat.yaml.YAMLFactory;
import com.fasterxml.jackson.dataformat.yaml.YAMLParser;
import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import java.io.IOException;
import java.util.HashSet;
import java.util.Set;
import java.util.function.BiConsumer;

/** A YAML document that remembers its lines, read within bounds: no anchors, one document. */
sealed interface YamlNode {

  /** Counted from 1. */
  int line();

  record Scalar(String text, int line) implements YamlNode {}

  record Nothing(int line) implements YamlNode {}

  record Sequence(ImmutableList<YamlNode> items, int line) implements YamlNode {}

  record Mapping(ImmutableList<Entry> entries, int line) implements YamlNode {}

  record Entry(String key, int line, YamlNode value) {}

  /** Whether it says nothing: no value, or an empty collection. */
  default boolean isEmpty() {
    return switch (this) {
      case Scalar scalar -> scalar.text().isEmpty();
      case Nothing nothing -> true;
      case Sequence sequence -> sequence.items().isEmpty();
      case Mapping mapping -> mapping.entries().isEmpty();
    };
  }

  /**
   * Reads a text. What cannot be read is told to {@code problems} with its line; the rest is still
   * returned.
   */
  static YamlNode read(String text, BiConsumer<Integer, String> problems) {
    try (YAMLParser parser = new YAMLFactory().createParser(text)) {
      if (parser.nextToken() == null) {
        return new Nothing(1);
      }
      YamlNode root = new Reader(parser, problems).node(0);
      if (parser.nextToken() != null) {
        problems.accept(line(parser), "a second document (expected: one)");
      }
      return root;
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      problems.accept(at == null ? 1 : at.getLineNr(), "not YAML: " + firstLine(e));
      return new Nothing(1);
    } catch (IOException e) {
      throw new IllegalStateException("reading from memory", e);
    }
  }

  private static int line(JsonParser parser) {
    return parser.currentTokenLocation().getLineNr();
  }

  private static String firstLine(JsonProcessingException e) {
    return Splitter.on('\n').split(e.getOriginalMessage()).iterator().next();
  }

  /** One pass over the tokens. */
  final class Reader {
    private static final int MAX_DEPTH = 16;

    private final YAMLParser parser;
    private final BiConsumer<Integer, String> problems;

    private Reader(YAMLParser parser, BiConsumer<Integer, String> problems) {
      this.parser = parser;
      this.problems = problems;
    }

    private YamlNode node(int depth) throws IOException {
      int line = line(parser);
      if (parser.getObjectId() != null || parser.isCurrentAlias()) {
        problems.accept(line, "an anchor or alias (expected: plain values)");
      }
      if (depth > MAX_DEPTH) {
        problems.accept(line, "nested deeper than " + MAX_DEPTH);
        parser.skipChildren();
        return new Nothing(line);
      }
      JsonToken token = parser.currentToken();
      if (token == JsonToken.START_OBJECT) {
        return mapping(line, depth);
      }
      if (token == JsonToken.START_ARRAY) {
        return sequence(line, depth);
      }
      return token == JsonToken.VALUE_NULL
          ? new Nothing(line)
          : new Scalar(parser.getText().strip(), line);
    }

    private Mapping mapping(int line, int depth) throws IOException {
      ImmutableList.Builder<Entry> entries = ImmutableList.builder();
      Set<String> seen = new HashSet<>();
      while (parser.nextToken() != JsonToken.END_OBJECT) {
        String key = parser.currentName();
        int keyLine = line(parser);
        parser.nextToken();
        YamlNode value = node(depth + 1);
        if (seen.add(key)) {
          entries.add(new Entry(key, keyLine, value));
        } else {
          problems.accept(keyLine, "key '" + key + "' stands twice");
        }
      }
      return new Mapping(entries.build(), line);
    }

    private Sequence sequence(int line, int depth) throws IOException {
      ImmutableList.Builder<YamlNode> items = ImmutableList.builder();
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        items.add(node(depth + 1));
      }
      return new Sequence(items.build(), line);
    }
  }
}
