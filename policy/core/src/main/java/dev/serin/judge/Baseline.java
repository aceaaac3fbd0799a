package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import java.time.Duration;

/**
 * What is known about stable from before the rollout, when nobody was treated.
 *
 * @param blocks two halves of stable's endpoints against each other, in order of time; from fifteen
 *     blocks of two minutes on the dispersion is fully learnt, below that the cautious prior keeps
 *     its part
 * @param stableLatency where the latency thresholds are taken from; without it the blocks'
 *     histograms are, and without those the rollout's own first minute
 * @param requests stable's requests, for its error ratio
 * @param errors of those
 */
public record Baseline(
    ImmutableList<Block> blocks, Histogram stableLatency, long requests, long errors) {

  /** One stretch of time, usually two minutes. */
  public record Block(Duration duration, ArmCounts a, ArmCounts b) {}

  /** No history. */
  public static final Baseline NONE = new Baseline(ImmutableList.of(), Histogram.NONE, 0, 0);

  public Baseline {
    if (requests < 0 || errors < 0 || errors > requests) {
      throw new IllegalArgumentException(
          errors + " errors of " + requests + " requests (expected: 0 <= errors <= requests)");
    }
  }

  /** Stable's latencies, from wherever they are known. */
  Histogram latency() {
    Histogram sum = stableLatency;
    if (sum.total() > 0) {
      return sum;
    }
    for (Block block : blocks) {
      sum = sum.plus(block.a().latency()).plus(block.b().latency());
    }
    return sum;
  }
}
