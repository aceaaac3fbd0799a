package dev.serin.text;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** A map in YAML's flow style while it is put together. Confined to one call. */
final class Flow implements Written {

  private static final Pattern PLAIN = Pattern.compile("[A-Za-z][A-Za-z0-9_./-]*");

  /** Words that a YAML 1.1 parser takes for something else. */
  private static final Set<String> TAKEN =
      Set.of("true", "false", "yes", "no", "on", "off", "y", "n", "null");

  private final List<String> entries = new ArrayList<>();

  Flow with(String key, Written value) {
    entries.add(quoted(key) + ": " + value.text());
    return this;
  }

  Flow with(String key, String value) {
    return with(key, string(value));
  }

  static Written list(List<? extends Written> items) {
    String text = items.stream().map(Written::text).collect(Collectors.joining(", ", "[", "]"));
    return () -> text;
  }

  /** A word of the grammar, written as it is. */
  static Written word(String word) {
    return () -> word;
  }

  static Written string(String text) {
    String quoted = quoted(text);
    return () -> quoted;
  }

  /** Plain where no parser can mistake it, else in double quotes. */
  static String quoted(String text) {
    if (PLAIN.matcher(text).matches() && !TAKEN.contains(text.toLowerCase(Locale.ROOT))) {
      return text;
    }
    StringBuilder out = new StringBuilder("\"");
    text.chars()
        .forEach(c -> {
          if (c == '"' || c == '\\') {
            out.append('\\').append((char) c);
          } else if (c < ' ' || c > '~') {
            out.append(String.format("\\u%04x", c));
          } else {
            out.append((char) c);
          }
        });
    return out.append('"').toString();
  }

  @Override
  public String text() {
    return "{" + String.join(", ", entries) + "}";
  }
}
