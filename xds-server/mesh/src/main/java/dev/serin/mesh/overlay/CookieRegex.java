package dev.serin.mesh.overlay;

import dev.serin.policy.Cohort.TextMatch;
import java.nio.charset.StandardCharsets;

/**
 * A full match over the {@code cookie} header that holds when one cookie of exactly that name has
 * the wanted value: for Envoys before 1.37, which ignore the native matcher.
 *
 * @param pattern in RE2's syntax
 * @param literalBytes how much of it is the policy's text, in bytes of UTF-8
 */
record CookieRegex(String pattern, int literalBytes) {
  /**
   * Envoy refuses programs of more than 100 instructions ({@code re2.max_program_size}); a byte of
   * text is one, and what surrounds it takes the rest.
   */
  static final int MAX_LITERAL_BYTES = 70;

  private static final String BEFORE = "(.*;)? *";
  private static final String AFTER = " *(;.*)?";
  private static final String ANY = "[^;]*";

  static CookieRegex of(String name, TextMatch match) {
    return switch (match) {
      case TextMatch.Exact(String value) ->
          regex(name, value, "\"?" + quote(value) + "\"?" + AFTER);
      case TextMatch.Prefix(String value) ->
          regex(name, value, "\"?" + quote(value) + ANY + "(;.*)?");
      case TextMatch.Suffix(String value) -> regex(name, value, ANY + quote(value) + "\"?" + AFTER);
      case TextMatch.Contains(String value) ->
          regex(name, value, ANY + quote(value) + ANY + "(;.*)?");
      case TextMatch.Present() -> regex(name, "", ANY + "(;.*)?");
      case TextMatch.In in -> throw unexpected(in);
      case TextMatch.Regex regex -> throw unexpected(regex);
      case TextMatch.Range range -> throw unexpected(range);
      case TextMatch.IgnoreCase folded -> throw unexpected(folded);
      case TextMatch.Not not -> throw unexpected(not);
    };
  }

  private static IllegalArgumentException unexpected(TextMatch match) {
    return new IllegalArgumentException(match + " (expected: one text, as it is)");
  }

  /** The cookie is there and not empty. */
  static CookieRegex filled(String name) {
    return regex(name, "", "\"?[^;\" ]" + ANY + "(;.*)?");
  }

  boolean fitsEnvoy() {
    return literalBytes <= MAX_LITERAL_BYTES;
  }

  private static CookieRegex regex(String name, String value, String afterEquals) {
    return new CookieRegex(
        BEFORE + quote(name) + "=" + afterEquals,
        (name + value).getBytes(StandardCharsets.UTF_8).length);
  }

  /** RE2 takes a backslash before any ASCII punctuation as that character itself. */
  static String quote(String text) {
    StringBuilder quoted = new StringBuilder();
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      boolean plain = c >= 0x80 || c == '_' || c == ' ' || Character.isLetterOrDigit(c);
      quoted.append(plain ? "" : "\\").append(c);
    }
    return quoted.toString();
  }
}
