package dev.serin.cli;

import com.google.protobuf.MessageOrBuilder;
import dev.serin.text.ResourceText;
import java.io.PrintWriter;
import java.util.ArrayList;
import java.util.List;

/** Prints resources: protobuf JSON, YAML of the same, names, or a table. */
final class Output {

  /** The values of {@code -o}. */
  enum Format {
    table,
    json,
    yaml,
    name
  }

  private Output() {}

  static String json(MessageOrBuilder message) {
    return ResourceText.json(message);
  }

  static String yaml(MessageOrBuilder message) {
    return ResourceText.yaml(message);
  }

  /** Columns as wide as their widest cell, which it returns; the last one runs free. */
  static int[] table(PrintWriter out, List<String> header, List<List<String>> rows) {
    List<List<String>> all = new ArrayList<>();
    all.add(header);
    all.addAll(rows);
    int[] widths = new int[header.size()];
    for (List<String> row : all) {
      for (int i = 0; i < widths.length; i++) {
        widths[i] = Math.max(widths[i], row.get(i).length());
      }
    }
    for (List<String> row : all) {
      out.println(line(row, widths));
    }
    return widths;
  }

  /** A row under columns of these widths. */
  static String line(List<String> row, int[] widths) {
    StringBuilder line = new StringBuilder();
    for (int i = 0; i < widths.length; i++) {
      String cell = row.get(i);
      line.append(cell);
      if (i < widths.length - 1) {
        line.append(" ".repeat(Math.max(0, widths[i] - cell.length()) + 2));
      }
    }
    return line.toString().stripTrailing();
  }
}
