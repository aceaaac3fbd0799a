package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;

/**
 * Request latencies in buckets.
 *
 * @param le upper edges in milliseconds, ascending; the last is {@link Double#POSITIVE_INFINITY}
 * @param counts {@code counts[i]} requests took {@code (le[i-1], le[i]]} ms; timeouts stand in the
 *     last bucket
 */
public record Histogram(ImmutableDoubleArray le, ImmutableLongArray counts) {

  /** No edges, no requests: latency is not known. */
  public static final Histogram NONE =
      new Histogram(ImmutableDoubleArray.of(), ImmutableLongArray.of());

  public Histogram {
    if (le.length() != counts.length()) {
      throw new IllegalArgumentException(
          "latency: "
              + counts.length()
              + " counts for "
              + le.length()
              + " edges (expected: as many)");
    }
    if (!le.isEmpty() && le.get(le.length() - 1) != Double.POSITIVE_INFINITY) {
      throw new IllegalArgumentException(
          "last edge: " + le.get(le.length() - 1) + " (expected: +Inf)");
    }
  }

  /** Requests in all buckets. */
  public long total() {
    return counts.stream().sum();
  }

  /**
   * Both together. Histograms with other edges cannot be added exactly and are left out, an empty
   * one takes the other's edges.
   */
  Histogram plus(Histogram more) {
    if (more.le.isEmpty()) {
      return this;
    }
    if (le.isEmpty()) {
      return more;
    }
    if (!le.equals(more.le)) {
      return this;
    }
    ImmutableLongArray.Builder sum = ImmutableLongArray.builder(counts.length());
    for (int i = 0; i < counts.length(); i++) {
      sum.add(counts.get(i) + more.counts.get(i));
    }
    return new Histogram(le, sum.build());
  }

  /** Requests in buckets that lie wholly above {@code ms}: surely slower. */
  long slowerThan(double ms) {
    long sum = 0;
    for (int i = counts.length() - 1; i > 0 && le.get(i - 1) >= ms; i--) {
      sum += counts.get(i);
    }
    return sum;
  }

  /** Requests in buckets that reach above {@code ms}: possibly slower. */
  long reaching(double ms) {
    long sum = 0;
    for (int i = counts.length() - 1; i >= 0 && le.get(i) > ms; i--) {
      sum += counts.get(i);
    }
    return sum;
  }
}
