package dev.serin.mesh.tree;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.BooleanNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.serin.mesh.tree.TreeBudget.Refused;
import java.io.IOException;
import java.io.UncheckedIOException;

/** JSON into trees; one file may hold several values. */
final class JsonTreeReader {
  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(TreeBudget.MAX_DEPTH + 2)
                  .maxStringLength(TreeBudget.MAX_BYTES)
                  .maxNameLength(50_000)
                  .build())
          .build();

  private final TreeBudget budget;
  private final JsonParser parser;

  private JsonTreeReader(TreeBudget budget, JsonParser parser) {
    this.budget = budget;
    this.parser = parser;
  }

  static void read(String text, TreeBudget budget) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      new JsonTreeReader(budget, parser).documents();
    } catch (Refused refused) {
      budget.problem(refused.line, String.valueOf(refused.getMessage()));
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : e.getLocation().getLineNr();
      budget.problem(line, "not JSON: " + TreeBudget.shown(e.getOriginalMessage()));
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does not fail to be read
    }
  }

  private void documents() throws IOException, Refused {
    while (parser.nextToken() != null) {
      int line = line();
      budget.document(value(0), line);
    }
  }

  private JsonNode value(int depth) throws IOException, Refused {
    int line = line();
    budget.grow(line, depth);
    JsonToken token = parser.currentToken();
    return switch (token) {
      case START_OBJECT -> fields(depth, line);
      case START_ARRAY -> {
        ArrayNode items = JsonNodeFactory.instance.arrayNode();
        budget.began(items, line);
        while (parser.nextToken() != JsonToken.END_ARRAY) {
          items.add(value(depth + 1));
        }
        yield items;
      }
      case VALUE_NULL -> NullNode.getInstance();
      case VALUE_TRUE -> BooleanNode.TRUE;
      case VALUE_FALSE -> BooleanNode.FALSE;
      case VALUE_STRING -> new TextNode(parser.getText());
      case VALUE_NUMBER_INT, VALUE_NUMBER_FLOAT -> number(parser.getText(), line);
      case NOT_AVAILABLE, END_OBJECT, END_ARRAY, FIELD_NAME, VALUE_EMBEDDED_OBJECT ->
          throw new IllegalStateException("token " + token);
    };
  }

  private static JsonNode number(String lexeme, int line) throws Refused {
    return Written.jsonNumber(lexeme).orElseThrow(() -> outOfRange(lexeme, line));
  }

  static Refused outOfRange(String lexeme, int line) {
    return new Refused(
        line, "number " + TreeBudget.shown(lexeme) + " (expected: one that a double can hold)");
  }

  private JsonNode fields(int depth, int line) throws IOException, Refused {
    Written.Fields fields = new Written.Fields();
    budget.began(fields, line);
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      int keyLine = line();
      parser.nextToken();
      JsonNode value = value(depth + 1);
      if (fields.has(key)) {
        budget.problem(
            keyLine, "key " + TreeBudget.shown(key) + " a second time (expected: once in a map)");
      } else {
        fields.set(key, value);
      }
    }
    return fields;
  }

  private int line() {
    return Math.max(1, parser.currentTokenLocation().getLineNr());
  }
}
