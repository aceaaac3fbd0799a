package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.text.Problem.Code;
import java.time.Duration;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class UnitsTest {

  @ParameterizedTest
  @CsvSource({
    "1%,10000",
    "0.1%,1000",
    "0.0001%,1",
    "100%,1000000",
    "33.3333%,333333",
    "1.50%,15000",
    "007%,70000",
    "-1%,-10000",
    "5 %,50000",
    "0.00010000%,1"
  })
  void sharesAreExact(String text, int ppm) {
    assertThat(Units.share(text)).isEqualTo(new Read.Good<>(ppm));
  }

  @ParameterizedTest
  @CsvSource({
    "5,MISSING_UNIT", "0.05,MISSING_UNIT", "0.00001%,OUT_OF_RANGE", "5pp,BAD_VALUE", "%,BAD_VALUE",
    "5%%,BAD_VALUE", "1e2%,BAD_VALUE", ".5%,BAD_VALUE", "NaN%,BAD_VALUE",
        "99999999999%,OUT_OF_RANGE"
  })
  void whatIsNoShareIsRefused(String text, Code code) {
    assertThat(Units.share(text))
        .isInstanceOfSatisfying(Read.Bad.class, bad -> assertThat(bad.code()).isEqualTo(code));
  }

  @ParameterizedTest
  @CsvSource({
    "10m,PT10M",
    "150s,PT2M30S",
    "1h30m,PT1H30M",
    "1.5h,PT1H30M",
    "500ms,PT0.5S",
    "0s,PT0S",
    "0.500s,PT0.5S",
    "2d,PT48H",
    "1ns,PT0.000000001S",
    "0.000000001s,PT0.000000001S"
  })
  void timesAreExact(String text, Duration time) {
    assertThat(Units.duration(text)).isEqualTo(new Read.Good<>(time));
  }

  @ParameterizedTest
  @CsvSource({
    "10,MISSING_UNIT",
    "0,MISSING_UNIT",
    "10x,BAD_VALUE",
    "m,BAD_VALUE",
    "-5s,BAD_VALUE",
    "0.1ns,OUT_OF_RANGE",
    "99999999h,OUT_OF_RANGE",
    "PT5M,BAD_VALUE",
    "5 m,BAD_VALUE"
  })
  void whatIsNoTimeIsRefused(String text, Code code) {
    assertThat(Units.duration(text))
        .isInstanceOfSatisfying(Read.Bad.class, bad -> assertThat(bad.code()).isEqualTo(code));
  }

  @Test
  void printedTimesAndSharesReadBack() {
    Random random = new Random(7);
    for (int i = 0; i < 10_000; i++) {
      Duration time = Duration.ofSeconds(random.nextInt(1_000_000), random.nextInt(1_000_000_000));
      assertThat(Units.duration(Units.print(time))).isEqualTo(new Read.Good<>(time));
      Duration round = Duration.ofSeconds(60L * random.nextInt(100_000));
      assertThat(Units.duration(Units.print(round))).isEqualTo(new Read.Good<>(round));
      int ppm = random.nextInt(1_000_001);
      assertThat(Units.share(Units.percent(ppm) + "%")).isEqualTo(new Read.Good<>(ppm));
    }
  }

  @Test
  void nearWordsAreSuggested() {
    assertThat(Suggestion.distance("wieght", "weight")).isEqualTo(1);
    assertThat(Suggestion.hint("wieght", List.of("weight", "bake")))
        .isEqualTo("did you mean weight?");
    assertThat(Suggestion.hint("zzz", List.of("weight", "bake")))
        .isEqualTo("known here: bake, weight");
  }
}
