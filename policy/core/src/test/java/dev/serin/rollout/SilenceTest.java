package dev.serin.rollout;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Control;
import dev.serin.judge.Histogram;
import dev.serin.judge.Window;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a canary should have answered, told from what its control did. */
final class SilenceTest {
  private static final Instant AT = Instant.parse("2026-11-25T12:00:00Z");

  @Test
  void besideAllOfStableTheCanaryShouldHaveItsWeightsPartOfThat() {
    assertThat(expected(10_000, Control.REST, 990)).hasValue(10.0);
  }

  @Test
  void besideAnEqualControlGroupItShouldHaveAsMuch() {
    assertThat(expected(10_000, Control.of(10_000), 10)).hasValue(10.0);
    assertThat(expected(400_000, Control.of(100_000), 10)).hasValue(40.0);
  }

  @Test
  void whereNothingIsSentToTheControlNothingCanBeTold() {
    assertThat(expected(1_000_000, Control.REST, 0)).isEmpty();
    assertThat(expected(990_000, Control.of(0), 0)).isEmpty();
  }

  private static Optional<Double> expected(int canaryPpm, Control control, long stable) {
    Window window =
        new Window(
            1,
            0,
            Duration.ofSeconds(1),
            canaryPpm,
            control,
            ImmutableSortedMap.of(
                "eu",
                new Window.Arms(
                    new ArmCounts(0, 0, Histogram.NONE), new ArmCounts(stable, 0, Histogram.NONE))),
            ImmutableSortedMap.of(),
            true);
    return Silence.after(Optional.empty(), window, AT).map(Silence::expected);
  }
}
