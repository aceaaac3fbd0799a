package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.overlay.Capabilities.Cookies;
import dev.serin.mesh.overlay.Rule.Requirement;
import dev.serin.policy.Cohort.TextMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.stream.Collectors;

/** Writes what a request must have as Envoy's matchers, beside those that a route has already. */
final class Matchers {
  private Matchers() {}

  static Matcher of(Requirement requirement, Cookies cookies) {
    return switch (requirement) {
      case Requirement.Header(String name, TextMatch text) -> built(header(name, text));
      case Requirement.HeaderOneOf(String name, ImmutableSet<String> values) ->
          new Matcher.OneOf(name, values);
      case Requirement.Method(ImmutableSortedSet<String> methods) ->
          // RE2 takes no letter of a method (RFC 9110, section 9.1: a token) for an operator once
          // it is quoted.
          built(
              named(":method")
                  .setStringMatch(
                      regex(
                          methods.stream()
                              .map(com.google.re2j.Pattern::quote)
                              .collect(Collectors.joining("|")))));
      case Requirement.HeaderFilled(String name) ->
          // Inverted, a matcher still wants the header to be there: "present and not empty".
          built(
              named(name)
                  .setStringMatch(StringMatcher.newBuilder().setExact(""))
                  .setInvertMatch(true));
      case Requirement.Cookie(String name, TextMatch text) ->
          switch (cookies) {
            case NATIVE ->
                new Matcher.Cookie(new NewerFields.CookieMatcher(name, string(text), false));
            case BY_HEADER -> built(cookieHeader(CookieRegex.of(name, text)));
            case NONE -> throw noCookies(name);
          };
      case Requirement.CookieFilled(String name) ->
          switch (cookies) {
            case NATIVE ->
                new Matcher.Cookie(new NewerFields.CookieMatcher(name, regex(".+"), false));
            case BY_HEADER -> built(cookieHeader(CookieRegex.filled(name)));
            case NONE -> throw noCookies(name);
          };
    };
  }

  private static Matcher built(HeaderMatcher.Builder header) {
    return new Matcher.Header(header.build());
  }

  private static HeaderMatcher.Builder header(String name, TextMatch text) {
    return isAnything(text)
        ? named(name).setPresentMatch(true)
        : named(name).setStringMatch(string(text));
  }

  private static HeaderMatcher.Builder named(String name) {
    return HeaderMatcher.newBuilder().setName(name);
  }

  private static HeaderMatcher.Builder cookieHeader(CookieRegex cookie) {
    return named("cookie").setStringMatch(regex(cookie.pattern()));
  }

  private static StringMatcher string(TextMatch text) {
    if (isAnything(text)) {
      return regex(".*");
    }
    StringMatcher.Builder matcher = StringMatcher.newBuilder();
    return switch (text) {
      case TextMatch.Exact(String value) -> matcher.setExact(value).build();
      case TextMatch.Prefix(String value) -> matcher.setPrefix(value).build();
      case TextMatch.Suffix(String value) -> matcher.setSuffix(value).build();
      case TextMatch.Contains(String value) -> matcher.setContains(value).build();
      case TextMatch.Present() -> regex(".*");
      case TextMatch.In in ->
          throw new IllegalArgumentException(in + " (expected: one value, a rule each)");
    };
  }

  /** Envoy rejects an empty prefix, suffix or substring; they hold of any text. */
  private static boolean isAnything(TextMatch text) {
    return switch (text) {
      case TextMatch.Present() -> true;
      case TextMatch.Prefix(String value) -> value.isEmpty();
      case TextMatch.Suffix(String value) -> value.isEmpty();
      case TextMatch.Contains(String value) -> value.isEmpty();
      case TextMatch.Exact exact -> false;
      case TextMatch.In in -> false;
    };
  }

  private static StringMatcher regex(String pattern) {
    return StringMatcher.newBuilder()
        .setSafeRegex(RegexMatcher.newBuilder().setRegex(pattern))
        .build();
  }

  private static IllegalStateException noCookies(String name) {
    return new IllegalStateException("cookie " + name + " for a client without cookies");
  }
}
