package dev.serin.mesh.overlay;

import com.github.xds.core.v3.CidrRange;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.UInt32Value;
import dev.serin.mesh.overlay.Capabilities.Cookies;
import dev.serin.mesh.overlay.Rule.Requirement;
import dev.serin.policy.Cohort.TextMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.type.matcher.v3.AddressMatcher;
import io.envoyproxy.envoy.type.matcher.v3.DoubleMatcher;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import io.envoyproxy.envoy.type.v3.DoubleRange;
import io.envoyproxy.envoy.type.v3.Int64Range;
import java.util.stream.Collectors;

/** Writes what a request must have as Envoy's matchers, beside those that a route has already. */
final class Matchers {
  /** The filter that verifies tokens, and the key of its metadata. */
  static final String JWT_FILTER = "envoy.filters.http.jwt_authn";

  private Matchers() {}

  static Matcher of(Requirement requirement, Cookies cookies) {
    return switch (requirement) {
      case Requirement.Header(String name, TextMatch match) ->
          new Matcher.Header(header(name, match));
      case Requirement.HeaderOneOf(String name, ImmutableSet<String> values) ->
          new Matcher.OneOf(name, values);
      case Requirement.Method(ImmutableSortedSet<String> methods) ->
          // RE2 takes no letter of a method (RFC 9110, section 9.1: a token) for an operator once
          // it is quoted.
          new Matcher.Header(
              named(":method")
                  .setStringMatch(
                      Texts.regex(
                          methods.stream()
                              .map(com.google.re2j.Pattern::quote)
                              .collect(Collectors.joining("|"))))
                  .build());
      case Requirement.HeaderFilled(String name) ->
          // Inverted, a matcher still wants the header to be there: "present and not empty".
          new Matcher.Header(
              named(name)
                  .setStringMatch(Texts.matcher(new TextMatch.Exact("")))
                  .setInvertMatch(true)
                  .build());
      case Requirement.Cookie(String name, TextMatch match) -> cookie(name, match, cookies);
      case Requirement.CookieFilled(String name) ->
          switch (cookies) {
            case NATIVE ->
                new Matcher.Cookie(new NewerFields.CookieMatcher(name, Texts.regex(".+"), false));
            case BY_HEADER -> cookieHeader(CookieRegex.filled(name), false);
            case NONE -> throw noCookies(name);
          };
      case Requirement.Query(String name, TextMatch match) -> new Matcher.Query(query(name, match));
      case Requirement.Claim claim -> new Matcher.Metadata(claim(claim));
      case Requirement.Source(ImmutableList<String> ranges) -> new Matcher.State(source(ranges));
    };
  }

  private static HeaderMatcher header(String name, TextMatch match) {
    HeaderMatcher.Builder header = named(name);
    boolean not = match instanceof TextMatch.Not;
    if (match instanceof TextMatch.Not(TextMatch inner, boolean orAbsent)) {
      header.setInvertMatch(true).setTreatMissingHeaderAsEmpty(orAbsent);
    }
    TextMatch plain = Texts.plain(match);
    if (plain instanceof TextMatch.Range(long from, long to)) {
      return header.setRangeMatch(Int64Range.newBuilder().setStart(from).setEnd(to)).build();
    }
    return Texts.isAnything(plain) && (!not || plain instanceof TextMatch.Present)
        ? header.setPresentMatch(true).build()
        : header.setStringMatch(Texts.matcher(plain)).build();
  }

  private static HeaderMatcher.Builder named(String name) {
    return HeaderMatcher.newBuilder().setName(name);
  }

  private static Matcher cookie(String name, TextMatch match, Cookies cookies) {
    boolean not = match instanceof TextMatch.Not;
    TextMatch plain = Texts.plain(match);
    return switch (cookies) {
      case NATIVE ->
          new Matcher.Cookie(new NewerFields.CookieMatcher(name, Texts.matcher(plain), not));
      case BY_HEADER -> cookieHeader(CookieRegex.of(name, plain), not);
      case NONE -> throw noCookies(name);
    };
  }

  /** Inverted, a request without any cookie matches too, as it does the native way. */
  private static Matcher cookieHeader(CookieRegex cookie, boolean not) {
    return new Matcher.Header(
        named("cookie")
            .setStringMatch(Texts.regex(cookie.pattern()))
            .setInvertMatch(not)
            .setTreatMissingHeaderAsEmpty(not)
            .build());
  }

  private static QueryParameterMatcher query(String name, TextMatch match) {
    QueryParameterMatcher.Builder query = QueryParameterMatcher.newBuilder().setName(name);
    if (match instanceof TextMatch.Not) {
      return query.setPresentMatch(false).build();
    }
    return Texts.isAnything(match)
        ? query.setPresentMatch(true).build()
        : query.setStringMatch(Texts.matcher(match)).build();
  }

  private static MetadataMatcher claim(Requirement.Claim claim) {
    MetadataMatcher.Builder metadata =
        MetadataMatcher.newBuilder()
            .setFilter(JWT_FILTER)
            .addPath(segment(claim.payload()))
            .setInvert(claim.match() instanceof TextMatch.Not);
    claim.path().forEach(key -> metadata.addPath(segment(key)));
    TextMatch plain = Texts.plain(claim.match());
    boolean any = claim.anyElement() && !(plain instanceof TextMatch.Present);
    ValueMatcher value = value(plain);
    return metadata
        .setValue(
            any
                ? ValueMatcher.newBuilder()
                    .setListMatch(ListMatcher.newBuilder().setOneOf(value))
                    .build()
                : value)
        .build();
  }

  private static MetadataMatcher.PathSegment segment(String key) {
    return MetadataMatcher.PathSegment.newBuilder().setKey(key).build();
  }

  private static ValueMatcher value(TextMatch plain) {
    ValueMatcher.Builder value = ValueMatcher.newBuilder();
    if (plain instanceof TextMatch.Present) {
      return value.setPresentMatch(true).build();
    }
    return plain instanceof TextMatch.Range(long from, long to)
        ? value
            .setDoubleMatch(
                DoubleMatcher.newBuilder()
                    .setRange(DoubleRange.newBuilder().setStart((double) from).setEnd((double) to)))
            .build()
        : value.setStringMatch(Texts.matcher(plain)).build();
  }

  private static FilterStateMatcher source(ImmutableList<String> ranges) {
    AddressMatcher.Builder addresses = AddressMatcher.newBuilder();
    for (String range : ranges) {
      int slash = range.indexOf('/');
      addresses.addRanges(
          CidrRange.newBuilder()
              .setAddressPrefix(range.substring(0, slash))
              .setPrefixLen(UInt32Value.of(Integer.parseInt(range.substring(slash + 1)))));
    }
    return FilterStateMatcher.newBuilder()
        .setKey(SourceAddress.KEY)
        .setAddressMatch(addresses)
        .build();
  }

  private static IllegalStateException noCookies(String name) {
    return new IllegalStateException("cookie " + name + " for a client without cookies");
  }
}
