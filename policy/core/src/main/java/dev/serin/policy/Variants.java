package dev.serin.policy;

import com.google.common.collect.ImmutableSortedMap;

/**
 * Fixed shares of the split for versions besides the canary, as for a comparison of several. They
 * hold from the first step to the promotion and grow with nobody. The canary's weight and these
 * shares are at most everything; stable has what is left. Cohorts are divided between the canary
 * and stable alone.
 *
 * @param ppm by version, each 1..1,000,000, together at most 1,000,000; neither the canary nor
 *     stable
 */
public record Variants(ImmutableSortedMap<String, Integer> ppm) {

  public static final Variants NONE = new Variants(ImmutableSortedMap.of());

  public Variants {
    long total = 0;
    for (var share : ppm.entrySet()) {
      if (Ppm.require("variant " + share.getKey(), share.getValue()) == 0) {
        throw new IllegalArgumentException(
            "variant " + share.getKey() + ": 0 ppm (expected: 1..1000000)");
      }
      total += share.getValue();
    }
    if (total > Ppm.ALL) {
      throw new IllegalArgumentException(
          "variants " + ppm + ": " + total + " ppm (expected: at most 1000000 together)");
    }
  }

  /** What was written before there were variants had none. */
  public static Variants absent() {
    return NONE;
  }

  /** What all of them have together. */
  public int totalPpm() {
    return ppm.values().stream().mapToInt(Integer::intValue).sum();
  }

  /** The smaller share of each version that both have. */
  public Variants both(Variants other) {
    ImmutableSortedMap.Builder<String, Integer> least = ImmutableSortedMap.naturalOrder();
    ppm.forEach((version, share) -> {
      Integer its = other.ppm.get(version);
      if (its != null) {
        least.put(version, Math.min(share, its));
      }
    });
    return new Variants(least.build());
  }
}
