package dev.serin.text;

import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;

/**
 * Records to JSON and back, exactly: the form of the journal and of snapshots.
 *
 * <p>The types say everything; nothing has to be registered. A record is an object with its
 * components in their order; one that is a choice of a sealed interface begins with {@code "type"},
 * its simple name. Enums are their names, instants and durations ISO 8601, empty optionals null,
 * lists, sets and arrays are arrays, maps are objects whose keys are strings, enums or types with a
 * {@code static parse(String)} that undoes {@code toString()}; such types are strings wherever they
 * stand. A double is the shortest text that reads back as the same double; NaN and the infinities
 * are the strings {@code "NaN"}, {@code "Infinity"} and {@code "-Infinity"}. Components that may be
 * null are written as null.
 *
 * <p>Reading is strict: unknown, repeated and missing properties, values of another type and
 * trailing text are refused with {@link IllegalArgumentException}. A component whose type has a
 * {@code static absent()} that returns it may be missing: that type came after records that lack
 * it, and says what they had.
 */
public final class RecordJson {

  private static final ObjectMapper MAPPER =
      JsonMapper.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build();

  private RecordJson() {}

  /** The record as one line of JSON. */
  public static String write(Object record) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      Shape.of(record.getClass()).write(record, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does not fail to be written
    }
    return out.toString();
  }

  /**
   * The sealed type's or record's JSON, with the type in front where {@code type} is sealed.
   *
   * @param type what {@link #read} will be asked for
   */
  public static <T> String write(T value, Class<T> type) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = MAPPER.createGenerator(out)) {
      Shape.of(type).write(value, json);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return out.toString();
  }

  /**
   * The value that was written.
   *
   * @param type a record, or a sealed interface of records
   * @throws IllegalArgumentException when the text is no JSON of that type
   */
  public static <T> T read(String json, Class<T> type) {
    JsonNode node;
    try {
      node = MAPPER.reader().with(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).readTree(json);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("not JSON: " + e.getOriginalMessage(), e);
    }
    return type.cast(Shape.of(type).read(node, type.getSimpleName()));
  }
}
