package dev.serin.judge;

import java.util.Random;

/** Random counts. */
final class Draws {
  /** From here on the normal distribution is near enough, and costs one draw. */
  private static final int MANY = 50;

  private Draws() {}

  static long poisson(double mean, Random random) {
    if (mean > MANY) {
      return Math.max(0, Math.round(mean + Math.sqrt(mean) * random.nextGaussian()));
    }
    double limit = Math.exp(-mean);
    long n = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      n++;
    }
    return n;
  }
}
