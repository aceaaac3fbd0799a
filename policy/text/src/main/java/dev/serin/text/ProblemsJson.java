package dev.serin.text;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonGenerator;
import com.fasterxml.jackson.core.util.DefaultIndenter;
import com.fasterxml.jackson.core.util.DefaultPrettyPrinter;
import java.io.IOException;
import java.io.StringWriter;
import java.io.UncheckedIOException;
import java.util.List;

/**
 * Problems as a program reads them: {@code {"problems": [{file, line, path, code, severity,
 * message, hint}]}}.
 *
 * <p>Every problem has all seven keys in that order; {@code severity} is {@code "error"} or {@code
 * "warning"}, {@code code} a name of {@link Problem.Code}, and what there is not is {@code ""} or
 * line 0.
 */
public final class ProblemsJson {

  private static final JsonFactory FACTORY = new JsonFactory();

  private ProblemsJson() {}

  /** The problems in the order given, over several lines, without a newline at the end. */
  public static String print(List<Problem> problems) {
    StringWriter out = new StringWriter();
    try (JsonGenerator json = FACTORY.createGenerator(out)) {
      json.setPrettyPrinter(lines());
      json.writeStartObject();
      json.writeArrayFieldStart("problems");
      for (Problem problem : problems) {
        write(problem, json);
      }
      json.writeEndArray();
      json.writeEndObject();
    } catch (IOException e) {
      throw new UncheckedIOException(e); // a string does not fail to be written
    }
    return out.toString();
  }

  /** The same line ends on every machine. */
  private static DefaultPrettyPrinter lines() {
    DefaultIndenter indenter = new DefaultIndenter("  ", "\n");
    return new DefaultPrettyPrinter().withObjectIndenter(indenter).withArrayIndenter(indenter);
  }

  private static void write(Problem problem, JsonGenerator json) throws IOException {
    json.writeStartObject();
    json.writeStringField("file", problem.file());
    json.writeNumberField("line", problem.line());
    json.writeStringField("path", problem.path());
    json.writeStringField("code", problem.code().name());
    json.writeStringField(
        "severity",
        switch (problem.severity()) {
          case ERROR -> "error";
          case WARNING -> "warning";
        });
    json.writeStringField("message", problem.message());
    json.writeStringField("hint", problem.hint());
    json.writeEndObject();
  }
}
