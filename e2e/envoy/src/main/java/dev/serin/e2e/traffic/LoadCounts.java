package dev.serin.e2e.traffic;

import com.google.common.collect.ImmutableSortedMap;

/**
 * What has become of the requests so far. {@code sent - answered - lost} are under way.
 *
 * @param sent requests that were due
 * @param answered with any status
 * @param errors those answered with 5xx
 * @param lost those without an answer: refused, reset or timed out
 * @param byVersion the answered ones by the version that answered; the empty version is a proxy's
 *     own answer
 */
public record LoadCounts(
    long sent, long answered, long errors, long lost, ImmutableSortedMap<String, Tally> byVersion) {

  /** The answers of one version, errors (5xx) included. */
  public record Tally(long answered, long errors) {

    Tally plus(boolean error) {
      return new Tally(answered + 1, errors + (error ? 1 : 0));
    }
  }

  public Tally of(String version) {
    return byVersion.getOrDefault(version, new Tally(0, 0));
  }
}
