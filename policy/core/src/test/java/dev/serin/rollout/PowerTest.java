package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Verdict;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PowerTest {

  private static Verdict withControl(double ratio) {
    return new Verdict(
        Verdict.State.INCONCLUSIVE,
        0,
        4.8,
        ImmutableList.of(
            new Verdict.MetricVerdict(
                "errors",
                Verdict.State.INCONCLUSIVE,
                ratio,
                ratio,
                0,
                Optional.empty(),
                0,
                4.8,
                100)));
  }

  private static double needed(double control, int weightPpm) {
    return Power.requestsNeeded(Policies.ERRORS, withControl(control), weightPpm);
  }

  @Test
  void whereNothingFailsTheDifferenceAloneCounts() {
    assertThat(needed(0, 10_000)).isCloseTo(2 * 4.3 / 0.05, within(1e-9));
    assertThat(needed(0, 500_000)).isCloseTo(2 * 4.3 / 0.001, within(1e-9));
  }

  @Test
  void failuresOfBothArmsTakeMoreRequests() {
    assertThat(needed(0.001, 250_000)).isGreaterThan(needed(0, 250_000));
    assertThat(needed(0.01, 980_000)).isFinite();
  }

  @Test
  void aSmallHoldBackTakesMoreRequests() {
    assertThat(needed(0.001, 980_000)).isGreaterThan(4 * needed(0.001, 900_000));
  }
}
