package dev.serin.server.warmup;

import static org.assertj.core.api.Assertions.assertThat;

import java.time.Duration;
import org.junit.jupiter.api.Test;

class WarmUpTest {
  @Test
  void servesAFleetOfItsOwnOnceAndNotAgain() {
    assertThat(WarmUp.run(Duration.ZERO)).isZero();
    assertThat(new WarmUp(Duration.ofSeconds(2)).serveSafely()).isPositive();
    WarmUp.run(Duration.ofSeconds(1));
    assertThat(WarmUp.run(Duration.ofSeconds(1))).isZero();
  }
}
