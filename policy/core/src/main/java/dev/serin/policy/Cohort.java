package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.TreeMap;

/**
 * A named group of requests that a step can treat on its own.
 *
 * @param conditions never empty
 */
public record Cohort(String name, Combine combine, ImmutableList<Condition> conditions) {

  /** How the conditions of a cohort combine. */
  public enum Combine {
    ANY,
    ALL
  }

  /** One thing that a request, or the proxy that it passes, must have. */
  public sealed interface Condition {
    /** A request header. An absent header matches nothing, unless the match says otherwise. */
    record Header(String header, TextMatch match) implements Condition {}

    /** A cookie of the request; absent ones as for headers. */
    record Cookie(String cookie, TextMatch match) implements Condition {}

    /**
     * The first value of a query parameter. Envoy inverts no such match, so that {@link
     * TextMatch.Not} is only taken around {@link TextMatch.Present}.
     */
    record Query(String parameter, TextMatch match) implements Condition {}

    /** The path of the request without its query: a comparison, never a pattern or a range. */
    record Path(TextMatch match) implements Condition {}

    /**
     * The method of the request.
     *
     * @param methods any of these, in capitals; never empty
     */
    record Method(ImmutableSortedSet<String> methods) implements Condition {}

    /**
     * A claim of the token that the proxy has verified (filter {@code envoy.filters.http.jwt_authn}
     * with {@code payload_in_metadata} and {@code clear_route_cache}).
     *
     * @param payload the key under which the filter keeps the token's payload
     * @param path to the claim, from the outermost object; never empty
     * @param anyElement whether the claim is a list, of which one element must match
     */
    record Claim(String payload, ImmutableList<String> path, boolean anyElement, TextMatch match)
        implements Condition {}

    /**
     * The address of the client, which the filter {@code set_filter_state} keeps as {@code
     * serin.source}.
     *
     * @param ranges any of these, as {@code 10.0.0.0/8}; never empty
     */
    record Source(ImmutableList<String> ranges) implements Condition {}

    /** What kind of program sends the request, going by its user-agent header. */
    record UserAgent(Agent agent) implements Condition {}

    /**
     * The workload that calls, by the identity in its client certificate as the proxy's listener
     * writes it into {@code x-forwarded-client-cert}. Envoy takes that header from no client unless
     * it is told to. Where a listener appends to it, any of the hops matches.
     *
     * @param identities any of these URIs, as {@code spiffe://cluster.local/ns/shop/sa/web}; never
     *     empty
     */
    record Caller(ImmutableList<String> identities) implements Condition {}

    /** The locality region of the proxy. */
    record ProxyRegion(String region) implements Condition {}

    /** The mesh cluster of the proxy. */
    record MeshCluster(String cluster) implements Condition {}

    /** Whoever is in another cohort of the policy. */
    record Named(String cohort) implements Condition {}
  }

  /** The kinds of programs that are told apart. */
  public enum Agent {
    MOBILE,
    DESKTOP,
    BOT
  }

  /** How a value is compared; upper and lower case differ. */
  public sealed interface TextMatch {
    record Exact(String value) implements TextMatch {}

    record Prefix(String value) implements TextMatch {}

    record Suffix(String value) implements TextMatch {}

    record Contains(String value) implements TextMatch {}

    /** Any of the values; never empty. */
    record In(ImmutableList<String> values) implements TextMatch {}

    /** There, with whatever value. */
    record Present() implements TextMatch {}

    /** The whole value, in RE2's syntax. */
    record Regex(String pattern) implements TextMatch {}

    /** A whole number of at least {@code from} and below {@code to}. */
    record Range(long from, long to) implements TextMatch {
      public Range {
        if (from >= to) {
          throw new IllegalArgumentException(
              "range [" + from + ", " + to + ") (expected: from below to)");
        }
      }
    }

    /** Upper and lower case do not differ. Holds one of the first five kinds. */
    record IgnoreCase(TextMatch match) implements TextMatch {
      public IgnoreCase {
        boolean folds =
            switch (match) {
              case Exact m -> true;
              case Prefix m -> true;
              case Suffix m -> true;
              case Contains m -> true;
              case In m -> true;
              case Present m -> false;
              case Regex m -> false;
              case Range m -> false;
              case IgnoreCase m -> false;
              case Not m -> false;
            };
        if (!folds) {
          throw new IllegalArgumentException("case of " + match + " (expected: of a text)");
        }
      }
    }

    /**
     * There, with a value that does not match; around {@link Present}, not there. Stands around all
     * others.
     *
     * @param orAbsent whether what is not there matches too
     */
    record Not(TextMatch match, boolean orAbsent) implements TextMatch {
      public Not {
        if (match instanceof Not || (match instanceof Present && orAbsent)) {
          throw new IllegalArgumentException("not " + match + " (expected: a comparison)");
        }
      }
    }
  }

  public Cohort {
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException(
          "cohort " + name + " has no condition (expected: at least one)");
    }
  }

  /** The cohorts that its conditions name. */
  public ImmutableSortedSet<String> named() {
    ImmutableSortedSet.Builder<String> named = ImmutableSortedSet.naturalOrder();
    for (Condition condition : conditions) {
      if (condition instanceof Condition.Named(String other)) {
        named.add(other);
      }
    }
    return named.build();
  }

  /** Those of {@code all} that have these names, and all that they name in turn. */
  public static ImmutableSortedMap<String, Cohort> closure(
      ImmutableSortedMap<String, Cohort> all, Collection<String> names) {
    TreeMap<String, Cohort> found = new TreeMap<>();
    ArrayDeque<String> open = new ArrayDeque<>(names);
    while (!open.isEmpty()) {
      String name = open.remove();
      Cohort cohort = all.get(name);
      if (cohort != null && found.putIfAbsent(name, cohort) == null) {
        open.addAll(cohort.named());
      }
    }
    return ImmutableSortedMap.copyOfSorted(found);
  }

  /** Whether the cohort is defined by itself, at however many removes. */
  public static boolean isCircular(ImmutableSortedMap<String, Cohort> all, String name) {
    Cohort cohort = all.get(name);
    return cohort != null && closure(all, cohort.named()).containsKey(name);
  }
}
