package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import org.junit.jupiter.api.Test;

final class LatencyScaleTest {

  private static final double INF = Double.POSITIVE_INFINITY;

  /** Coarse edges, no two of them 5 % apart. */
  private static final Histogram COARSE =
      histogram(
          new double[] {5, 10, 25, 50, 100, 250, INF},
          new long[] {500, 2000, 2600, 2400, 1500, 900, 100});

  /** Edges in pairs 5 % apart. */
  private static final Histogram PAIRED =
      histogram(
          new double[] {10, 10.5, 20, 21, 40, 42, 80, 84, INF},
          new long[] {1520, 200, 3800, 300, 3000, 200, 800, 80, 100});

  private static Histogram histogram(double[] le, long[] counts) {
    return new Histogram(ImmutableDoubleArray.copyOf(le), ImmutableLongArray.copyOf(counts));
  }

  @Test
  void coarseEdgesAreSharedAndARatioIsAllowed() {
    LatencyScale scale = LatencyScale.of(COARSE, 0.99, 1.05);
    assertThat(scale.stableEdges().asList()).containsExactly(25.0, 50.0, 100.0, 250.0);
    assertThat(scale.canaryEdges()).isEqualTo(scale.stableEdges());
    assertThat(scale.contrasts(1.05)).allMatch(c -> c.rho() == 1.15);
    assertThat(scale.contrasts(1.5)).allMatch(c -> c.rho() == 1.5);
  }

  @Test
  void pairedEdgesCountTheCanaryFromTheUpperOne() {
    LatencyScale scale = LatencyScale.of(PAIRED, 0.99, 1.05);
    assertThat(scale.stableEdges().asList()).containsExactly(20.0, 40.0, 80.0);
    assertThat(scale.canaryEdges().asList()).containsExactly(21.0, 42.0, 84.0);
    assertThat(scale.contrasts(1.05)).allMatch(c -> c.rho() == 1 && c.delta() == 0.003);
    Counts counts = scale.count(PAIRED, PAIRED);
    assertThat(counts.stableHits().asList()).containsExactly(4480L, 1180L, 180L);
    assertThat(counts.canaryHits().asList()).containsExactly(4180L, 980L, 100L);
  }

  @Test
  void onlyQuantilesUpToTheJudgedOneCount() {
    LatencyScale scale = LatencyScale.of(COARSE, 0.75, 1.05);
    assertThat(scale.stableEdges().asList()).containsExactly(25.0, 50.0);
    assertThat(LatencyScale.of(COARSE, 0.25, 1.05).stableEdges().asList()).containsExactly(10.0);
  }

  @Test
  void harmIsRuledOutAtTheNinetySeventhPercentile() {
    LatencyScale scale = LatencyScale.of(COARSE, 0.99, 1.05);
    assertThat(scale.gateCounter()).as("250 ms, nearest to 3 %").isEqualTo(3);
    assertThat(scale.gateShare()).isBetween(0.0299, 0.0301);
  }

  @Test
  void aBucketThatStraddlesAThresholdSpeaksForTheCanary() {
    LatencyScale scale = LatencyScale.of(COARSE, 0.5, 1.05);
    Histogram other = histogram(new double[] {20, 30, INF}, new long[] {5, 7, 11});
    Counts counts = scale.count(other, other);
    assertThat(counts.canaryHits().asList()).containsExactly(11L);
    assertThat(counts.stableHits().asList()).containsExactly(18L);
  }

  @Test
  void noHistogramMakesNoThresholds() {
    assertThat(LatencyScale.of(Histogram.NONE, 0.99, 1.05).known()).isFalse();
  }
}
