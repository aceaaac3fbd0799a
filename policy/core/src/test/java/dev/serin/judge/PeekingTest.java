package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.policy.Analysis.Harm;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Two hours of looking every ten seconds at a canary exactly as bad as it may be. */
final class PeekingTest {

  private static final long SEED = 31;
  private static final int RUNS = 600;
  private static final double ALPHA = 0.05;
  private static final int[] WEIGHTS = {1, 5, 10, 25, 50, 98};

  @Test
  void lookingAfterEveryWindowKeepsTheErrorBudget() {
    Harm harm = Harm.percentagePoints(0.0001);
    assertThat(alarms(harm, 1)).isLessThanOrEqualTo(ALPHA);
  }

  @Test
  void harmIsNotMissedForIt() {
    assertThat(alarms(Harm.percentagePoints(0.0001), 1.5)).isGreaterThan(0.99);
  }

  @Test
  void harmOfTheSizeToExcludeIsRarelyRuledOut() {
    Random random = new Random(SEED);
    double mde = 0.003;
    int wrong = 0;
    for (int run = 0; run < RUNS; run++) {
      Clearance clearance = Clearance.START;
      boolean ruledOut = false;
      for (int t = 0; t < 720; t++) {
        int weight = WEIGHTS[t / 120];
        double ratio = 0.002 * Math.exp(random.nextGaussian());
        long nc = weight * 10L;
        long nb = (100 - weight) * 10L;
        long kc = poisson(nc * (ratio + mde), random);
        clearance = clearance.next().plus(nc, nb, kc, poisson(nb * ratio, random));
        ruledOut |= clearance.ruledOut(mde);
      }
      wrong += ruledOut ? 1 : 0;
    }
    System.out.println("seed " + SEED + ": ruled out " + wrong + " of " + RUNS);
    assertThat((double) wrong / RUNS).isLessThanOrEqualTo(0.05);
  }

  /** The share of runs in which harm is shown, the canary {@code factor} times the limit. */
  private static double alarms(Harm harm, double factor) {
    Random random = new Random(SEED);
    ImmutableList<Contrast> contrasts = ImmutableList.of(Contrast.errors(harm));
    int alarms = 0;
    for (int run = 0; run < RUNS; run++) {
      EvidenceProcess process =
          EvidenceProcess.start(contrasts, ImmutableList.of(Dispersion.Prior.INDEPENDENT_REQUESTS));
      boolean alarm = false;
      for (int t = 0; t < 720 && !alarm; t++) {
        int weight = WEIGHTS[t / 120];
        // Both arms share a shock every window: what a test of totals would take for a difference.
        double ratio = 0.005 * Math.exp(random.nextGaussian());
        long nc = weight * 10L;
        long nb = (100 - weight) * 10L;
        long kc = poisson(factor * nc * (harm.rho() * ratio + harm.delta()), random);
        long kb = poisson(nb * ratio, random);
        Counts counts = new Counts(nc, nb, ImmutableLongArray.of(kc), ImmutableLongArray.of(kb));
        process = process.observe(contrasts, counts, t % 120 == 0);
        alarm = process.lnE() >= -Math.log(ALPHA);
      }
      alarms += alarm ? 1 : 0;
    }
    System.out.println("seed " + SEED + ", factor " + factor + ": " + alarms + " of " + RUNS);
    return (double) alarms / RUNS;
  }

  private static long poisson(double mean, Random random) {
    double limit = Math.exp(-mean);
    long n = 0;
    for (double product = random.nextDouble(); product > limit; product *= random.nextDouble()) {
      n++;
    }
    return n;
  }
}
