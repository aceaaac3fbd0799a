package dev.serin.judge;

import static dev.serin.judge.Streams.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.Window.Arms;
import dev.serin.policy.Analysis;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

final class CatastropheTest {

  private static final ImmutableSortedMap<String, Double> LOCAL =
      ImmutableSortedMap.of("local", 1.0);

  /** Every outcome of a window is counted with its chance: no simulation, no luck. */
  @Test
  void noWindowPaysMoreThanItCostsUnderEitherHypothesis() {
    for (int stable : new int[] {2, 12, 60}) {
      for (int canary : new int[] {1, 3, 12}) {
        for (double p = 0; p <= 1; p += 0.05) {
          double wide = Math.min(1, 3 * p + 0.05);
          assertThat(mostExpected(canary, wide, stable, p)).isLessThan(1 + 1e-9);
          assertThat(mostExpected(canary, 0.6, stable, p)).isLessThan(1 + 1e-9);
        }
        assertThat(mostExpected(canary, 1, stable, 0)).as("a total failure").isGreaterThan(1.3);
      }
    }
  }

  /** The largest expectation of a cell's payment, requests failing one by one. */
  private static double mostExpected(int canary, double pc, int stable, double pb) {
    double[] sums = new double[Catastrophe.nats(counts(1, 0, 1, 0)).length];
    for (int kc = 0; kc <= canary; kc++) {
      for (int kb = 0; kb <= stable; kb++) {
        double chance = binomial(canary, kc, pc) * binomial(stable, kb, pb);
        double[] nats = Catastrophe.nats(counts(canary, kc, stable, kb));
        for (int i = 0; i < sums.length; i++) {
          sums[i] += chance * Math.exp(nats[i]);
        }
      }
    }
    double most = 0;
    for (double sum : sums) {
      most = Math.max(most, sum);
    }
    return most;
  }

  private static double binomial(int n, int k, double p) {
    double ways = 1;
    for (int i = 1; i <= k; i++) {
      ways = ways * (n - k + i) / i;
    }
    return ways * Math.pow(p, k) * Math.pow(1 - p, n - k);
  }

  /** The formulas once more, as products instead of logarithms. */
  @Test
  void evidenceIsWhatTheFormulasSay() {
    Random random = new Random(5);
    Catastrophe detector = Catastrophe.start(1);
    double[][] cells = {{4, 0.85, 0}, {20, 0.85, 0}, {4, 0.98, 0}, {20, 0.98, 0}};
    double unspent = 1;
    for (int t = 0; t < 200; t++) {
      long nc = random.nextInt(8);
      long nb = random.nextInt(60);
      long kc = t > 100 ? nc : random.nextLong(nc + 1);
      long kb = random.nextLong(nb / 10 + 1);
      boolean step = t % 50 == 0;
      detector = detector.observe(ImmutableList.of(counts(nc, kc, nb, kb)), step);
      if (unspent == 1 && nc == 0) {
        continue;
      }
      int seen = detector.perCluster().getFirst().windows() - 1;
      double stake = 18 / (seen + 60.0) - 18 / (seen + 61.0);
      stake = Math.min(unspent, stake + (seen == 0 ? 0.4 : step ? 0.06 : 0));
      unspent -= stake;
      double sum = 0;
      for (double[] cell : cells) {
        cell[2] =
            (cell[2] + stake) * pays(cell[0], cell[1], 1.0 * nc, 1.0 * kc, 1.0 * nb, 1.0 * kb);
        sum += cell[2] / 4;
      }
      double lnE = Math.log(sum + unspent);
      assertThat(detector.lnE(LOCAL))
          .as("window " + t)
          .isCloseTo(lnE, within(1e-9 * Math.max(1, Math.abs(lnE))));
    }
    assertThat(detector.lnE(LOCAL)).isGreaterThan(20);
  }

  private static double pays(double r, double p, double nc, double kc, double nb, double kb) {
    if (nc == 0 || nb == 0) {
      return 1;
    }
    double null0 = 3.0 * nc / (3 * nc + nb);
    double alternative = 3 * r * nc / (3 * r * nc + nb);
    double contrast =
        Math.pow(alternative / null0, kc)
            * Math.pow((1 - alternative) / (1 - null0), kb)
            * Math.exp(-0.05 * nc * (alternative / null0 - 1));
    double most = Math.pow(p / 0.6, kc) * Math.pow((1 - p) / 0.4, nc - kc);
    return Math.min(Math.exp(4.1), Math.min(contrast, most));
  }

  @Test
  void halfOfTheCanaryFailingIsLeftToTheDefaultDetector() {
    Streams s = new Streams(Judge.start(Analysis.DEFAULT, Baseline.NONE, LOCAL));
    s.windows(9, 1, plain(100, 50), plain(900, 1));
    assertThat(s.gate().harmShown()).as("in nine seconds").isFalse();
    s.windows(11, 1, plain(100, 50), plain(900, 1));
    assertThat(s.gate().harmShown()).as("in two windows of ten").isTrue();
    assertThat(s.gate().blame()).isEqualTo("errors");
  }

  @Test
  void aTenthOfTheRoutesStillWorkingDoesNotHideACatastrophe() {
    Streams s = new Streams(Judge.start(Analysis.DEFAULT, Baseline.NONE, LOCAL));
    s.windows(4, 1, plain(30, 27), plain(270, 0));
    assertThat(s.gate().harmShown()).isTrue();
    assertThat(s.gate().blame()).isEqualTo("catastrophe");
  }

  /**
   * 500 requests a second from three proxies, two of them in mesh cluster a; 5 % go to the canary,
   * which answers nothing but errors.
   */
  @Test
  void aCanaryThatFailsFromItsFirstRequestIsSeenInThreeWindowsOverTwoMeshClusters() {
    long seed = 20261122;
    Random random = new Random(seed);
    List<Integer> windows = new ArrayList<>();
    for (int run = 0; run < 500; run++) {
      windows.add(windowsUntilHarm(random));
    }
    Collections.sort(windows);
    System.out.println(
        "seed %d, windows until harm is shown: median %d, p95 %d, most %d"
            .formatted(seed, windows.get(249), windows.get(474), windows.getLast()));
    assertThat(windows.getLast()).isLessThanOrEqualTo(3);
  }

  private static int windowsUntilHarm(Random random) {
    ImmutableSortedMap<String, Double> weights =
        ImmutableSortedMap.of("", 0.01, "a", 0.495, "b", 0.495);
    Streams s = new Streams(Judge.start(Analysis.DEFAULT, Baseline.NONE, weights)).weight(50_000);
    int windows = 0;
    while (!s.gate().harmShown() && windows < 60) {
      s.windows(1, 1, ImmutableSortedMap.of("a", split(333, random), "b", split(167, random)));
      windows++;
    }
    return windows;
  }

  private static Arms split(int requests, Random random) {
    int canary = 0;
    for (int i = 0; i < requests; i++) {
      canary += random.nextDouble() < 0.05 ? 1 : 0;
    }
    return new Arms(plain(canary, canary), plain(requests - canary, 0));
  }

  private static Counts counts(long canary, long canaryErrors, long stable, long stableErrors) {
    return new Counts(
        canary, stable, ImmutableLongArray.of(canaryErrors), ImmutableLongArray.of(stableErrors));
  }
}
