package dev.serin.bench.measure;

import java.util.Arrays;
import java.util.Collection;
import java.util.function.ToDoubleFunction;

/** Quantiles. */
public final class Figures {
  private Figures() {}

  /**
   * The smallest value that at least the share {@code p} of them does not exceed (nearest rank);
   * NaN of none.
   *
   * @param sorted ascending
   * @param p above 0, at most 1
   */
  public static double quantile(long[] sorted, double p) {
    if (!(p > 0 && p <= 1)) {
      throw new IllegalArgumentException("p: " + p + " (expected: above 0, at most 1)");
    }
    return sorted.length == 0
        ? Double.NaN
        : sorted[Math.max(0, (int) Math.ceil(p * sorted.length) - 1)];
  }

  /** The middle one, or the mean of the two in the middle; NaN of none. */
  public static double median(double[] values) {
    double[] sorted = values.clone();
    Arrays.sort(sorted);
    int n = sorted.length;
    return n == 0 ? Double.NaN : (sorted[(n - 1) / 2] + sorted[n / 2]) / 2;
  }

  public static <T> double median(Collection<T> of, ToDoubleFunction<? super T> figure) {
    return median(of.stream().mapToDouble(figure).toArray());
  }

  /** The least; NaN of none. */
  public static <T> double least(Collection<T> of, ToDoubleFunction<? super T> figure) {
    return of.stream().mapToDouble(figure).min().orElse(Double.NaN);
  }
}
