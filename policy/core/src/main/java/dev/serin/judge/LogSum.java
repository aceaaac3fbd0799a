package dev.serin.judge;

import com.google.common.primitives.ImmutableDoubleArray;

/** Sums of numbers that are known by their natural logarithms. */
final class LogSum {

  /** The logarithm of what counts as nothing: small enough for every sum, and finite. */
  static final double NOTHING = -1e6;

  private LogSum() {}

  /** {@code ln(e^u + e^v)}. */
  static double add(double u, double v) {
    return Math.max(u, v) + Math.log1p(Math.exp(-Math.abs(u - v)));
  }

  /** {@code ln(sum of e^x)}; {@link #NOTHING} for no terms. */
  static double of(double... x) {
    double max = NOTHING;
    for (double term : x) {
      max = Math.max(max, term);
    }
    double sum = 0;
    for (double term : x) {
      sum += Math.exp(term - max);
    }
    return x.length == 0 ? NOTHING : max + Math.log(sum);
  }

  /** The same for an immutable array, without copying it. */
  static double of(ImmutableDoubleArray x) {
    double max = NOTHING;
    for (int i = 0; i < x.length(); i++) {
      max = Math.max(max, x.get(i));
    }
    double sum = 0;
    for (int i = 0; i < x.length(); i++) {
      sum += Math.exp(x.get(i) - max);
    }
    return x.isEmpty() ? NOTHING : max + Math.log(sum);
  }

  /** The logarithm of a weight that may be zero. */
  static double lnOf(double weight) {
    return weight > 0 ? Math.log(weight) : NOTHING;
  }
}
