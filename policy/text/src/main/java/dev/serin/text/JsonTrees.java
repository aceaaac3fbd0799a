package dev.serin.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.google.common.collect.ImmutableList;
import dev.serin.text.Forest.Refused;
import dev.serin.text.Problem.Code;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;

/** JSON into trees; one file may hold several values. */
final class JsonTrees {

  private static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxNestingDepth(Forest.MAX_DEPTH + 2)
                  .maxStringLength(Forest.MAX_DOCUMENT_CHARS)
                  .maxNameLength(10_000)
                  .build())
          .build();

  private final Forest forest;
  private final JsonParser parser;

  private JsonTrees(Forest forest, JsonParser parser) {
    this.forest = forest;
    this.parser = parser;
  }

  static void read(String text, Forest forest) {
    try (JsonParser parser = FACTORY.createParser(text)) {
      new JsonTrees(forest, parser).documents();
    } catch (Refused refused) {
      forest.problem(refused.line, refused.code, String.valueOf(refused.getMessage()), "");
    } catch (JsonProcessingException e) {
      int line = e.getLocation() == null ? 1 : Math.max(1, e.getLocation().getLineNr());
      forest.problem(line, Code.SYNTAX, "not JSON: " + Shown.value(e.getOriginalMessage()), "");
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does not fail to be read
    }
  }

  private void documents() throws IOException, Refused {
    while (parser.nextToken() != null) {
      long start = parser.currentTokenLocation().getCharOffset();
      Tree tree = value(0);
      if (parser.currentLocation().getCharOffset() - start > Forest.MAX_DOCUMENT_CHARS) {
        throw new Refused(
            tree.line(),
            Code.TOO_LARGE,
            "a document of more than " + Forest.MAX_DOCUMENT_CHARS + " characters");
      }
      forest.plant(tree);
    }
  }

  private Tree value(int depth) throws IOException, Refused {
    int line = line();
    forest.checkDepth(depth, line);
    forest.grow(1, line);
    JsonToken token = parser.currentToken();
    if (token == JsonToken.START_OBJECT) {
      return fields(depth, line);
    }
    if (token == JsonToken.START_ARRAY) {
      ImmutableList.Builder<Tree> items = ImmutableList.builder();
      int index = 0;
      while (parser.nextToken() != JsonToken.END_ARRAY) {
        forest.enter(index++, depth);
        items.add(value(depth + 1));
        forest.leave();
      }
      return new Tree.Items(items.build(), line);
    }
    return token == JsonToken.VALUE_NULL
        ? new Tree.Absent(line)
        : new Tree.Text(parser.getText(), token != JsonToken.VALUE_STRING, line);
  }

  private Tree fields(int depth, int line) throws IOException, Refused {
    List<Tree.Field> fields = new ArrayList<>();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      int keyLine = line();
      parser.nextToken();
      forest.enter(key);
      fields.add(new Tree.Field(key, keyLine, value(depth + 1), true));
      forest.leave();
    }
    return forest.distinct(fields, line);
  }

  private int line() {
    return Math.max(1, parser.currentTokenLocation().getLineNr());
  }
}
