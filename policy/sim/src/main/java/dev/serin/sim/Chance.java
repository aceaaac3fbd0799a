package dev.serin.sim;

import java.util.Random;

/**
 * Draws that depend on what they are for and not on how many were made before, so that a run in
 * which an act is missing is otherwise the same.
 */
record Chance(long seed) {

  /** A source of draws of its own for one purpose. */
  Random of(long purpose, long number) {
    return new Random(mix(mix(seed + purpose) + number));
  }

  /** Uniform in {@code [low, high)}. */
  long between(long low, long high, long purpose, long number) {
    return low + Math.floorMod(mix(mix(seed + purpose) + number), high - low);
  }

  /** The finalizer of SplitMix64 (Steele, Lea and Flood, OOPSLA 2014). */
  static long mix(long value) {
    long z = value + 0x9e3779b97f4a7c15L;
    z = (z ^ (z >>> 30)) * 0xbf58476d1ce4e5b9L;
    z = (z ^ (z >>> 27)) * 0x94d049bb133111ebL;
    return z ^ (z >>> 31);
  }

  /** How many of {@code n} happen; by the normal law where both outcomes are frequent. */
  static long binomial(Random random, long n, double p) {
    double mean = n * p;
    double variance = mean * (1 - p);
    if (variance > 25) {
      return Math.clamp(Math.round(mean + Math.sqrt(variance) * random.nextGaussian()), 0, n);
    }
    if (mean > n / 2.0) {
      return n - binomial(random, n, 1 - p);
    }
    // Waiting times between rare events are exponential.
    double limit = mean;
    long hits = 0;
    for (double t = -Math.log1p(-random.nextDouble()); t < limit && hits < n; hits++) {
      t -= Math.log1p(-random.nextDouble());
    }
    return hits;
  }
}
