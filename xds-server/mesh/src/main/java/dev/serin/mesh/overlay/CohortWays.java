package dev.serin.mesh.overlay;

import static com.google.common.collect.ImmutableList.toImmutableList;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Lists;
import dev.serin.mesh.overlay.Rule.Requirement;
import dev.serin.policy.Cohort;
import dev.serin.policy.Cohort.Agent;
import dev.serin.policy.Cohort.Condition;
import dev.serin.policy.Cohort.TextMatch;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;

/**
 * The ways to be in a cohort, as seen from a proxy: each is a conjunction that one route can ask
 * for. What the proxy's own place decides is decided here.
 */
final class CohortWays {
  /** Always, whoever sends the request. */
  private static final ImmutableList<ImmutableList<Requirement>> EVERYBODY =
      ImmutableList.of(ImmutableList.of());

  private static final ImmutableList<ImmutableList<Requirement>> NOBODY = ImmutableList.of();

  private static final String PATH = ":path";
  private static final String USER_AGENT = "user-agent";
  private static final String CLIENT_CERTIFICATE = "x-forwarded-client-cert";

  /** What programs say of themselves that are no browsers. */
  private static final String BOTS =
      ".*([bB]ot[/; ]|[cC]rawl|[sS]pider|curl/|python-|Go-http|okhttp|Java/).*";

  private static final String PHONES = ".*(Mobile|Android|iPhone|iPad).*";
  private static final String DESKTOPS = ".*(Windows NT|Macintosh|X11; |CrOS ).*";

  private final ImmutableSortedMap<String, Cohort> cohorts;
  private final Capabilities capabilities;

  CohortWays(ImmutableSortedMap<String, Cohort> cohorts, Capabilities capabilities) {
    this.cohorts = cohorts;
    this.capabilities = capabilities;
  }

  /** All ways, in the order of the conditions. Ask {@link #count} first. */
  ImmutableList<ImmutableList<Requirement>> of(String cohort) {
    Cohort definition = definition(cohort);
    List<ImmutableList<ImmutableList<Requirement>>> each =
        definition.conditions().stream().map(this::ways).toList();
    return switch (definition.combine()) {
      case ANY ->
          each.contains(EVERYBODY)
              ? EVERYBODY
              : each.stream().flatMap(List::stream).distinct().collect(toImmutableList());
      case ALL ->
          Lists.cartesianProduct(each).stream()
              .map(way -> way.stream().flatMap(List::stream).distinct().collect(toImmutableList()))
              .collect(toImmutableList());
    };
  }

  /** Counts without listing: a product of long lists must not be built to be refused. */
  long count(String cohort) {
    Cohort definition = definition(cohort);
    long count = definition.combine() == Cohort.Combine.ALL ? 1 : 0;
    for (Condition condition : definition.conditions()) {
      long ways =
          condition instanceof Condition.Named(String other)
              ? count(other)
              : ways(condition).size();
      count = definition.combine() == Cohort.Combine.ALL ? count * ways : count + ways;
      count = Math.min(count, Integer.MAX_VALUE);
    }
    return count;
  }

  private Cohort definition(String cohort) {
    return Objects.requireNonNull(cohorts.get(cohort), cohort);
  }

  private ImmutableList<ImmutableList<Requirement>> ways(Condition condition) {
    return switch (condition) {
      case Condition.Header(String name, TextMatch match) -> header(name, match);
      case Condition.Cookie(String name, TextMatch match) ->
          each(match, single -> new Requirement.Cookie(name, single));
      case Condition.Query(String name, TextMatch match) ->
          alternatives(match)
              .map(m -> one(new Requirement.Query(name, m)))
              .collect(toImmutableList());
      case Condition.Path(TextMatch match) -> path(match);
      case Condition.Method(var methods) -> ImmutableList.of(one(new Requirement.Method(methods)));
      case Condition.Claim claim ->
          each(
              claim.match(),
              single ->
                  new Requirement.Claim(claim.payload(), claim.path(), claim.anyElement(), single));
      case Condition.Source(var ranges) -> ImmutableList.of(one(new Requirement.Source(ranges)));
      case Condition.UserAgent(Agent agent) -> ImmutableList.of(agent(agent));
      case Condition.Caller(var identities) ->
          identities.stream().flatMap(CohortWays::caller).collect(toImmutableList());
      case Condition.ProxyRegion(String region) ->
          region.equals(capabilities.region()) ? EVERYBODY : NOBODY;
      case Condition.MeshCluster(String cluster) ->
          cluster.equals(capabilities.meshCluster()) ? EVERYBODY : NOBODY;
      case Condition.Named(String cohort) -> of(cohort);
    };
  }

  /** Whether it takes a look-up in a tree, since a route a value would be too many. */
  static boolean isLongList(Condition condition) {
    return condition instanceof Condition.Header(String name, TextMatch.In(var values))
        && values.size() > SplitRules.MAX_SINGLES;
  }

  private static ImmutableList<ImmutableList<Requirement>> header(String name, TextMatch match) {
    if (match instanceof TextMatch.In(ImmutableList<String> values)
        && values.size() > SplitRules.MAX_SINGLES) {
      return ImmutableList.of(one(new Requirement.HeaderOneOf(name, ImmutableSet.copyOf(values))));
    }
    if (match instanceof TextMatch.Not(TextMatch inner, boolean orAbsent)) {
      return ImmutableList.of(
          alternatives(inner)
              .map(m -> new Requirement.Header(name, new TextMatch.Not(m, orAbsent)))
              .collect(toImmutableList()));
    }
    return alternatives(match)
        .map(m -> one(new Requirement.Header(name, m)))
        .collect(toImmutableList());
  }

