package dev.serin.mesh.overlay;

import com.google.common.collect.ImmutableList;
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

  private final Capabilities capabilities;
  private final ImmutableList.Builder<String> reasons = ImmutableList.builder();

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
    return limits.reasons.build();
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
      }
      case Condition.Cookie(String cookie, TextMatch match) -> {
        cookieName(where, cookie);
        text(where, match);
        cookie(where, cookie, match);
      }
      case Condition.ProxyRegion region -> {}
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
      case BY_HEADER -> {
        if (match instanceof TextMatch.In(ImmutableList<String> values)) {
          values.forEach(value -> fits(where, CookieRegex.of(cookie, new TextMatch.Exact(value))));
        } else {
          fits(where, CookieRegex.of(cookie, match));
        }
      }
    }
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
    ImmutableList<String> values =
        switch (match) {
          case TextMatch.Exact(String value) -> ImmutableList.of(value);
          case TextMatch.Prefix(String value) -> ImmutableList.of(value);
          case TextMatch.Suffix(String value) -> ImmutableList.of(value);
          case TextMatch.Contains(String value) -> ImmutableList.of(value);
          case TextMatch.In(ImmutableList<String> several) -> several;
          case TextMatch.Present() -> ImmutableList.of();
        };
    for (String value : values) {
      if (hasControl(value)) {
        reasons.add(where + ": value " + shown(value) + " (expected: no control characters)");
      }
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
