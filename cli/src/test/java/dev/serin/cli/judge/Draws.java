package dev.serin.cli.judge;

import java.util.Random;

/** Random counts. */
final class Draws {
  private static final int MANY = 50;

  private Draws() {}

  static long poisson(double mean, Random random) {
    if (mean > MANY) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    long count = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      count++;
    }
    return count;
  }

  static long binomial(long n, double p, Random random) {
    if (n <= MANY) {
      long hits = 0;
      for (long i = 0; i < n; i++) {
        hits += random.nextDouble() < p ? 1 : 0;
      }
      return hits;
    }
    if (p > 0.5) {
      return n - binomial(n, 1 - p, random);
    }
    if (n * p <= MANY) {
      return Math.min(n, poisson(n * p, random));
    }
    double sd = Math.sqrt(n * p * (1 - p));
    return Math.clamp(Math.round(n * p + sd * random.nextGaussian()), 0, n);
  }

  /** Hits that come in clusters of geometric size. */
  static long clustered(long n, double p, double mean, Random random) {
    long clusters = poisson(n * p / mean, random);
    long hits = clusters;
    for (long i = 0; i < clusters; i++) {
      hits += (long) (Math.log(1 - random.nextDouble()) / Math.log(1 - 1 / mean));
    }
    return Math.min(n, hits);
  }

  /** The normal distribution up to {@code z}, to seven digits (Abramowitz and Stegun 26.2.17). */
  static double normal(double z) {
    if (Double.isInfinite(z)) {
      return z > 0 ? 1 : 0;
    }
    double t = 1 / (1 + 0.2316419 * Math.abs(z));
    double tail =
        t
            * Math.exp(-z * z / 2)
            / Math.sqrt(2 * Math.PI)
            * (0.319381530
                + t * (-0.356563782 + t * (1.781477937 + t * (-1.821255978 + t * 1.330274429))));
    return z > 0 ? 1 - tail : tail;
  }
}