  /**
   * For what Envoy inverts so that the absent matches: where that is not meant, being there is
   * asked for besides.
   */
  private static ImmutableList<ImmutableList<Requirement>> each(
      TextMatch match, java.util.function.Function<TextMatch, Requirement> make) {
    if (match instanceof TextMatch.Not(TextMatch inner, boolean orAbsent)) {
      boolean there = !orAbsent && !(inner instanceof TextMatch.Present);
      return ImmutableList.of(
          Stream.concat(
                  there ? Stream.of(make.apply(new TextMatch.Present())) : Stream.of(),
                  alternatives(inner)
                      .map(m -> new TextMatch.Not(m, !(m instanceof TextMatch.Present)))
                      .map(make))
              .collect(toImmutableList()));
    }
    return alternatives(match).map(m -> one(make.apply(m))).collect(toImmutableList());
  }

  /**
   * Envoy knows the path with its query alone: a whole path ends there, or where a query begins.
   */
  private static ImmutableList<ImmutableList<Requirement>> path(TextMatch match) {
    boolean not = match instanceof TextMatch.Not;
    TextMatch inner = match instanceof TextMatch.Not(TextMatch m, boolean a) ? m : match;
    Stream<TextMatch> compared = alternatives(inner).flatMap(CohortWays::onWholePath);
    return not
        ? ImmutableList.of(
            compared
                .map(m -> new Requirement.Header(PATH, new TextMatch.Not(m, false)))
                .collect(toImmutableList()))
        : compared.map(m -> one(new Requirement.Header(PATH, m))).collect(toImmutableList());
  }

  private static Stream<TextMatch> onWholePath(TextMatch match) {
    return switch (match) {
      case TextMatch.Exact(String value) -> Stream.of(match, new TextMatch.Prefix(value + "?"));
      case TextMatch.Prefix prefix -> Stream.of(match);
      case TextMatch.Suffix(String value) -> Stream.of(PathRegex.suffix(value, false));
      case TextMatch.Contains(String value) -> Stream.of(PathRegex.contains(value, false));
      case TextMatch.IgnoreCase(TextMatch.Exact(String value)) ->
          Stream.of(match, new TextMatch.IgnoreCase(new TextMatch.Prefix(value + "?")));
      case TextMatch.IgnoreCase(TextMatch.Suffix(String value)) ->
          Stream.of(PathRegex.suffix(value, true));
      case TextMatch.IgnoreCase(TextMatch.Contains(String value)) ->
          Stream.of(PathRegex.contains(value, true));
      case TextMatch.IgnoreCase prefix -> Stream.of(match);
      case TextMatch.In in -> throw unexpected(in);
      case TextMatch.Present present -> throw unexpected(present);
      case TextMatch.Regex regex -> throw unexpected(regex);
      case TextMatch.Range range -> throw unexpected(range);
      case TextMatch.Not not -> throw unexpected(not);
    };
  }

  private static IllegalArgumentException unexpected(TextMatch match) {
    return new IllegalArgumentException(match + " of a path (expected: a comparison of its text)");
  }

  private static ImmutableList<Requirement> agent(Agent agent) {
    Requirement noBot =
        new Requirement.Header(USER_AGENT, new TextMatch.Not(new TextMatch.Regex(BOTS), false));
    return switch (agent) {
      case BOT -> one(userAgent(BOTS));
      // The crawlers of phones' pages say that they are phones.
      case MOBILE -> ImmutableList.of(userAgent(PHONES), noBot);
      case DESKTOP -> ImmutableList.of(userAgent(DESKTOPS), noBot);
    };
  }

  private static Requirement userAgent(String pattern) {
    return new Requirement.Header(USER_AGENT, new TextMatch.Regex(pattern));
  }

  /** The URI is the last of a certificate's parts, or others follow, or other certificates do. */
  private static Stream<ImmutableList<Requirement>> caller(String identity) {
    String part = "URI=" + identity;
    return Stream.of(
            new TextMatch.Suffix(part),
            new TextMatch.Contains(part + ";"),
            new TextMatch.Contains(part + ","))
        .map(match -> one(new Requirement.Header(CLIENT_CERTIFICATE, match)));
  }

  /** Envoy has no matcher for one of several texts; a route each is exact and needs no regex. */
  private static Stream<TextMatch> alternatives(TextMatch match) {
    return switch (match) {
      case TextMatch.In(ImmutableList<String> values) ->
          values.stream().distinct().map(TextMatch.Exact::new);
      case TextMatch.IgnoreCase(TextMatch.In(ImmutableList<String> values)) ->
          values.stream().distinct().map(v -> new TextMatch.IgnoreCase(new TextMatch.Exact(v)));
      case TextMatch.IgnoreCase other -> Stream.of(other);
      case TextMatch.Exact other -> Stream.of(other);
      case TextMatch.Prefix other -> Stream.of(other);
      case TextMatch.Suffix other -> Stream.of(other);
      case TextMatch.Contains other -> Stream.of(other);
      case TextMatch.Present other -> Stream.of(other);
      case TextMatch.Regex other -> Stream.of(other);
      case TextMatch.Range other -> Stream.of(other);
      case TextMatch.Not other -> Stream.of(other);
    };
  }

  private static ImmutableList<Requirement> one(Requirement requirement) {
    return ImmutableList.of(requirement);
  }
}
