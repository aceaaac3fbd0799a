package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Agent;
import dev.serin.policy.Cohort.Combine;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.StickySource;
import dev.serin.text.MatchReading.Of;
import dev.serin.text.Problem.Code;
import dev.serin.v1.ClaimCondition;
import dev.serin.v1.ProxyCondition;
import dev.serin.v1.UserAgentCondition;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/** Who a request is: the cohorts and the sticky sources of a policy. */
final class CohortReading {

  /** Stands for a condition that could not be read. */
  private static final Condition NOBODY = new Condition.ProxyRegion("x");

  /** The key under which the examples of Envoy's JWT filter keep a payload. */
  static final String PAYLOAD = "jwt_payload";

  /** No more than a URI, and nothing that separates parts of the header it stands in. */
  private static final Pattern IDENTITY =
      Pattern.compile("[a-z][a-z0-9+.-]*://[!-~&&[^;,\"\\\\]]+");

  private static final int MAX_STICKY = 10;

  private final Checks checks;
  private final Findings findings;
  private final MatchReading matches;

  CohortReading(Checks checks) {
    this.checks = checks;
    this.matches = new MatchReading(checks);
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
    ImmutableSortedMap<String, Cohort> all = cohorts.buildOrThrow();
    all.forEach((name, cohort) -> references("spec.cohorts." + Shown.value(name), cohort, all));
    return all;
  }

