package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;

class ConvergenceTest {

  private static final int QUORUM = 950_000;

  private static ClusterConvergence counts(int want, int acked, int nacked, int unreachable) {
    return new ClusterConvergence(want, acked, nacked, 0, unreachable);
  }

  @Test
  void oneOfThreeOrMoreMayBeMissingAndNoneOfTwo() {
    assertThat(Convergence.allowedMissing(1, QUORUM)).isZero();
    assertThat(Convergence.allowedMissing(2, QUORUM)).isZero();
    assertThat(Convergence.allowedMissing(3, QUORUM)).isEqualTo(1);
    assertThat(Convergence.allowedMissing(39, QUORUM)).isEqualTo(1);
    assertThat(Convergence.allowedMissing(40, QUORUM)).isEqualTo(2);
    assertThat(Convergence.allowedMissing(1_000_000, QUORUM)).isEqualTo(50_000);
  }

  @Test
  void explicitHundredPercentMeansEveryone() {
    assertThat(Convergence.allowedMissing(1000, 1_000_000)).isZero();
    assertThat(Convergence.isConverged(counts(1000, 999, 0, 0), 1_000_000)).isFalse();
    assertThat(Convergence.isConverged(counts(1000, 1000, 0, 0), 1_000_000)).isTrue();
  }

  @Test
  void nobodyWantedIsNotConverged() {
    assertThat(Convergence.isConverged(counts(0, 0, 0, 0), QUORUM)).isFalse();
    assertThat(Convergence.isFleetConverged(List.of(), QUORUM)).isFalse();
    assertThat(Convergence.isFleetConverged(List.of(counts(0, 0, 0, 0)), QUORUM)).isFalse();
  }

  @Test
  void meshClusterWithoutProxiesIsLeftOut() {
    assertThat(
            Convergence.isFleetConverged(List.of(counts(0, 0, 0, 0), counts(2, 2, 0, 0)), QUORUM))
        .isTrue();
  }

  @Test
  void moreThanHalfUnreachableIsCutOffAndExactlyHalfIsNot() {
    assertThat(Convergence.isCutOff(counts(2, 2, 0, 2))).isFalse();
    assertThat(Convergence.isCutOff(counts(2, 2, 0, 3))).isTrue();
    assertThat(Convergence.isCutOff(counts(0, 0, 0, 1))).isTrue();
    assertThat(Convergence.isConverged(counts(2, 2, 0, 3), QUORUM)).isFalse();
    assertThat(
            Convergence.isFleetConverged(List.of(counts(0, 0, 0, 1), counts(2, 2, 0, 0)), QUORUM))
        .isFalse();
  }

  @Test
  void refusedIsMoreThanMayBeMissing() {
    assertThat(Convergence.isRefused(counts(3, 2, 1, 0), QUORUM)).isFalse();
    assertThat(Convergence.isRefused(counts(3, 1, 2, 0), QUORUM)).isTrue();
    assertThat(Convergence.isRefused(counts(1, 0, 1, 0), QUORUM)).isTrue();
  }

  @Test
  void zeroIsEverywhereWhenNobodyIsLeft() {
    assertThat(Convergence.isEverywhere(List.of())).isTrue();
    assertThat(Convergence.isEverywhere(List.of(counts(40, 39, 0, 0)))).isFalse();
    assertThat(Convergence.isEverywhere(List.of(counts(40, 40, 0, 1)))).isFalse();
    assertThat(Convergence.isEverywhere(List.of(counts(40, 40, 0, 0)))).isTrue();
  }
}
