package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;

/**
 * A copy of requests, sent beside the answer that the user gets: nobody waits for the copy's.
 *
 * @param sharePpm of the requests with such a method, 1..1,000,000
 * @param methods that are copied, in capitals; never empty
 * @param unsafe allows methods that change something
 * @param to the versions that get a copy each; empty is the canary
 */
public record Mirror(
    int sharePpm, ImmutableSortedSet<String> methods, boolean unsafe, ImmutableList<String> to) {

  /** The methods that change nothing, and the default. */
  public static final ImmutableSortedSet<String> SAFE =
      ImmutableSortedSet.of("GET", "HEAD", "OPTIONS");

  public Mirror {
    if (Ppm.require("share of the mirror", sharePpm) == 0) {
      throw new IllegalArgumentException("share of the mirror: 0 ppm (expected: 1..1000000)");
    }
    if (methods.isEmpty()) {
      throw new IllegalArgumentException("methods of the mirror: [] (expected: at least one)");
    }
    if (!unsafe && !SAFE.containsAll(methods)) {
      throw new IllegalArgumentException(
          "methods of the mirror: " + methods + " (expected: of " + SAFE + ", or unsafe)");
    }
  }

  /** The versions that get a copy each. */
  public ImmutableList<String> targets(String canary) {
    return to.isEmpty() ? ImmutableList.of(canary) : to;
  }
}
