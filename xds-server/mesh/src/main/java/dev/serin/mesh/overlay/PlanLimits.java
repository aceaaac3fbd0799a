package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.re2j.PatternSyntaxException;
import dev.serin.mesh.overlay.Capabilities.Cookies;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import java.util.regex.Pattern;

/**
 * What of a plan a kind of proxy cannot honour, or Envoy would reject. Collects every reason.
 *
 * <p>Policy texts are checked where they are read, too; here is the last place before a proxy.
 */
final class PlanLimits {
  /** RFC 9110, section 5.6.2: a token. Names of cookies are tokens as well (RFC 6265, 4.1.1). */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}");

  private static final int MAX_PATTERN = 256;

  private final Capabilities capabilities;
  private final ImmutableSet.Builder<String> reasons = ImmutableSet.builder();

  private PlanLimits(Capabilities capabilities) {
    this.capabilities = capabilities;
  }

  static ImmutableList<String> reasons(TrafficPlan plan, Capabilities capabilities) {
    PlanLimits limits = new PlanLimits(capabilities);
    if (!plan.sticky().isEmpty() && !capabilities.sticky()) {
      limits.reasons.add(
          "sticky " + plan.sticky() + " (expected: Envoy 1.36 or newer; others draw per request)");
    }
    if (!capabilities.isEnvoy()) {
      limits.envoyOnly(plan);
    }
    plan.sticky().forEach(limits::sticky);
    if (hasControl(plan.salt())) {
      limits.reasons.add("salt of " + plan.rollout() + " (expected: no control characters)");
    }
    for (Cohort cohort : plan.cohorts().values()) {
      for (Condition condition : cohort.conditions()) {
        limits.condition(cohort.name(), condition);
      }
    }
    return limits.reasons.build().asList();
  }

  /** What a gRPC client would silently leave out. */
  private void envoyOnly(TrafficPlan plan) {
    String wanted = " (expected: an Envoy proxy, this client leaves it out)";
    plan.terms().treatment().mirror().ifPresent(mirror -> reasons.add("mirror" + wanted));
    plan.terms().treatment().rateLimit().ifPresent(limit -> reasons.add("rate limit" + wanted));
    if (plan.conduct().retryAtStable()) {
      reasons.add("retry at stable" + wanted);
    }
    if (!plan.conduct().follow().isEmpty()) {
      reasons.add("chain" + wanted);
    }
  }

  private void sticky(StickySource source) {
    switch (source) {
      case StickySource.Header(String header) -> headerName("sticky", header);
      case StickySource.Cookie(String cookie) -> {
        cookieName("sticky", cookie);
        if (capabilities.cookies() == Cookies.BY_HEADER) {
          fits("sticky", CookieRegex.filled(cookie));
        }
      }
      case StickySource.SourceIp() -> {}
    }
  }

  private void condition(String cohort, Condition condition) {
    String where = "cohort " + cohort;
    switch (condition) {
      case Condition.Header(String header, TextMatch match) -> {
        headerName(where, header);
        text(where, match);
        header(where, header, match);
      }
      case Condition.Cookie(String cookie, TextMatch match) -> {
        cookieName(where, cookie);
        text(where, match);
        cookie(where, cookie, match);
      }
      case Condition.Query(String parameter, TextMatch match) -> {
        text(where, match);
        headersAlone(where + ": query parameter " + shown(parameter));
        if (parameter.isEmpty() || hasControl(parameter)) {
          reasons.add(where + ": query parameter " + shown(parameter) + " (expected: a name)");
        }
        if (match instanceof TextMatch.Not(TextMatch inner, boolean a)
            && !(inner instanceof TextMatch.Present)) {
          reasons.add(where + ": not " + inner + " of a query (expected: no such comparison)");
        }
      }
      case Condition.Path(TextMatch match) -> {
        text(where, match);
        headersAlone(where + ": a path");
        path(where, Texts.plain(match), false);
      }
      case Condition.Method(var methods) -> headersAlone(where + ": a method");
      case Condition.Claim claim -> {
        text(where, claim.match());
        headersAlone(where + ": claim " + claim.path());
      }
      case Condition.Source(var ranges) -> headersAlone(where + ": source " + ranges);
      case Condition.UserAgent(var agent) -> headersAlone(where + ": user agent " + agent);
      // A client without a proxy is the caller itself, and has no certificate of another's.
      case Condition.Caller(var identities) -> headersAlone(where + ": caller " + identities);
      case Condition.ProxyRegion region -> {}
      case Condition.MeshCluster cluster -> {}
      case Condition.Named named -> {}
    }
  }

  private void headersAlone(String what) {
    if (!capabilities.isEnvoy()) {
      reasons.add(
          what + " (expected: headers only, which are all that this client matches calls by)");
    }
  }

  private void header(String where, String header, TextMatch match) {
    if (!capabilities.isEnvoy() && match instanceof TextMatch.Not not && not.orAbsent()) {
      reasons.add(
          where
              + ": header "
              + header
              + " that may be absent (expected: one that is there, this client takes no other)");
    }
    if (!capabilities.isEnvoy() && (header.equals("user-agent") || header.endsWith("-bin"))) {
      reasons.add(
          where + ": header " + header + " (expected: another, this client does not match it)");
    }
  }

  private void path(String where, TextMatch match, boolean ignoringCase) {
    switch (match) {
      case TextMatch.IgnoreCase(TextMatch inner) -> path(where, inner, true);
      case TextMatch.Suffix(String value) -> pathPart(where, value, ignoringCase);
      case TextMatch.Contains(String value) -> pathPart(where, value, ignoringCase);
      case TextMatch.Exact exact -> {}
      case TextMatch.Prefix prefix -> {}
      case TextMatch.In in -> {}
      case TextMatch.Present m -> reasons.add(where + ": path " + m + " (expected: its text)");
      case TextMatch.Regex m -> reasons.add(where + ": path " + m + " (expected: its text)");
      case TextMatch.Range m -> reasons.add(where + ": path " + m + " (expected: its text)");
      case TextMatch.Not m -> reasons.add(where + ": path " + m + " (expected: its text)");
    }
  }

  private void pathPart(String where, String value, boolean ignoringCase) {
    int bytes = PathRegex.literalBytes(value, ignoringCase);
    if (bytes > PathRegex.MAX_LITERAL_BYTES) {
      reasons.add(
          where
              + ": part of a path of "
              + bytes
              + " bytes (expected: at most "
              + PathRegex.MAX_LITERAL_BYTES
              + ", k and s counting five without case)");
    }
  }

  private void cookie(String where, String cookie, TextMatch match) {
    switch (capabilities.cookies()) {
      case NATIVE -> {}
      case NONE ->
          reasons.add(
              where
                  + ": cookie "
                  + cookie
                  + " (expected: headers only, this client has no cookies)");
      case BY_HEADER -> cookieByHeader(where, cookie, Texts.plain(match));
    }
  }

  private void cookieByHeader(String where, String cookie, TextMatch match) {
    switch (match) {
      case TextMatch.In(ImmutableList<String> values) ->
          values.forEach(value -> fits(where, CookieRegex.of(cookie, new TextMatch.Exact(value))));
      case TextMatch.Exact m -> fits(where, CookieRegex.of(cookie, m));
      case TextMatch.Prefix m -> fits(where, CookieRegex.of(cookie, m));
      case TextMatch.Suffix m -> fits(where, CookieRegex.of(cookie, m));
      case TextMatch.Contains m -> fits(where, CookieRegex.of(cookie, m));
      case TextMatch.Present m -> fits(where, CookieRegex.of(cookie, m));
      case TextMatch.Regex m -> tooOld(where, cookie, "a pattern");
      case TextMatch.IgnoreCase m -> tooOld(where, cookie, "a comparison without case");
      case TextMatch.Range m -> tooOld(where, cookie, "a range");
      case TextMatch.Not m -> tooOld(where, cookie, "a double negation");
    }
  }

  private void tooOld(String where, String cookie, String what) {
    reasons.add(
        where + ": " + what + " of cookie " + cookie + " (expected: Envoy 1.37 or newer for it)");
  }

  private void fits(String where, CookieRegex regex) {
    if (!regex.fitsEnvoy()) {
      reasons.add(
          where
              + ": cookie name and value of "
              + regex.literalBytes()
              + " bytes (expected: at most "
              + CookieRegex.MAX_LITERAL_BYTES
              + " together before Envoy 1.37)");
    }
  }

  private void headerName(String where, String name) {
    if (!TOKEN.matcher(name).matches() || name.equalsIgnoreCase("host")) {
      reasons.add(where + ": header " + shown(name) + " (expected: a header's name, not host)");
    }
  }

  private void cookieName(String where, String name) {
    if (!TOKEN.matcher(name).matches()) {
      reasons.add(where + ": cookie " + shown(name) + " (expected: a cookie's name)");
    }
  }

  private void text(String where, TextMatch match) {
    switch (match) {
      case TextMatch.Exact(String value) -> value(where, value);
      case TextMatch.Prefix(String value) -> value(where, value);
      case TextMatch.Suffix(String value) -> value(where, value);
      case TextMatch.Contains(String value) -> value(where, value);
      case TextMatch.In(ImmutableList<String> several) -> several.forEach(v -> value(where, v));
      case TextMatch.Regex(String pattern) -> pattern(where, pattern);
      case TextMatch.IgnoreCase(TextMatch inner) -> text(where, inner);
      case TextMatch.Not(TextMatch inner, boolean orAbsent) -> text(where, inner);
      case TextMatch.Present present -> {}
      case TextMatch.Range range -> {}
    }
  }

  private void value(String where, String value) {
    if (hasControl(value)) {
      reasons.add(where + ": value " + shown(value) + " (expected: no control characters)");
    }
  }

  /** Its size was looked at where the policy was read. */
  private void pattern(String where, String pattern) {
    value(where, pattern);
    if (pattern.length() > MAX_PATTERN) {
      reasons.add(
          where
              + ": pattern of "
              + pattern.length()
              + " characters (expected: at most "
              + MAX_PATTERN
              + ")");
      return;
    }
    try {
      com.google.re2j.Pattern.compile(pattern);
    } catch (PatternSyntaxException e) {
      reasons.add(where + ": pattern " + shown(pattern) + " (expected: RE2's syntax)");
    }
  }

  private static boolean hasControl(String text) {
    return text.chars().anyMatch(c -> c < 0x20 || c == 0x7f);
  }

  private static String shown(String text) {
    String visible = text.replaceAll("\\p{Cntrl}", "?");
    return '"' + (visible.length() > 64 ? visible.substring(0, 64) + "..." : visible) + '"';
  }
}
