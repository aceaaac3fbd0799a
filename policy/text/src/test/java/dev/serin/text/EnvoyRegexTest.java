package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
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
        "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
        "\\x41[\\x30-\\x39]",
        "(?P<name>a|b)c",
        "[]x-]+[^]]?"
      })
  void whatPeopleWriteIsTaken(String pattern) {
    assertThat(EnvoyRegex.problem(pattern)).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {".*.*.*.*.*.*.*.*.*", "(abcdefghij){11}", "[^a]{9}", "\\W{6}"})
  void whatBecomesALongProgramIsRefused(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("instructions");
  }

  @ParameterizedTest
  @ValueSource(strings = {"(a", "a{2,1}", "[z-a]", "(?=a)", "*", "\\", "[[:nope:]]"})
  void whatIsNotOfRe2IsRefused(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("RE2");
  }

  /** RE2/J compiled the first of these for more than ten minutes, and was not done. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "(?i)[\u00e0-\uffff]",
        "(?i)\u1c90",
        "gr\u00fcn",
        "[a-\\x{ffff}]",
        "a(?i:\\x{10d0})",
        "\\xff",
        "\\377",
        "\\pL",
        "a\\Qbc\\E"
      })
  @Timeout(10)
  void whatEnvoyWouldCompareByteByByteIsRefusedUnread(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("characters of ASCII");
  }

  /** RE2/J ran out of memory for these before it could say how long they are. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "((((a{1000}){1000}){1000}){1000}){1000}",
        "(((((((((((a{2}){2}){2}){2}){2}){2}){2}){2}){2}){2}){2}",
        "(?:(?:[a)]{40}b){5,}c){0,9}",
        "(((a{99}){99}){99}",
        "((a{99}[])]){99}b)"
      })
  @Timeout(10)
  void whatIsRepeatedOverAndOverIsRefusedUnread(String pattern) {
    assertThat(EnvoyRegex.problem(pattern).orElse("taken")).contains("repeats a part");
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
