package dev.serin.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.e2e.traffic.Outcome;
import java.time.Duration;
import java.time.Instant;
import org.junit.jupiter.api.Test;

class LedgerTest {
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private final Ledger ledger = new Ledger();

  private void answer(String version, int status, int second) {
    ledger.accept(
        new Outcome(0, "berlin-1", version, status, Duration.ZERO, T0.plusSeconds(second)));
  }

  @Test
  void answersCountForTheirVersionAndTheRestApart() {
    answer("v1", 200, 1);
    answer("v3", 500, 2);
    answer("v3", 500, 3);
    answer("", 503, 4);
    answer("", Outcome.LOST, 5);
    Ledger.Counts counts = ledger.counts(T0);
    assertThat(counts.of("v1").answered()).isEqualTo(1);
    assertThat(counts.of("v3").errors()).isEqualTo(2);
    assertThat(counts.of("v3").firstError()).contains(T0.plusSeconds(2));
    assertThat(counts.of("v3").lastAnswer()).contains(T0.plusSeconds(3));
    assertThat(counts.of("v2")).isEqualTo(Ledger.Answers.NONE);
    assertThat(counts.ownAnswers()).isEqualTo(1);
    assertThat(counts.lost()).isEqualTo(1);
    assertThat(counts.total()).isEqualTo(5);
  }

  @Test
  void aRateIsOfTheLastTwoSeconds() {
    assertThat(ledger.rates(T0)).isEmpty();
    for (int second = 1; second <= 6; second++) {
      answer("v1", 200, second);
      answer("v1", 200, second);
      assertThat(ledger.rates(T0.plusSeconds(second)).get("v1")).isEqualTo(2.0);
    }
    assertThat(ledger.rates(T0.plusSeconds(20)).get("v1")).isZero();
  }
}
