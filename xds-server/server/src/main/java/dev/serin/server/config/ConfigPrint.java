package dev.serin.server.config;

import com.google.common.base.Splitter;
import com.google.common.base.Strings;
import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ConfigLoader.Origin;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Collectors;

/** Writes the settings as YAML that could be read again, with their origins as comments. */
final class ConfigPrint {

  private static final Splitter DOTS = Splitter.on('.');
  private static final Splitter COMMAS = Splitter.on(',').trimResults().omitEmptyStrings();
  private static final int COLUMN = 56;

  private ConfigPrint() {}

  static String of(ImmutableList<Origin> origins) {
    StringBuilder out = new StringBuilder();
    List<String> open = List.of();
    for (int i = 0; i < origins.size(); i++) {
      Origin origin = origins.get(i);
      List<String> path = DOTS.splitToList(origin.key());
      List<String> sections = path.subList(0, path.size() - 1);
      for (int depth = common(open, sections); depth < sections.size(); depth++) {
        out.append("  ".repeat(depth)).append(sections.get(depth)).append(":\n");
      }
      open = sections;
      String line = "  ".repeat(sections.size()) + path.getLast() + ": " + value(i, origin);
      out.append(Strings.padEnd(line, COLUMN, ' ')).append(" # ").append(origin.where());
      out.append('\n');
    }
    return out.toString();
  }

  private static int common(List<String> open, List<String> sections) {
    int depth = 0;
    while (depth < Math.min(open.size(), sections.size())
        && open.get(depth).equals(sections.get(depth))) {
      depth++;
    }
    return depth;
  }

  private static String value(int row, Origin origin) {
    if (origin.text().isEmpty()) {
      return "";
    }
    return switch (Settings.ALL.get(row).kind().shape()) {
      case SCALAR -> quoted(origin.text());
      case LIST, BASES ->
          COMMAS
              .splitToStream(origin.text())
              .map(ConfigPrint::item)
              .collect(Collectors.joining(", ", "[", "]"));
      case SECRET -> secret(origin.text());
      case NOT_YET -> "";
    };
  }

  /** References are shown; what is no reference that works may be the secret itself. */
  private static String secret(String text) {
    boolean reference = text.startsWith(Kind.ENV_PREFIX) || Files.isReadable(Path.of(text));
    return reference ? quoted(text) : "\"***\"";
  }

  private static String item(String text) {
    return text.matches("[A-Za-z0-9_./:= -]+") ? text : quoted(text);
  }

  private static String quoted(String text) {
    return text.matches("[A-Za-z0-9_./:-]+")
        ? text
        : "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"") + "\"";
  }
}
