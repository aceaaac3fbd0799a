package dev.serin.policy;

import com.google.common.collect.ImmutableSortedSet;
import java.util.OptionalInt;

/**
 * How a policy wants requests handled in all of its steps.
 *
 * @param retryAtStable a failed attempt at the canary is tried again at stable, and the failure
 *     counts against the canary
 * @param follow services of the same tenant that follow, down the call chain, the version chosen
 *     here, where they have it
 * @param streams what becomes of the canary's long-lived streams when its weight is zero
 * @param exclude cohorts that stay on stable until the promotion
 * @param baselinePpm the share of stable's endpoints that is the canary's control group, instead of
 *     all of stable; 1..500,000
 */
public record Conduct(
    boolean retryAtStable,
    ImmutableSortedSet<String> follow,
    Streams streams,
    ImmutableSortedSet<String> exclude,
    OptionalInt baselinePpm) {

  /** What becomes of long-lived streams of a version that gets no new requests. */
  public enum Streams {
    /**
     * They go on for as long as both ends want. There is no other value while no proxy that is
     * known can end them (docs, {@code operations.md}).
     */
    KEEP
  }

  /** Most of stable's endpoints stay in stable. */
  public static final int MOST_BASELINE_PPM = 500_000;

  public static final Conduct NONE =
      new Conduct(
          false,
          ImmutableSortedSet.of(),
          Streams.KEEP,
          ImmutableSortedSet.of(),
          OptionalInt.empty());

  public Conduct {
    if (baselinePpm.isPresent()
        && (baselinePpm.getAsInt() < 1 || baselinePpm.getAsInt() > MOST_BASELINE_PPM)) {
      throw new IllegalArgumentException(
          "baseline: " + baselinePpm.getAsInt() + " ppm (expected: 1.." + MOST_BASELINE_PPM + ")");
    }
  }

  /** What was written before policies said any of this wanted none of it. */
  public static Conduct absent() {
    return NONE;
  }
}
