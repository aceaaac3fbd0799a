package dev.serin.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class OnwardClockTest {
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private Instant system = T0;
  private long nanos = -5;
  private final OnwardClock clock = new OnwardClock(() -> system, () -> nanos);

  private Instant pass(Duration time) {
    system = system.plus(time);
    nanos += time.toNanos();
    return clock.instant();
  }

  @Test
  void itIsTheSystemsTime() {
    assertThat(clock.instant()).isEqualTo(T0);
    assertThat(pass(Duration.ofSeconds(3))).isEqualTo(T0.plusSeconds(3));
    system = system.plusSeconds(3600); // set forward, or slept
    assertThat(pass(Duration.ofSeconds(1))).isEqualTo(T0.plusSeconds(3604));
  }

  @Test
  void aClockThatIsSetBackDoesNotStopTime() {
    assertThat(pass(Duration.ofSeconds(10))).isEqualTo(T0.plusSeconds(10));
    system = system.minusSeconds(3600);
    assertThat(clock.instant()).isEqualTo(T0.plusSeconds(10));
    assertThat(pass(Duration.ofSeconds(100))).isEqualTo(T0.plusMillis(109_900));
  }

  @Test
  void theTwoMeetAgain() {
    system = system.minusSeconds(2);
    Instant before = clock.instant();
    for (int minute = 0; minute < 40; minute++) {
      Instant now = pass(Duration.ofMinutes(1));
      assertThat(now).isAfter(before);
      before = now;
    }
    assertThat(before).isEqualTo(system);
  }
}
