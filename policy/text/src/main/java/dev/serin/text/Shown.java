package dev.serin.text;

/** Values of other people, made fit for a message: short, and without control characters. */
final class Shown {

  private static final int MAX_CHARS = 80;

  private Shown() {}

  /** As it was written: in quotes. */
  static String quoted(String text) {
    return text.isEmpty() ? value(text) : '"' + value(text) + '"';
  }

  static String value(String text) {
    if (text.isEmpty()) {
      return "\"\"";
    }
    StringBuilder out = new StringBuilder();
    text.codePoints()
        .limit(MAX_CHARS)
        .forEach(c -> {
          if (Character.isISOControl(c) || isInvisible(c)) {
            out.append(String.format("\\u%04x", c));
          } else {
            out.appendCodePoint(c);
          }
        });
    return text.codePointCount(0, text.length()) > MAX_CHARS ? out + "..." : out.toString();
  }

  private static boolean isInvisible(int c) {
    return switch (Character.getType(c)) {
      case Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.UNASSIGNED,
          Character.PRIVATE_USE ->
          true;
      default -> false;
    };
  }
}
