package dev.serin.telemetry;

import java.util.Iterator;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * How many of the errors that one proxy alone reports are believed.
 *
 * <p>Of three proxies and more, one is believed its first three errors, and beyond them three times
 * what its requests would have seen at the error ratio of the others, over about the last minute. A
 * fault of the version shows at every proxy and is not touched; a proxy that lies, or whose own
 * road to the version is broken, stays below what a verdict needs. The price: a real fault behind a
 * single proxy is not seen. Where the others carry too little traffic to contradict it, a proxy is
 * believed. Not thread-safe.
 */
final class Belief {
  /** Weight that a window has left after the next one: half after 60 of them. */
  private static final double DECAY = Math.pow(0.5, 1.0 / 60);

  private static final double FREE_ERRORS = 3;
  private static final double TIMES_THE_OTHERS = 3;
  private static final int WITNESSES = 2;
  private static final double FORGOTTEN = 0.01;

  private static final class Seen {
    private double requests;
    private double errors;
  }

  private final TreeMap<String, Seen> byNode = new TreeMap<>();

  /** Takes one window of all proxies in, and the errors that are not believed out of it. */
  long admit(SortedMap<String, Tally> window) {
    fade();
    window.forEach((node, tally) -> {
      if (tally.requests() > 0) {
        Seen seen = byNode.computeIfAbsent(node, n -> new Seen());
        seen.requests += tally.requests();
        seen.errors += tally.errors();
      }
    });
    if (byNode.size() <= WITNESSES) {
      return 0;
    }
    double requests = byNode.values().stream().mapToDouble(seen -> seen.requests).sum();
    double errors = byNode.values().stream().mapToDouble(seen -> seen.errors).sum();
    long removed = 0;
    for (var entry : window.entrySet()) {
      Seen seen = byNode.get(entry.getKey());
      if (seen != null) {
        removed += restrain(seen, entry.getValue(), requests, errors);
      }
    }
    return removed;
  }

  private static long restrain(Seen seen, Tally tally, double requests, double errors) {
    double othersRequests = requests - seen.requests;
    if (othersRequests <= FORGOTTEN) {
      return 0;
    }
    double othersRatio = (errors - seen.errors + 1) / othersRequests;
    double believed = FREE_ERRORS + TIMES_THE_OTHERS * seen.requests * othersRatio;
    long excess = Math.min(tally.errors(), (long) Math.ceil(seen.errors - believed));
    if (excess <= 0) {
      return 0;
    }
    tally.removeErrors(excess);
    seen.errors -= excess;
    seen.requests -= excess;
    return excess;
  }

  private void fade() {
    for (Iterator<Seen> all = byNode.values().iterator(); all.hasNext(); ) {
      Seen seen = all.next();
      seen.requests *= DECAY;
      seen.errors *= DECAY;
      if (seen.requests < FORGOTTEN) {
        all.remove();
      }
    }
  }
}
