package dev.serin.mesh;

import com.google.common.net.InetAddresses;
import com.google.protobuf.Value;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.serin.mesh.overlay.NewerFields;
import dev.serin.mesh.overlay.SourceAddress;
import dev.serin.policy.RegexScan;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.FilterStateMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.math.BigInteger;
import java.util.Locale;
import java.util.Optional;

/** Decides, as Envoy does, whether a route takes a request. */
final class RequestMatch {
  private static final String JWT_FILTER = "envoy.filters.http.jwt_authn";

  /** Thrown where the answer hangs on something that a simulated request does not have. */
  static final class Undecidable extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Undecidable(String message) {
      super(message);
    }
  }

  private final SimulatedRequest request;

  RequestMatch(SimulatedRequest request) {
    this.request = request;
  }

  boolean takes(RouteMatch match) {
    if (!path(match)
        || !match.getHeadersList().stream().allMatch(this::header)
        || !match.getQueryParametersList().stream().allMatch(this::query)
        || !NewerFields.cookies(match).stream().allMatch(this::cookie)
        || !match.getDynamicMetadataList().stream().allMatch(this::metadata)
        || !match.getFilterStateList().stream().allMatch(this::state)) {
      return false;
    }
    requireDecidable(match);
    return true;
  }

  /** What may still say no, but only a real proxy could tell. */
  private static void requireDecidable(RouteMatch match) {
    if (match.hasRuntimeFraction()) {
      throw new Undecidable("a random fraction of requests");
    }
    if (match.hasGrpc() || match.hasTlsContext()) {
      throw new Undecidable("a matcher of the connection");
    }
    NewerFields.unread(match)
        .ifPresent(field -> {
          throw new Undecidable("field " + field + " of RouteMatch, newer than this build");
        });
  }

  private boolean path(RouteMatch match) {
    String path = request.pathWithoutQuery();
    boolean exactCase = !match.hasCaseSensitive() || match.getCaseSensitive().getValue();
    return switch (match.getPathSpecifierCase()) {
      case PREFIX ->
          path.regionMatches(!exactCase, 0, match.getPrefix(), 0, match.getPrefix().length());
      case PATH ->
          exactCase ? path.equals(match.getPath()) : path.equalsIgnoreCase(match.getPath());
      case SAFE_REGEX -> full(match.getSafeRegex().getRegex(), path);
      case PATH_SEPARATED_PREFIX -> {
        String prefix = match.getPathSeparatedPrefix();
        yield path.regionMatches(!exactCase, 0, prefix, 0, prefix.length())
            && (path.length() == prefix.length() || path.charAt(prefix.length()) == '/');
      }
      case CONNECT_MATCHER -> request.header(":method").equals(Optional.of("CONNECT"));
      case PATH_MATCH_POLICY -> throw new Undecidable("a path matcher that is an extension");
      case PATHSPECIFIER_NOT_SET -> throw new Undecidable("a route without a path");
    };
  }

  private boolean header(HeaderMatcher matcher) {
    Optional<String> value = request.header(matcher.getName());
    if (value.isEmpty()
        && matcher.getHeaderMatchSpecifierCase()
            == HeaderMatcher.HeaderMatchSpecifierCase.PRESENT_MATCH) {
      return matcher.getPresentMatch() == matcher.getInvertMatch();
    }
    if (value.isEmpty() && !matcher.getTreatMissingHeaderAsEmpty()) {
      return false; // Even inverted: Envoy compares nothing with an absent header.
    }
    return headerValue(matcher, value.orElse("")) != matcher.getInvertMatch();
  }

  @SuppressWarnings("deprecation") // A base may still use the older spellings.
  private static boolean headerValue(HeaderMatcher matcher, String value) {
    return switch (matcher.getHeaderMatchSpecifierCase()) {
      case STRING_MATCH -> text(matcher.getStringMatch(), value);
      case PRESENT_MATCH -> matcher.getPresentMatch();
      case HEADERMATCHSPECIFIER_NOT_SET -> true;
      case EXACT_MATCH -> value.equals(matcher.getExactMatch());
      case PREFIX_MATCH -> value.startsWith(matcher.getPrefixMatch());
      case SUFFIX_MATCH -> value.endsWith(matcher.getSuffixMatch());
      case CONTAINS_MATCH -> value.contains(matcher.getContainsMatch());
      case SAFE_REGEX_MATCH -> full(matcher.getSafeRegexMatch().getRegex(), value);
      case RANGE_MATCH -> {
        try {
          long number = Long.parseLong(value);
          yield number >= matcher.getRangeMatch().getStart()
              && number < matcher.getRangeMatch().getEnd();
        } catch (NumberFormatException e) {
          yield false;
        }
      }
    };
  }

  private boolean query(QueryParameterMatcher matcher) {
    Optional<String> value = Optional.ofNullable(request.query().get(matcher.getName()));
    return switch (matcher.getQueryParameterMatchSpecifierCase()) {
      case STRING_MATCH -> value.filter(text -> text(matcher.getStringMatch(), text)).isPresent();
      case PRESENT_MATCH -> value.isPresent() == matcher.getPresentMatch();
      case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> value.isPresent();
    };
  }

  /** Unlike a header, an absent cookie does match when inverted. */
  private boolean cookie(NewerFields.CookieMatcher matcher) {
    String value = request.cookies().get(matcher.name());
    return (value != null && text(matcher.match(), value)) != matcher.invert();
  }

  /** Claims of a token; what other filters leave is not simulated. */
  private boolean metadata(MetadataMatcher matcher) {
    if (!matcher.getFilter().equals(JWT_FILTER)) {
      throw new Undecidable("metadata of filter " + matcher.getFilter());
    }
    Value value = Value.newBuilder().setStructValue(request.claims()).build();
    for (MetadataMatcher.PathSegment segment : matcher.getPathList()) {
      value =
          value.getStructValue().getFieldsOrDefault(segment.getKey(), Value.getDefaultInstance());
    }
    return value(matcher.getValue(), value) != matcher.getInvert();
  }

  private static boolean value(ValueMatcher matcher, Value value) {
    return switch (matcher.getMatchPatternCase()) {
      case STRING_MATCH ->
          value.hasStringValue() && text(matcher.getStringMatch(), value.getStringValue());
      case PRESENT_MATCH ->
          (value.getKindCase() != Value.KindCase.KIND_NOT_SET) == matcher.getPresentMatch();
      case DOUBLE_MATCH ->
          value.hasNumberValue()
              && value.getNumberValue() >= matcher.getDoubleMatch().getRange().getStart()
              && value.getNumberValue() < matcher.getDoubleMatch().getRange().getEnd();
      case LIST_MATCH ->
          value.getListValue().getValuesList().stream()
              .anyMatch(element -> value(matcher.getListMatch().getOneOf(), element));
      case NULL_MATCH, BOOL_MATCH, OR_MATCH, MATCHPATTERN_NOT_SET ->
          throw new Undecidable("a matcher of metadata other than text, number and list");
    };
  }

  private boolean state(FilterStateMatcher matcher) {
    if (!matcher.getKey().equals(SourceAddress.KEY) || !matcher.hasAddressMatch()) {
      throw new Undecidable("filter state " + matcher.getKey());
    }
    byte[] source = InetAddresses.forString(request.source()).getAddress();
    return matcher.getAddressMatch().getRangesList().stream()
        .anyMatch(range ->
            isWithin(
                source,
                InetAddresses.forString(range.getAddressPrefix()).getAddress(),
                range.getPrefixLen().getValue()));
  }

  private static boolean isWithin(byte[] address, byte[] prefix, int bits) {
    if (address.length != prefix.length) {
      return false;
    }
    int rest = address.length * 8 - bits;
    if (rest < 0 || bits < 0) {
      throw new Undecidable(
          "a prefix of " + Integer.toUnsignedString(bits) + " bits of an address");
    }
    return new BigInteger(1, address)
        .shiftRight(rest)
        .equals(new BigInteger(1, prefix).shiftRight(rest));
  }

  private static boolean text(StringMatcher matcher, String value) {
    boolean lower = matcher.getIgnoreCase();
    String given = lower ? value.toLowerCase(Locale.ROOT) : value;
    return switch (matcher.getMatchPatternCase()) {
      case EXACT -> given.equals(cased(matcher.getExact(), lower));
      case PREFIX -> given.startsWith(cased(matcher.getPrefix(), lower));
      case SUFFIX -> given.endsWith(cased(matcher.getSuffix(), lower));
      case CONTAINS -> given.contains(cased(matcher.getContains(), lower));
      case SAFE_REGEX -> full(matcher.getSafeRegex().getRegex(), value);
      case CUSTOM -> throw new Undecidable("a string matcher that is an extension");
      case MATCHPATTERN_NOT_SET -> throw new Undecidable("a string matcher without a pattern");
    };
  }

  private static String cased(String text, boolean lower) {
    return lower ? text.toLowerCase(Locale.ROOT) : text;
  }

  private static boolean full(String regex, String text) {
    return compiled(regex).matcher(text).matches();
  }

  /** A base's expressions are anybody's: they are compiled once they cannot cost much. */
  static Pattern compiled(String regex) {
    RegexScan.problem(regex)
        .ifPresent(problem -> {
          throw new Undecidable("a regular expression " + problem);
        });
    try {
      return Pattern.compile(regex);
    } catch (PatternSyntaxException e) {
      throw new Undecidable("a regular expression with " + e.getDescription());
    }
  }
}
