package dev.serin.judge;

import static dev.serin.judge.Streams.plain;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import com.google.common.collect.ImmutableList;
import dev.serin.judge.Baseline.Block;
import java.time.Duration;
import java.util.Collections;
import org.junit.jupiter.api.Test;

/** What half an hour of stable says about its dispersion. */
final class CalibrationTest {

  private static double phi(int blocks, ArmCounts a, ArmCounts b) {
    return Dispersion.start(Calibration.errors(repeated(blocks, a, b))).phi();
  }

  private static ImmutableList<Block> repeated(int times, ArmCounts a, ArmCounts b) {
    return ImmutableList.copyOf(Collections.nCopies(times, new Block(Duration.ofMinutes(2), a, b)));
  }

  @Test
  void quietBlocksAreJoinedUntilTheyShowScatter() {
    Dispersion.Prior prior = Calibration.errors(repeated(60, plain(6000, 1), plain(6000, 1)));
    assertThat(prior.freedom()).isEqualTo(29);
    assertThat(Dispersion.start(prior).phi()).isEqualTo(1);
  }

  /**
   * A service of a few requests a second has hardly an error in half an hour. While only blocks
   * with hits counted, it kept the prior of an unknown service for ever, and one request in five
   * failing at one request a second took 20 minutes to show instead of four.
   */
  @Test
  void aServiceTooSmallToShowScatterIsBelievedAfterHalfAnHour() {
    assertThat(phi(15, plain(60, 0), plain(60, 0))).isEqualTo(1);
    assertThat(phi(15, plain(600, 1), plain(600, 0))).isEqualTo(1);
  }

  @Test
  void aShorterWatchLeavesTheUnknownServiceItsPart() {
    assertThat(phi(0, plain(60, 0), plain(60, 0))).isCloseTo(55.0 / 15, within(1e-12));
    // Six of fifteen blocks: three fifths of fifty over three fifths of ten, and five of each.
    assertThat(phi(6, plain(60, 0), plain(60, 0))).isCloseTo(35.0 / 11, within(1e-12));
  }

  @Test
  void itDoesNotMatterHowTheTimeIsCut() {
    Block second = new Block(Duration.ofSeconds(10), plain(5, 0), plain(0, 0));
    Block first = new Block(Duration.ofSeconds(10), plain(0, 0), plain(5, 0));
    ImmutableList.Builder<Block> halfAnHour = ImmutableList.builder();
    for (int i = 0; i < 90; i++) {
      halfAnHour.add(first, second);
    }
    assertThat(Dispersion.start(Calibration.errors(halfAnHour.build())).phi()).isEqualTo(1);
  }

  @Test
  void oneLongBlockShowsNoScatter() {
    Block day = new Block(Duration.ofDays(1), plain(6000, 60), plain(6000, 66));
    assertThat(Dispersion.start(Calibration.errors(ImmutableList.of(day))).phi())
        .isCloseTo(55.0 / 15, within(0.1));
  }

  @Test
  void timeInWhichOneHalfHadNoTrafficIsNotWatched() {
    assertThat(phi(30, plain(60, 0), ArmCounts.NONE)).isCloseTo(55.0 / 15, within(1e-12));
  }

  @Test
  void halvesThatScatterAreRememberedHoweverFewTheirErrors() {
    ImmutableList.Builder<Block> blocks = ImmutableList.builder();
    for (int i = 0; i < 15; i++) {
      boolean odd = i % 2 == 1;
      blocks.addAll(repeated(1, plain(600, odd ? 6 : 0), plain(600, odd ? 0 : 6)));
    }
    assertThat(Dispersion.start(Calibration.errors(blocks.build())).phi()).isGreaterThan(4);
  }
}
