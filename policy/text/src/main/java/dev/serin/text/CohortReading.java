package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Combine;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import dev.serin.policy.StickySource;
import dev.serin.text.Problem.Code;
import dev.serin.v1.CookieCondition;
import dev.serin.v1.HeaderCondition;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Who a request is: the cohorts and the sticky sources of a policy. */
final class CohortReading {

  /** RFC 6265, cookie-octet: what a cookie's value can hold without quotes. */
  private static final Pattern COOKIE_VALUE =
      Pattern.compile("[\\x21\\x23-\\x2B\\x2D-\\x3A\\x3C-\\x5B\\x5D-\\x7E]*");

  private static final int MAX_STICKY = 10;

  private final Checks checks;
  private final Findings findings;

  CohortReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  ImmutableSortedMap<String, Cohort> cohorts(Map<String, dev.serin.v1.Cohort> messages) {
    checks.fits("spec.cohorts", messages.keySet(), Checks.MAX_LIST);
    ImmutableSortedMap.Builder<String, Cohort> cohorts = ImmutableSortedMap.naturalOrder();
    ImmutableSortedMap.copyOf(messages)
        .forEach((name, message) -> {
          String path = "spec.cohorts." + Shown.value(name);
          checks.name(path, name);
          cohorts.put(name, cohort(path, name, message));
        });
    return cohorts.buildOrThrow();
  }

  private Cohort cohort(String path, String name, dev.serin.v1.Cohort message) {
    boolean any = message.getAnyCount() > 0;
    if (any == message.getAllCount() > 0) {
      findings.error(
          path,
          any ? Code.CONFLICT : Code.MISSING,
          (any ? "any beside all" : "no condition")
              + " (expected: conditions under one of any and all)",
          "");
    }
    String at = path + (any ? ".any" : ".all");
    List<dev.serin.v1.Condition> messages = any ? message.getAnyList() : message.getAllList();
    checks.fits(at, messages, Checks.MAX_LIST);
    ImmutableList.Builder<Condition> conditions = ImmutableList.builder();
    for (int i = 0; i < messages.size(); i++) {
      conditions.add(condition(at + "[" + i + "]", messages.get(i)));
    }
    ImmutableList<Condition> all = conditions.build();
    return new Cohort(
        name,
        any ? Combine.ANY : Combine.ALL,
        all.isEmpty() ? ImmutableList.of(new Condition.ProxyRegion("x")) : all);
  }

  private Condition condition(String path, dev.serin.v1.Condition message) {
    return switch (message.getConditionCase()) {
      case HEADER -> {
        HeaderCondition header = message.getHeader();
        String at = path + ".header";
        // Header names are compared without case; one spelling keeps policies comparable.
        yield new Condition.Header(
            checks.token(at + ".name", header.getName(), "header").toLowerCase(Locale.ROOT),
            match(at, given(header), header.getInList(), false));
      }
      case COOKIE -> {
        CookieCondition cookie = message.getCookie();
        String at = path + ".cookie";
        yield new Condition.Cookie(
            checks.token(at + ".name", cookie.getName(), "cookie"),
            match(at, given(cookie), cookie.getInList(), true));
      }
      case PROXY ->
          new Condition.ProxyRegion(
              checks.value(path + ".proxy.region", message.getProxy().getRegion()));
      case CONDITION_NOT_SET -> {
        findings.error(path, Code.MISSING, "nothing (expected: one of header, cookie, proxy)", "");
        yield new Condition.ProxyRegion("x");
      }
    };
  }

  private static List<TextMatch> given(HeaderCondition header) {
    return switch (header.getMatchCase()) {
      case EXACT -> List.of(new TextMatch.Exact(header.getExact()));
      case PREFIX -> List.of(new TextMatch.Prefix(header.getPrefix()));
      case SUFFIX -> List.of(new TextMatch.Suffix(header.getSuffix()));
      case CONTAINS -> List.of(new TextMatch.Contains(header.getContains()));
      case PRESENT -> header.getPresent() ? List.of(new TextMatch.Present()) : List.of();
      case MATCH_NOT_SET -> List.of();
    };
  }

