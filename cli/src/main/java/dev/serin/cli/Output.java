package dev.serin.cli;

import com.google.protobuf.MessageOrBuilder;
import dev.serin.text.ResourceText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Prints resources: protobuf JSON, YAML of the same, names, or a table. */
final class Output {

  /** The values of {@code -o}. */
  enum Format {
    table,
    json,
    yaml,
    name
  }

  private static final Pattern LINE_ENDS = Pattern.compile("\\s*\\R\\s*");

  /** Control characters, and those that turn the direction of the text around them. */
  private static final Pattern UNPRINTABLE = Pattern.compile("[\\p{Cc}\\p{Cf}]");

  /** The same but for the white space between values; inside of them it is escaped already. */
  private static final Pattern UNPRINTABLE_IN_JSON =
      Pattern.compile("[\\p{Cc}\\p{Cf}&&[^\\n\\r\\t]]");

  private Output() {}

  static String json(MessageOrBuilder message) {
    return escaped(ResourceText.json(message));
  }

  /** JSON in which what a terminal might take for a command is written as its number. */
  static String escaped(String json) {
    return UNPRINTABLE_IN_JSON
        .matcher(json)
        .replaceAll(match ->
            match
                .group()
                .chars()
                .mapToObj(c -> String.format(Locale.ROOT, "\\\\u%04x", c))
                .collect(Collectors.joining()));
  }

  /** Several as one JSON array. */
  static String json(List<? extends MessageOrBuilder> messages) {
    return messages.stream().map(Output::json).collect(Collectors.joining(",\n", "[", "]"));
  }

  /**
   * Others' words as one line: a proxy's name, what an Envoy said, a person's reason. A terminal
   * must not take them for its own commands.
   */
  static String line(String text) {
    return UNPRINTABLE.matcher(LINE_ENDS.matcher(text.strip()).replaceAll("; ")).replaceAll("?");
  }

  /** Others' words that may have several lines. */
  static String lines(String text) {
    return text.lines().map(Output::line).collect(Collectors.joining("\n"));
  }

  /** What a server tells besides, to be put behind a sentence. */
  static String note(String note) {
    return note.isEmpty() ? "" : " (" + line(note) + ")";
  }

  static String yaml(MessageOrBuilder message) {
    return ResourceText.yaml(message);
  }

  /** Columns as wide as their widest cell, which it returns; the last one runs free. */
  static int[] table(PrintWriter out, List<String> header, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    rows.forEach(row -> all.add(row.stream().map(Output::line).toList()));
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      out.println(row(row, widths));
    }
    return widths;
  }

  /** A row under columns of these widths; a wider cell pushes the others on. */
  static String row(List<String> cells, int[] widths) {
    StringBuilder row = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = line(cells.get(i));
      row.append(cell);
      if (i < widths.length - 1) {
        row.append(" ".repeat(Math.max(0, widths[i] - cell.length()) + 2));
      }
    }
    return row.toString().stripTrailing();
  }
}
