package dev.serin.telemetry;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a service did lately on its stable version: blocks of two minutes for half an hour, each in
 * two halves by proxy. Both halves run the same code, so what differs between them is how noisy the
 * service is by nature. Not thread-safe; owned by {@link EvidenceWindows}.
 */
final class History {
  private static final long BLOCK_S = 120;
  private static final int BLOCKS = 15;
  private static final long RATE_S = 60;

  private static final class Block {
    private final long index;
    private final boolean whole;
    private final Tally a = new Tally();
    private final Tally b = new Tally();

    private Block(long index, boolean whole) {
      this.index = index;
      this.whole = whole;
    }
  }

  private final ArrayDeque<Block> blocks = new ArrayDeque<>();

  /** Requests of all versions by second, for the rate. */
  private final long[] requestsBySecond = new long[(int) RATE_S];

  private final Map<String, Boolean> inA = new HashMap<>();
  private long firstSecond = Long.MAX_VALUE;
  private long latestSecond = Long.MIN_VALUE;
  private Optional<String> stable = Optional.empty();

  /** Another stable version has other latencies and errors: what was learnt of them is void. */
  void stableIs(String version) {
    if (stable.isPresent() && !stable.get().equals(version)) {
      blocks.clear();
    }
    stable = Optional.of(version);
  }

  void left(String node) {
    inA.remove(node);
  }

  /** Counts requests of any version. */
  void countRequests(long requests, Instant at) {
    long second = at.getEpochSecond();
    firstSecond = Math.min(firstSecond, second);
    if (second > latestSecond) {
      clear(Math.max(latestSecond + 1, second - RATE_S + 1), second);
      latestSecond = second;
    }
    if (second > latestSecond - RATE_S) {
      requestsBySecond[slot(second)] += requests;
    }
  }

  /** Adds what stable answered outside of cohorts. */
  void add(String node, ArmCounts counts, Instant at) {
    Block block = block(at.getEpochSecond());
    (isInA(node) ? block.a : block.b).add(counts);
  }

  /** Requests a second over the last minute, or over the time since the first request. */
  double requestsPerSecond(Instant now) {
    long last = now.getEpochSecond() - 1;
    long from = Math.max(firstSecond, last - RATE_S + 2);
    long sum = 0;
    for (long second = from; second <= Math.min(last, latestSecond); second++) {
      sum += second > latestSecond - RATE_S ? requestsBySecond[slot(second)] : 0;
    }
    return from > last ? 0 : sum / (double) (last - from + 1);
  }

  /** The finished blocks, and totals with the unfinished one. */
  Baseline baseline(Instant now) {
    expire(now.getEpochSecond());
    ImmutableList.Builder<Baseline.Block> finished = ImmutableList.builder();
    Tally total = new Tally();
    for (Block block : blocks) {
      total.add(block.a).add(block.b);
      boolean over = (block.index + 1) * BLOCK_S <= now.getEpochSecond();
      if (over && block.whole && block.a.requests() > 0 && block.b.requests() > 0) {
        finished.add(
            new Baseline.Block(Duration.ofSeconds(BLOCK_S), block.a.counts(), block.b.counts()));
      }
    }
    ArmCounts counts = total.counts();
    return new Baseline(finished.build(), latency(counts), counts.requests(), counts.errors());
  }

  private static Histogram latency(ArmCounts counts) {
    return counts.latency().le().equals(LatencyBuckets.LE_MS) ? counts.latency() : Histogram.NONE;
  }

  private Block block(long second) {
    expire(second);
    long index = Math.floorDiv(second, BLOCK_S);
    @Nullable Block last = blocks.peekLast();
    if (last == null || index > last.index) {
      boolean whole = last != null || second % BLOCK_S == 0;
      last = new Block(index, whole);
      blocks.addLast(last);
    }
    return last;
  }

  private void expire(long second) {
    long oldest = Math.floorDiv(second, BLOCK_S) - BLOCKS;
    for (Iterator<Block> all = blocks.iterator(); all.hasNext(); ) {
      if (all.next().index < oldest) {
        all.remove();
      }
    }
  }

  private void clear(long from, long to) {
    for (long second = from; second <= to; second++) {
      requestsBySecond[slot(second)] = 0;
    }
  }

  private static int slot(long second) {
    return (int) Math.floorMod(second, RATE_S);
  }

  /** A new proxy joins the smaller half: two proxies are always apart, which a hash is not. */
  private boolean isInA(String node) {
    Boolean known = inA.get(node);
    if (known != null) {
      return known;
    }
    long inHalfA = inA.values().stream().filter(a -> a).count();
    boolean joinsA = 2 * inHalfA <= inA.size();
    inA.put(node, joinsA);
    return joinsA;
  }
}