  /** A cohort may be defined by others, which must be there and must not lead back to it. */
  private void references(String path, Cohort cohort, ImmutableSortedMap<String, Cohort> all) {
    String at = path + "." + cohort.combine().name().toLowerCase(Locale.ROOT);
    for (int i = 0; i < cohort.conditions().size(); i++) {
      if (cohort.conditions().get(i) instanceof Condition.Named(String other)) {
        String each = at + "[" + i + "].cohort";
        if (!all.containsKey(other)) {
          findings.error(
              each,
              Code.UNKNOWN_REFERENCE,
              "cohort " + Shown.value(other) + " (expected: one of spec.cohorts)",
              Suggestion.hint(other, all.keySet()));
        } else if (Cohort.closure(all, List.of(other)).containsKey(cohort.name())) {
          findings.error(
              each,
              Code.CONFLICT,
              Shown.value(other)
                  + ", which is defined by "
                  + cohort.name()
                  + " (expected: no circle)",
              "");
        }
      }
    }
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
        name, any ? Combine.ANY : Combine.ALL, all.isEmpty() ? ImmutableList.of(NOBODY) : all);
  }

  private Condition condition(String path, dev.serin.v1.Condition message) {
    return switch (message.getConditionCase()) {
      case HEADER -> {
        String at = path + ".header";
        // Header names are compared without case; one spelling keeps policies comparable.
        yield new Condition.Header(
            checks
                .token(at + ".name", message.getHeader().getName(), "header")
                .toLowerCase(Locale.ROOT),
            matches.match(at, message.getHeader(), Of.HEADER));
      }
      case COOKIE -> {
        String at = path + ".cookie";
        yield new Condition.Cookie(
            checks.token(at + ".name", message.getCookie().getName(), "cookie"),
            matches.match(at, message.getCookie(), Of.COOKIE));
      }
      case QUERY -> {
        String at = path + ".query";
        yield new Condition.Query(
            checks.value(at + ".name", message.getQuery().getName()),
            matches.match(at, message.getQuery(), Of.QUERY));
      }
      case PATH -> new Condition.Path(matches.match(path + ".path", message.getPath(), Of.PATH));
      case METHOD -> method(path + ".method.in", message.getMethod().getInList());
      case CLAIM -> claim(path + ".claim", message.getClaim());
      case SOURCE -> source(path + ".source.ranges", message.getSource().getRangesList());
      case USER_AGENT -> userAgent(path + ".userAgent", message.getUserAgent());
      case CALLER -> caller(path + ".caller.identities", message.getCaller().getIdentitiesList());
      case PROXY -> proxy(path + ".proxy", message.getProxy());
      case COHORT -> new Condition.Named(checks.name(path + ".cohort", message.getCohort()));
      case CONDITION_NOT_SET -> {
        findings.error(
            path,
            Code.MISSING,
            "nothing (expected: one of header, cookie, query, path, method, claim, source,"
                + " userAgent, caller, proxy, cohort)",
            "");
        yield NOBODY;
      }
    };
  }

  private Condition method(String path, List<String> methods) {
    some(path, methods, "GET");
    for (int i = 0; i < methods.size(); i++) {
      checks.method(path + "[" + i + "]", methods.get(i));
    }
    return new Condition.Method(ImmutableSortedSet.copyOf(methods));
  }

  private Condition claim(String path, ClaimCondition claim) {
    some(path + ".path", claim.getPathList(), "tier");
    for (int i = 0; i < claim.getPathCount(); i++) {
      checks.value(path + ".path[" + i + "]", claim.getPath(i));
    }
    return new Condition.Claim(
        claim.getPayload().isEmpty()
            ? PAYLOAD
            : checks.value(path + ".payload", claim.getPayload()),
        ImmutableList.copyOf(claim.getPathList()),
        claim.getAnyElement(),
        matches.match(path, claim, Of.CLAIM));
  }

  private Condition source(String path, List<String> ranges) {
    some(path, ranges, "10.0.0.0/8");
    ImmutableList.Builder<String> whole = ImmutableList.builder();
    for (int i = 0; i < ranges.size(); i++) {
      whole.add(checks.addressRange(path + "[" + i + "]", ranges.get(i)));
    }
    return new Condition.Source(whole.build());
  }

  private Condition userAgent(String path, UserAgentCondition agent) {
    return switch (agent.getMatchCase()) {
      case KIND ->
          switch (agent.getKind()) {
            case MOBILE -> new Condition.UserAgent(Agent.MOBILE);
            case DESKTOP -> new Condition.UserAgent(Agent.DESKTOP);
            case BOT -> new Condition.UserAgent(Agent.BOT);
            case KIND_UNSPECIFIED, UNRECOGNIZED -> {
              checks.unknownEnum(path + ".kind", agent.getKindValue());
              yield NOBODY;
            }
          };
      // Nothing but the header's value is looked at, so it is a condition on the header.
      case REGEX ->
          new Condition.Header("user-agent", matches.regex(path + ".regex", agent.getRegex()));
      case MATCH_NOT_SET -> {
        findings.error(
            path, Code.MISSING, "nothing (expected: mobile, desktop, bot or {regex: ...})", "");
        yield NOBODY;
      }
    };
  }

  private Condition caller(String path, List<String> identities) {
    some(path, identities, "spiffe://cluster.local/ns/shop/sa/web");
    for (int i = 0; i < identities.size(); i++) {
      String at = path + "[" + i + "]";
      String identity = checks.value(at, identities.get(i));
      if (!identity.isEmpty() && !IDENTITY.matcher(identity).matches()) {
        findings.error(
            at,
            Code.BAD_VALUE,
            Shown.value(identity) + " (expected: a URI of a certificate, as spiffe://a/ns/b/sa/c)",
            "");
      }
    }
    return new Condition.Caller(ImmutableList.copyOf(identities));
  }

  private Condition proxy(String path, ProxyCondition proxy) {
    if (!proxy.getRegion().isEmpty() && !proxy.getCluster().isEmpty()) {
      findings.error(
          path,
          Code.CONFLICT,
          "region beside cluster (expected: one of them)",
          "two conditions go under all");
    }
    return proxy.getCluster().isEmpty()
        ? new Condition.ProxyRegion(checks.value(path + ".region", proxy.getRegion()))
        : new Condition.MeshCluster(checks.value(path + ".cluster", proxy.getCluster()));
  }

  private void some(String path, List<String> given, String example) {
    checks.fits(path, given, Checks.MAX_LIST);
    if (given.isEmpty()) {
      findings.error(
          path, Code.MISSING, "nothing (expected: at least one, as " + example + ")", "");
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
