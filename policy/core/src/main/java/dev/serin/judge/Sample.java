package dev.serin.judge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.util.Arrays;
import java.util.Collections;
import java.util.Map;
import java.util.function.Function;

/**
 * What the detectors need of one window or fold: a few counts instead of histograms.
 *
 * @param usable false when nothing in it may be used; the counts are then zero
 * @param errors per mesh cluster, in the judge's order
 * @param latency per latency metric and mesh cluster; empty counts where latency is not judged yet
 */
record Sample(
    boolean usable,
    ImmutableList<Counts> errors,
    ImmutableList<ImmutableList<Counts>> latency,
    Exposure exposure) {

  static Sample unusable(int clusters, int latencyMetrics) {
    ImmutableList<Counts> none = none(clusters);
    return new Sample(
        false,
        none,
        ImmutableList.copyOf(Collections.nCopies(latencyMetrics, none)),
        Exposure.NONE);
  }

  private static ImmutableList<Counts> none(int clusters) {
    return ImmutableList.copyOf(Collections.nCopies(clusters, Counts.NONE));
  }

  /**
   * @param judgeLatency false during the canary's warm-up
   */
  static Sample of(
      Window window,
      ImmutableSortedMap<String, Double> clusterWeights,
      ImmutableList<LatencyFamily> families,
      boolean judgeLatency) {
    int clusters = clusterWeights.size();
    if (!window.usable()) {
      return unusable(clusters, families.size());
    }
    ImmutableList.Builder<ImmutableList<Counts>> latency =
        ImmutableList.builderWithExpectedSize(families.size());
    for (LatencyFamily family : families) {
      LatencyScale scale = family.scale();
      latency.add(
          judgeLatency && scale.known()
              ? perCluster(
                  window,
                  clusterWeights,
                  a -> scale.count(a.canary().latency(), a.stable().latency()))
              : none(clusters));
    }
    return new Sample(
        true,
        perCluster(window, clusterWeights, a -> Counts.errors(a.canary(), a.stable())),
        latency.build(),
        Exposure.of(window));
  }

  private static ImmutableList<Counts> perCluster(
      Window window,
      ImmutableSortedMap<String, Double> clusterWeights,
      Function<Window.Arms, Counts> count) {
    Counts[] sums = new Counts[clusterWeights.size()];
    Arrays.fill(sums, Counts.NONE);
    ImmutableList<String> names = clusterWeights.keySet().asList();
    for (Map.Entry<String, Window.Arms> entry : window.arms().entrySet()) {
      int known = names.indexOf(entry.getKey());
      int place = known >= 0 ? known : names.indexOf("");
      if (place >= 0) {
        sums[place] = sums[place].plus(count.apply(entry.getValue()));
      }
    }
    return ImmutableList.copyOf(sums);
  }

  /** Both together; of an unusable one nothing is taken. */
  Sample plus(Sample more) {
    if (!more.usable) {
      return this;
    }
    if (!usable) {
      return more;
    }
    ImmutableList.Builder<ImmutableList<Counts>> sums =
        ImmutableList.builderWithExpectedSize(latency.size());
    for (int i = 0; i < latency.size(); i++) {
      sums.add(sum(latency.get(i), more.latency.get(i)));
    }
    return new Sample(true, sum(errors, more.errors), sums.build(), exposure.plus(more.exposure));
  }

  private static ImmutableList<Counts> sum(ImmutableList<Counts> a, ImmutableList<Counts> b) {
    ImmutableList.Builder<Counts> sum = ImmutableList.builderWithExpectedSize(a.size());
    for (int i = 0; i < a.size(); i++) {
      sum.add(a.get(i).plus(b.get(i)));
    }
    return sum.build();
  }
}
