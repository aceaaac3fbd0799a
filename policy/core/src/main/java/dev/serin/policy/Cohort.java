package dev.serin.policy;

import com.google.common.collect.ImmutableList;

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
    /** A request header. An absent header matches nothing. */
    record Header(String header, TextMatch match) implements Condition {}

    /** A cookie of the request. An absent cookie matches nothing. */
    record Cookie(String cookie, TextMatch match) implements Condition {}

    /** The locality region of the proxy. */
    record ProxyRegion(String region) implements Condition {}
  }

  /** How a header's or cookie's value is compared; upper and lower case differ. */
  public sealed interface TextMatch {
    record Exact(String value) implements TextMatch {}

    record Prefix(String value) implements TextMatch {}

    record Suffix(String value) implements TextMatch {}

    record Contains(String value) implements TextMatch {}

    /** Any of the values; never empty. */
    record In(ImmutableList<String> values) implements TextMatch {}

    /** There, with whatever value. */
    record Present() implements TextMatch {}
  }

  public Cohort {
    if (conditions.isEmpty()) {
      throw new IllegalArgumentException(
          "cohort " + name + " has no condition (expected: at least one)");
    }
  }
}
