package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Baseline.Block;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;

/** Learns the dispersion of one counter from two halves of stable before the rollout. */
final class Calibration {

  /** Blocks from which on nothing of the cautious prior is left. */
  private static final int ENOUGH = 15;

  private static final Duration BLOCK = Duration.ofMinutes(2);

  private Calibration() {}

  static Dispersion.Prior errors(ImmutableList<Block> blocks) {
    return prior(blocks, b -> Counts.errors(b.a(), b.b()), 0);
  }

  static Dispersion.Prior latency(ImmutableList<Block> blocks, LatencyScale scale, int counter) {
    return prior(blocks, b -> scale.countHalves(b.a().latency(), b.b().latency()), counter);
  }

  /**
   * Blocks are joined until each is two minutes long and has hits enough to show scatter; all are
   * compared with their common odds. While there are fewer than fifteen of two minutes, whatever
   * their hits, the prior of an unknown service keeps the missing part: a service that has so few
   * hits that its blocks say nothing was still seen not to scatter them.
   */
  private static Dispersion.Prior prior(
      ImmutableList<Block> blocks, Function<Block, Counts> counts, int counter) {
    List<Counts> joined = join(blocks, counts, counter, Dispersion.LEAST_HITS);
    double hits = 0;
    double expected = 0;
    for (Counts block : joined) {
      hits += block.canaryHits().get(counter);
      expected += (double) block.stableHits().get(counter) * block.canary() / block.stable();
    }
    double theta = (hits + 0.5) / (expected + 0.5);
    double chiSquare = 0;
    for (Counts block : joined) {
      chiSquare +=
          Dispersion.chiSquare(
              (double) block.canary(),
              (double) block.stable(),
              (double) block.canaryHits().get(counter),
              (double) block.stableHits().get(counter),
              theta);
    }
    double missing = Math.max(0, 1 - (double) join(blocks, counts, counter, 0).size() / ENOUGH);
    Dispersion.Prior unknown = Dispersion.Prior.UNKNOWN;
    return new Dispersion.Prior(
        chiSquare + missing * unknown.chiSquare(),
        Math.max(joined.size() - 1, 0) + missing * unknown.freedom());
  }

  private static List<Counts> join(
      ImmutableList<Block> blocks, Function<Block, Counts> counts, int counter, int leastHits) {
    List<Counts> joined = new ArrayList<>();
    Counts open = Counts.NONE;
    Duration length = Duration.ZERO;
    for (Block block : blocks) {
      open = open.plus(counts.apply(block));
      length = length.plus(block.duration());
      if (length.compareTo(BLOCK) >= 0
          && open.comparable()
          && open.canaryHits().get(counter) + open.stableHits().get(counter) >= leastHits) {
        joined.add(open);
        open = Counts.NONE;
        length = Duration.ZERO;
      }
    }
    return joined;
  }
}