  private static List<TextMatch> given(CookieCondition cookie) {
    return switch (cookie.getMatchCase()) {
      case EXACT -> List.of(new TextMatch.Exact(cookie.getExact()));
      case PREFIX -> List.of(new TextMatch.Prefix(cookie.getPrefix()));
      case SUFFIX -> List.of(new TextMatch.Suffix(cookie.getSuffix()));
      case CONTAINS -> List.of(new TextMatch.Contains(cookie.getContains()));
      case PRESENT -> cookie.getPresent() ? List.of(new TextMatch.Present()) : List.of();
      case MATCH_NOT_SET -> List.of();
    };
  }

  private TextMatch match(String path, List<TextMatch> given, List<String> in, boolean isCookie) {
    List<TextMatch> matches = new ArrayList<>(given);
    if (!in.isEmpty()) {
      matches.add(new TextMatch.In(ImmutableList.copyOf(in)));
    }
    if (matches.size() != 1) {
      findings.error(
          path,
          matches.isEmpty() ? Code.MISSING : Code.CONFLICT,
          matches.size()
              + " comparisons (expected: one of exact, prefix, suffix, contains, in and"
              + " present: true)",
          "");
      return new TextMatch.Present();
    }
    switch (matches.getFirst()) {
      case TextMatch.Exact(String value) -> value(path + ".exact", value, isCookie);
      case TextMatch.Prefix(String value) -> value(path + ".prefix", value, isCookie);
      case TextMatch.Suffix(String value) -> value(path + ".suffix", value, isCookie);
      case TextMatch.Contains(String value) -> value(path + ".contains", value, isCookie);
      case TextMatch.In(ImmutableList<String> values) -> {
        checks.fits(path + ".in", values, Checks.MAX_LIST);
        for (int i = 0; i < values.size(); i++) {
          value(path + ".in[" + i + "]", values.get(i), isCookie);
        }
      }
      case TextMatch.Present present -> {}
    }
    return matches.getFirst();
  }

  private void value(String path, String value, boolean isCookie) {
    checks.value(path, value);
    if (isCookie && !value.isEmpty() && !COOKIE_VALUE.matcher(value).matches()) {
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(value) + " (expected: no space, comma, semicolon, quote or backslash)",
          "");
    }
  }

  ImmutableList<StickySource> sticky(dev.serin.v1.Sticky message) {
    checks.notSupported("spec.sticky", message.getUseRoute(), "sticky: useRoute");
    checks.fits("spec.sticky", message.getSourcesList(), MAX_STICKY);
    if (message.getSourcesCount() == 0 && !message.getUseRoute()) {
      findings.warn(
          "spec.sticky",
          Code.NOT_STICKY,
          "none (a user may meet both versions in turn)",
          "name what tells users apart, as sticky: [{cookie: sid}, sourceIp]");
    }
    ImmutableList.Builder<StickySource> sources = ImmutableList.builder();
    Set<StickySource> seen = new HashSet<>();
    for (int i = 0; i < message.getSourcesCount(); i++) {
      String path = "spec.sticky.sources[" + i + "]";
      StickySource source = source(path, message.getSources(i));
      if (!seen.add(source)) {
        findings.error(path, Code.DUPLICATE, "the same source twice (expected: once)", "");
      }
      sources.add(source);
    }
    return sources.build();
  }

  private StickySource source(String path, dev.serin.v1.StickySource message) {
    return switch (message.getSourceCase()) {
      case HEADER ->
          new StickySource.Header(
              checks
                  .token(path + ".header", message.getHeader(), "header")
                  .toLowerCase(Locale.ROOT));
      case COOKIE ->
          new StickySource.Cookie(checks.token(path + ".cookie", message.getCookie(), "cookie"));
      case SOURCE_IP -> {
        if (!message.getSourceIp()) {
          findings.error(path + ".sourceIp", Code.BAD_VALUE, "false (expected: true)", "");
        }
        yield new StickySource.SourceIp();
      }
      case SOURCE_NOT_SET -> {
        findings.error(
            path, Code.MISSING, "nothing (expected: one of header, cookie, sourceIp)", "");
        yield new StickySource.SourceIp();
      }
    };
  }
}
