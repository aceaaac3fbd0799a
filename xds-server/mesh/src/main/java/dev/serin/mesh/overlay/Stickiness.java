package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import dev.serin.policy.StickySource;
import io.envoyproxy.envoy.config.route.v3.RouteAction.HashPolicy;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatchAndSubstitute;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;

/**
 * The hash that keeps a user on one side, salted so that the early users of one service's canary
 * are not those of every other's.
 *
 * <p>A header is salted by rewriting it. Envoy rewrites neither cookies nor addresses; there the
 * salt is a constant that is hashed first, and not terminal, so that both go into the hash.
 */
final class Stickiness {
  private Stickiness() {}

  static ImmutableList<HashPolicy> policies(StickySource source, String salt) {
    return switch (source) {
      case StickySource.Header(String header) ->
          ImmutableList.of(
              rewritten(header, "^(.*)$", literal(salt) + "-\\1").setTerminal(true).build());
      case StickySource.Cookie(String cookie) ->
          ImmutableList.of(
              constant(salt),
              HashPolicy.newBuilder()
                  .setCookie(HashPolicy.Cookie.newBuilder().setName(cookie))
                  .build());
      case StickySource.SourceIp() ->
          ImmutableList.of(
              constant(salt),
              HashPolicy.newBuilder()
                  .setConnectionProperties(
                      HashPolicy.ConnectionProperties.newBuilder().setSourceIp(true))
                  .build());
    };
  }

  /** Every request has an authority, so this policy always contributes, and always the salt. */
  private static HashPolicy constant(String salt) {
    return rewritten(":authority", "^.*$", literal(salt)).build();
  }

  private static HashPolicy.Builder rewritten(String header, String regex, String substitution) {
    return HashPolicy.newBuilder()
        .setHeader(
            HashPolicy.Header.newBuilder()
                .setHeaderName(header)
                .setRegexRewrite(
                    RegexMatchAndSubstitute.newBuilder()
                        .setPattern(RegexMatcher.newBuilder().setRegex(regex))
                        .setSubstitution(substitution)));
  }

  /** In a substitution a backslash starts a reference. */
  private static String literal(String salt) {
    return salt.replace("\\", "\\\\");
  }
}
