package dev.serin.mesh.overlay;

import dev.serin.policy.Cohort.TextMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;

/** Comparisons of one text as Envoy writes them. */
final class Texts {
  private Texts() {}

  /** What is compared, whether or not the outcome is negated. */
  static TextMatch plain(TextMatch match) {
    return match instanceof TextMatch.Not(TextMatch inner, boolean orAbsent) ? inner : match;
  }

  static StringMatcher matcher(TextMatch match) {
    if (isAnything(match)) {
      return regex(".*");
    }
    StringMatcher.Builder matcher = StringMatcher.newBuilder();
    return switch (match) {
      case TextMatch.Exact(String value) -> matcher.setExact(value).build();
      case TextMatch.Prefix(String value) -> matcher.setPrefix(value).build();
      case TextMatch.Suffix(String value) -> matcher.setSuffix(value).build();
      case TextMatch.Contains(String value) -> matcher.setContains(value).build();
      case TextMatch.Regex(String pattern) -> regex(pattern);
      case TextMatch.IgnoreCase(TextMatch inner) ->
          matcher(inner).toBuilder().setIgnoreCase(true).build();
      case TextMatch.Present present -> regex(".*");
      case TextMatch.In in -> throw unexpected(in);
      case TextMatch.Range range -> throw unexpected(range);
      case TextMatch.Not not -> throw unexpected(not);
    };
  }

  /** Envoy rejects an empty prefix, suffix or substring; they hold of any text. */
  static boolean isAnything(TextMatch match) {
    return switch (match) {
      case TextMatch.Present() -> true;
      case TextMatch.Prefix(String value) -> value.isEmpty();
      case TextMatch.Suffix(String value) -> value.isEmpty();
      case TextMatch.Contains(String value) -> value.isEmpty();
      case TextMatch.IgnoreCase(TextMatch inner) -> isAnything(inner);
      case TextMatch.Exact exact -> false;
      case TextMatch.In in -> false;
      case TextMatch.Regex regex -> false;
      case TextMatch.Range range -> false;
      case TextMatch.Not not -> false;
    };
  }

  static StringMatcher regex(String pattern) {
    return StringMatcher.newBuilder()
        .setSafeRegex(RegexMatcher.newBuilder().setRegex(pattern))
        .build();
  }

  private static IllegalArgumentException unexpected(TextMatch match) {
    return new IllegalArgumentException(match + " (expected: one text)");
  }
}
