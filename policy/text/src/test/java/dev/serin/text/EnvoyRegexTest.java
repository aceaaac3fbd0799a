package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class EnvoyRegexTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "lab-[0-9]+",
        "(?i)beta|alpha|preview",
        ".*(iPhone|Android).*",
        "\\d{4}-\\d{2}-\\d{2}",
        "[a-z]{2}(-[A-Z]{2})?",
        "gr\u00fcn",
        "(?P<name>a|b)c",
        "[]x-]+[^]]?"
      })
  void whatPeopleWriteIsTaken(String pattern) {
    assertThat(EnvoyRegex.problem(pattern)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        ".*.*.*.*.*.*.*.*.*",
        "(abcdefghij){11}",
        "[^a]{9}",
        "\\pL",
        "\\Qabc\\E",
        "(\u4e2d\u4e2d\u4e2d\u4e2d\u4e2d){8}",
        "\\W{6}"
      })
  void whatBecomesALongProgramIsRefused(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("instructions");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a", "a{2,1}", "[z-a]", "(?=a)", "(a)\\1", "*", "\\", "[[:nope:]]"})
  void whatIsNotOfRe2IsRefused(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("RE2");
  }

  @Test
  void aPatternLongerThanAnyPersonWritesIsNotEvenLookedAt() {
    assertThat(EnvoyRegex.problem("a".repeat(257)).orElse("taken"))
        .isEqualTo("257 characters (expected: at most 256)");
  }

  @Test
  void everyRepetitionCounts() {
    int once = EnvoyRegex.programSize("(?:.x)");
    assertThat(EnvoyRegex.programSize("(?:.x){3}") - EnvoyRegex.programSize("(?:.x){2}"))
        .isBetween(14, once);
  }
}
