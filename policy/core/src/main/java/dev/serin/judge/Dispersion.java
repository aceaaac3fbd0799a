package dev.serin.judge;

/**
 * How much more than independently one counter's hits scatter between the arms, learnt from blocks
 * of twelve windows.
 *
 * <p>A block's chi-square compares the canary's share of the hits with the share that the running
 * odds expect, so steady harm is not taken for dispersion. The value in force comes from the blocks
 * before the last one, as a stake must be fixed before the data that settle it.
 *
 * @param prior what was known before the rollout
 * @param chiSquare sum over this rollout's blocks, each at most 16
 * @param blocks blocks in {@code chiSquare}
 * @param hits the canary's hits in all closed blocks
 * @param expected the same had the canary hit as often as stable
 * @param phi the dispersion in force, 1 or more
 * @param canary requests of the open block, as the next three
 */
record Dispersion(
    Prior prior,
    double chiSquare,
    int blocks,
    double hits,
    double expected,
    double phi,
    long canary,
    long stable,
    long canaryHits,
    long stableHits) {

  /** Windows in a block. */
  static final int BLOCK = 12;

  /** Blocks' worth of belief that requests are independent. */
  private static final double INDEPENDENT = 5;

  /** Hits under which a block says nothing about scatter. */
  static final int LEAST_HITS = 4;

  /**
   * Chi-square and degrees of freedom from before the rollout, where nobody was treated: two halves
   * of stable.
   */
  record Prior(double chiSquare, double freedom) {
    /** Where nothing was learnt: ten blocks with a dispersion of five. */
    static final Prior UNKNOWN = new Prior(50, 10);

    /** Independent requests, believed for {@value Dispersion#INDEPENDENT} blocks. */
    static final Prior INDEPENDENT_REQUESTS = new Prior(0, 0);
  }

  static Dispersion start(Prior prior) {
    return new Dispersion(prior, 0, 0, 0, 0, phi(prior, 0, 0), 0, 0, 0, 0);
  }

  private static double phi(Prior prior, double chiSquare, int blocks) {
    return Math.max(
        1,
        (INDEPENDENT + prior.chiSquare + chiSquare)
            / (INDEPENDENT + prior.freedom + Math.max(blocks - 1, 0)));
  }

  /**
   * What a window's nats are divided by. Hits that come in clusters of geometric size need the more
   * the larger the factor {@code r} that is bet on.
   */
  static double divisor(double phi, double r) {
    return 1 + 1.25 * (phi - 1) * (1 + Math.log(r));
  }

  /** One block's chi-square at the odds {@code theta} of canary against stable, winsorised. */
  static double chiSquare(
      double canary, double stable, double canaryHits, double stableHits, double theta) {
    double all = canaryHits + stableHits;
    double share = theta * canary / (theta * canary + stable);
    double off = canaryHits - all * share;
    return Math.min(16, off * off / Math.max(all * share * (1 - share), 0.25));
  }

  Dispersion plus(long canaryMore, long stableMore, long canaryHitsMore, long stableHitsMore) {
    return new Dispersion(
        prior,
        chiSquare,
        blocks,
        hits,
        expected,
        phi,
        canary + canaryMore,
        stable + stableMore,
        canaryHits + canaryHitsMore,
        stableHits + stableHitsMore);
  }

  /** Ends the open block; its own scatter counts from the end of the next one. */
  Dispersion closeBlock() {
    double before = phi(prior, chiSquare, blocks);
    if (canary == 0 || stable == 0) {
      return new Dispersion(prior, chiSquare, blocks, hits, expected, before, 0, 0, 0, 0);
    }
    double allHits = hits + canaryHits;
    double allExpected = expected + (double) stableHits * canary / stable;
    boolean speaks = canaryHits + stableHits >= LEAST_HITS;
    double theta = (allHits + 0.5) / (allExpected + 0.5);
    double block =
        speaks
            ? chiSquare(
                (double) canary, (double) stable, (double) canaryHits, (double) stableHits, theta)
            : 0;
    return new Dispersion(
        prior,
        chiSquare + block,
        blocks + (speaks ? 1 : 0),
        allHits,
        allExpected,
        before,
        0,
        0,
        0,
        0);
  }
}
