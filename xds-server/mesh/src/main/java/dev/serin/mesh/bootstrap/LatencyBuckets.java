package dev.serin.mesh.bootstrap;

import com.google.common.primitives.ImmutableDoubleArray;
import java.util.stream.Collectors;

/**
 * The edges at which every proxy counts upstream latencies, in milliseconds.
 *
 * <p>Whole milliseconds up to 10, the E24 series of preferred numbers (24 steps a decade, about 10
 * % each) up to a second, the E12 series (about 21 %) up to a minute. Both series have two
 * significant digits, and so have the bins that Envoy's histograms are made of: at these edges its
 * counts are exact, between its bins it would interpolate.
 */
public final class LatencyBuckets {

  /** The finite edges, ascending. Slower than the last one is the overflow bucket. */
  public static final ImmutableDoubleArray EDGES_MS =
      ImmutableDoubleArray.copyOf(
          new double[] {
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 15, 16, 18, 20, 22, 24, 27, 30, 33, 36, 39,
            43, 47, 51, 56, 62, 68, 75, 82, 91, 100, 110, 120, 130, 150, 160, 180, 200, 220, 240,
            270, 300, 330, 360, 390, 430, 470, 510, 560, 620, 680, 750, 820, 910, 1000, 1200, 1500,
            1800, 2200, 2700, 3300, 3900, 4700, 5600, 6800, 8200, 10_000, 12_000, 15_000, 18_000,
            22_000, 27_000, 33_000, 39_000, 47_000, 60_000
          });

  /** {@link #EDGES_MS} and {@link Double#POSITIVE_INFINITY}, as histograms carry them. */
  public static final ImmutableDoubleArray LE_MS =
      ImmutableDoubleArray.builder().addAll(EDGES_MS).add(Double.POSITIVE_INFINITY).build();

  private LatencyBuckets() {}

  /** The finite edges as a YAML flow sequence. */
  static String yaml() {
    return EDGES_MS.stream()
        .mapToObj(edge -> Long.toString((long) edge))
        .collect(Collectors.joining(", ", "[", "]"));
  }
}
