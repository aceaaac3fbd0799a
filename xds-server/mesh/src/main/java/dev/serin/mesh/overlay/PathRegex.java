package dev.serin.mesh.overlay;

import dev.serin.policy.Cohort.TextMatch;
import java.nio.charset.StandardCharsets;

/** Comparisons of a path without its query, over the header that holds both. */
final class PathRegex {
  /**
   * Envoy refuses programs of more than 100 instructions; a byte of text is one, and what stands
   * for any character takes a good ten.
   */
  static final int MAX_LITERAL_BYTES = 50;

  private static final String ANY = "[^?]*";
  private static final String QUERY = "(\\?.*)?";

  private PathRegex() {}

  static TextMatch suffix(String value, boolean ignoringCase) {
    return new TextMatch.Regex(flags(ignoringCase) + ANY + CookieRegex.quote(value) + QUERY);
  }

  static TextMatch contains(String value, boolean ignoringCase) {
    return new TextMatch.Regex(flags(ignoringCase) + ANY + CookieRegex.quote(value) + ".*");
  }

  /** Where case does not matter, k and s have relatives of several bytes. */
  static int literalBytes(String value, boolean ignoringCase) {
    int bytes = value.getBytes(StandardCharsets.UTF_8).length;
    long relatives = value.chars().filter(c -> "kKsS".indexOf(c) >= 0).count();
    return ignoringCase ? bytes + 4 * (int) relatives : bytes;
  }

  private static String flags(boolean ignoringCase) {
    return ignoringCase ? "(?i)" : "";
  }
}
