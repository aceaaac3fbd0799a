package dev.serin.judge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import org.junit.jupiter.api.Test;

final class ClearanceTest {

  private static final double MDE = 0.001;

  private static Clearance windows(Clearance from, int times, long canaryErrors, long errors) {
    Clearance clearance = from;
    for (int i = 0; i < times; i++) {
      // A thousand requests a second, of which stable keeps two in a hundred.
      clearance = clearance.next().plus(9_800, 200, canaryErrors, i % 5 == 0 ? errors : 0);
    }
    return clearance;
  }

  @Test
  void nothingSeenIsNoEvidence() {
    assertThat(Clearance.START.lnE(MDE)).isCloseTo(0, within(1e-12));
    assertThat(Clearance.START.next().lnE(MDE)).isCloseTo(0, within(1e-12));
  }

  /** The weights sum to 1 however many have begun and however many of them were given up. */
  @Test
  void emptyWindowsNeitherAddNorWinCapital() {
    Clearance clearance = Clearance.START;
    for (int i = 0; i < 1_000; i++) {
      clearance = clearance.next();
      assertThat(clearance.lnE(MDE)).isLessThanOrEqualTo(1e-12);
    }
    assertThat(clearance.anew()).isEqualTo(49);
    assertThat(clearance.latest()).hasSize(8);
    assertThat(clearance.lnE(MDE)).isGreaterThan(Math.log(0.8));
  }

  @Test
  void withoutABurstItCostsAQuarterOfANat() {
    Clearance clearance = windows(Clearance.START, 30, 10, 1);
    assertThat(clearance.lnE(MDE)).isGreaterThanOrEqualTo(clearance.whole().lnE(MDE) - 0.25);
  }

  /**
   * Forty seconds in which a fifth of both versions' requests failed, a few more of the canary's by
   * chance: nothing points to harm, and a release at 98 % waited for hours to be promoted.
   */
  @Test
  void aBurstThatBothArmsShareIsForgottenWithinMinutes() {
    Clearance before = windows(Clearance.START, 40, 10, 1);
    Clearance burst = before;
    for (int i = 0; i < 4; i++) {
      burst = burst.next().plus(9_800, 200, 1_960, 38);
    }
    Clearance after = windows(burst, 90, 10, 1);
    assertThat(after.whole().lnE(MDE)).as("from the start").isLessThan(-50);
    assertThat(after.ruledOut(MDE)).isTrue();
  }
}
