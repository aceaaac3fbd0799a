package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.serin.judge.Verdict.Interval;
import dev.serin.policy.Analysis.Harm;
import java.util.OptionalDouble;
import org.junit.jupiter.api.Test;

/** The figures that are shown, and the table of harm to exclude. */
final class FiguresTest {

  private static final Harm DEFAULT = Harm.percentagePoints(0.0001);

  @Test
  void intervalIsNewcombesOwnExample() {
    // 56/70 against 48/80: 0.0524 to 0.3339 in table II of the paper.
    Interval interval = Tally.START.plus(70, 80, 56, 48).interval().orElseThrow();
    assertThat(interval.low()).isCloseTo(0.0524, within(5e-5));
    assertThat(interval.high()).isCloseTo(0.3339, within(5e-5));
  }

  @Test
  void aWeightThatMovesWithTheLoadDoesNotShowAsADifference() {
    // 1 % errors on both arms while the canary is small, 10 % on both while it is large.
    Tally tally = Tally.START.plus(100, 9900, 1, 99).plus(5000, 5000, 500, 500);
    assertThat(tally.canaryRatio()).isCloseTo(501.0 / 5100, within(1e-12));
    assertThat(tally.controlRatio()).isCloseTo(501.0 / 5100, within(1e-12));
  }

  @Test
  void nothingSeenHasNoInterval() {
    assertThat(Tally.START.interval()).isEmpty();
  }

  @Test
  void harmToExcludeFollowsTheWeight() {
    assertThat(errors(1_000, 0.001, DEFAULT)).isEqualTo(0.05);
    assertThat(errors(10_000, 0.001, DEFAULT)).isEqualTo(0.05);
    assertThat(errors(49_999, 0.001, DEFAULT)).isEqualTo(0.05);
    assertThat(errors(50_000, 0.001, DEFAULT)).isEqualTo(0.02);
    assertThat(errors(980_000, 0.001, DEFAULT)).isEqualTo(0.001);
    assertThat(errors(50_000, 0.03, DEFAULT)).isCloseTo(0.06, within(1e-12));
  }

  @Test
  void harmToExcludeIsNeverLessThanWhatThePolicyAllows() {
    assertThat(errors(500_000, 0.001, Harm.percentagePoints(0.01))).isGreaterThanOrEqualTo(0.01);
    assertThat(errors(500_000, 0.1, Harm.relative(0.5))).isCloseTo(0.05, within(1e-12));
  }

  /**
   * Both versions failed half of their requests for one window; five times stable's ratio was then
   * the harm to exclude, more than can happen, and a step was left on that window.
   */
  @Test
  void aSharedOutageDoesNotMakeEveryHarmExcluded() {
    assertThat(HarmToExclude.errors(OptionalDouble.empty(), 10_000, 0.5, new Harm(1.02, 0.0001)))
        .isEqualTo(0.25);
  }

  @Test
  void aConfiguredHarmToExcludeIsTaken() {
    OptionalDouble own = OptionalDouble.of(0.004);
    assertThat(HarmToExclude.errors(own, 10_000, 0.001, DEFAULT)).isEqualTo(0.004);
    assertThat(HarmToExclude.latency(own, 10_000, 0.001, 0)).isEqualTo(0.004);
  }

  @Test
  void latencyAllowsTwiceTheErrorsFigureAndTwoPercentAtLeast() {
    OptionalDouble auto = OptionalDouble.empty();
    assertThat(HarmToExclude.latency(auto, 10_000, 0.001, 0)).isEqualTo(0.1);
    assertThat(HarmToExclude.latency(auto, 500_000, 0.001, 0)).isEqualTo(0.02);
  }

  private static double errors(int ppm, double stableRatio, Harm harm) {
    return HarmToExclude.errors(OptionalDouble.empty(), ppm, stableRatio, harm);
  }
}
