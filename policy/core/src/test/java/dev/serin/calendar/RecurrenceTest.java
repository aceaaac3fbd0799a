package dev.serin.calendar;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.serin.calendar.Freeze.Times.Recurring;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Recurrence rules: against another implementation, at changes of the clocks, hostile ones. */
final class RecurrenceTest {

  private static final ZoneId UTC = ZoneId.of("UTC");
  private static final ZoneId BERLIN = ZoneId.of("Europe/Berlin");

  /**
   * 400 rules drawn at random, with what the rrule module of Python's dateutil 2.9.0 makes of them.
   */
  @Test
  void random_rules_occur_when_another_implementation_says() throws IOException {
    int compared = 0;
    try (InputStream in =
        Objects.requireNonNull(getClass().getResourceAsStream("/calendar/rrules.json"))) {
      for (JsonNode one : new ObjectMapper().readTree(in)) {
        List<LocalDateTime> expected = new ArrayList<>();
        one.get("first").forEach(at -> expected.add(LocalDateTime.parse(at.asText())));
        Recurring recurring = recurring(UTC, one.get("start").asText(), one.get("rule").asText());
        LocalDateTime limit = recurring.from().plusDays(365 * 6);
        List<LocalDateTime> found =
            RfcExamplesTest.first(recurring, 12).stream().filter(at -> !at.isAfter(limit)).toList();
        assertThat(found).as("%s", one).isEqualTo(expected);
        assertLooksBack(recurring, expected);
        compared++;
      }
    }
    assertThat(compared).isEqualTo(400);
  }

  /** From each occurrence, and from just before it, the way back leads to the right one. */
  private static void assertLooksBack(Recurring recurring, List<LocalDateTime> all) {
    Occurrences occurrences = Occurrences.of(recurring);
    for (int i = 0; i < all.size(); i++) {
      Instant at = all.get(i).atZone(UTC).toInstant();
      Instant least = at.minus(Duration.ofDays(366 * 6));
      assertThat(occurrences.lastNotAfter(at, least)).contains(at);
      Instant before = at.minusSeconds(1);
      if (i == 0) {
        assertThat(occurrences.lastNotAfter(before, least)).isEmpty();
      } else {
        assertThat(occurrences.lastNotAfter(before, least))
            .contains(all.get(i - 1).atZone(UTC).toInstant());
      }
    }
  }

  @Test
  void a_time_that_the_clocks_skip_is_no_occurrence_and_is_not_counted() {
    Recurring nightly = recurring(BERLIN, "2027-03-27T02:30", "FREQ=DAILY;COUNT=3");
    assertThat(RfcExamplesTest.first(nightly, 5))
        .containsExactly(
            LocalDateTime.parse("2027-03-27T02:30"),
            LocalDateTime.parse("2027-03-29T02:30"),
            LocalDateTime.parse("2027-03-30T02:30"));
    assertThat(
            nightly.swallowed(
                Instant.parse("2027-01-01T00:00:00Z"), Instant.parse("2028-01-01T00:00:00Z")))
        .contains(LocalDateTime.parse("2027-03-28T02:30"));
  }

  @Test
  void of_a_time_that_the_clocks_show_twice_the_first_is_meant() {
    Recurring nightly = recurring(BERLIN, "2026-10-25T02:30", "FREQ=DAILY;COUNT=2");
    Occurrences occurrences = Occurrences.of(nightly);
    Instant first = Instant.parse("2026-10-25T00:30:00Z");
    Instant limit = first.plus(Duration.ofDays(30));
    assertThat(occurrences.firstAfter(first.minusSeconds(1), limit)).contains(first);
    assertThat(occurrences.firstAfter(first, limit))
        .contains(Instant.parse("2026-10-26T01:30:00Z"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
FREQ=HOURLY|FREQ=HOURLY (expected: FREQ=DAILY, WEEKLY, MONTHLY, YEARLY)
FREQ=SECONDLY;COUNT=1000000000|FREQ=SECONDLY
INTERVAL=2|no FREQ
FREQ=DAILY;INTERVAL=0|INTERVAL=0 (expected: 1..1000)
FREQ=DAILY;COUNT=2000000000|COUNT=2000000000 (expected: 1..1000)
FREQ=DAILY;COUNT=1;UNTIL=20270101|COUNT and UNTIL (expected: only one of them)
FREQ=DAILY;UNTIL=20270230|UNTIL=20270230
FREQ=DAILY;BYDAY=1MO|BYDAY=1MO with FREQ=DAILY (expected: a day without a number)
FREQ=MONTHLY;BYDAY=0MO|BYDAY=0MO
FREQ=MONTHLY;BYDAY=XX|BYDAY=XX (expected: a day as MO, 1FR or -1SU)
FREQ=WEEKLY;BYMONTHDAY=1|BYMONTHDAY with FREQ=WEEKLY
FREQ=MONTHLY;BYMONTHDAY=32|BYMONTHDAY=32 (expected: 1..31 or -31..-1)
FREQ=YEARLY;BYMONTH=13|BYMONTH=13 (expected: 1..12)
FREQ=YEARLY;BYWEEKNO=20|BYWEEKNO, which is not supported
FREQ=DAILY;BYSETPOS=1|BYSETPOS alone
FREQ=DAILY;FREQ=WEEKLY|FREQ twice (expected: once)
FREQ=DAILY;;COUNT=1|nothing between two ;
FREQ=DAILY;WKST=M|WKST=M (expected: a day as MO)
FREQ=DAILY;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12;BYMINUTE=0,30|26 times a day (expected: at most 24)
FREQ=DAILY;COLOUR=RED|COLOUR (expected: one of
""")
  void what_a_rule_cannot_have_is_refused(String rule, String problem) {
    assertThat(RecurrenceRule.read(rule).rule()).isEmpty();
    assertThat(String.join("\n", RecurrenceRule.read(rule).problems())).contains(problem);
    assertThatThrownBy(() -> RecurrenceRule.parse(rule))
        .isInstanceOf(IllegalArgumentException.class);
  }

  @Test
  void all_problems_of_a_rule_are_told_at_once() {
    assertThat(RecurrenceRule.read("FREQ=NEVER;INTERVAL=x;BYDAY=1;WKST=2").problems()).hasSize(4);
    assertThat(RecurrenceRule.read("F".repeat(501)).problems()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "FREQ=DAILY",
        "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
        "FREQ=MONTHLY;UNTIL=20271224T180000Z;BYMONTH=1,12;BYMONTHDAY=-1,15;BYDAY=-1FR,MO;BYHOUR=1;BYMINUTE=0,30;BYSETPOS=-1,1",
        "FREQ=YEARLY;UNTIL=20271224T235959;BYDAY=20MO"
      })
  void a_rule_is_written_as_it_was_read(String rule) {
    assertThat(RecurrenceRule.parse(rule)).hasToString(rule);
    assertThat(RecurrenceRule.parse(rule.toLowerCase(java.util.Locale.ROOT))).hasToString(rule);
  }

  @Test
  void a_date_as_the_end_takes_all_of_its_day() {
    assertThat(
            RfcExamplesTest.first(
                recurring(UTC, "2027-01-01T23:00", "FREQ=DAILY;UNTIL=20270103"), 9))
        .hasSize(3);
  }

  @ParameterizedTest
  @CsvSource({
    "FREQ=DAILY, true",
    "FREQ=DAILY;INTERVAL=2, false",
    "FREQ=DAILY;COUNT=2, false",
    "FREQ=WEEKLY, false",
    "FREQ=WEEKLY;BYDAY=FR, true",
    "FREQ=MONTHLY;BYSETPOS=1;BYDAY=FR, true",
    "FREQ=YEARLY;BYMONTH=12, false",
    "FREQ=YEARLY;BYMONTH=12;BYMONTHDAY=24, true"
  })
  void a_rule_that_names_its_days_does_not_depend_on_its_start(String rule, boolean independent) {
    assertThat(RecurrenceRule.parse(rule).isIndependentOfStart()).isEqualTo(independent);
  }

  /** Rules that are legal and mean: never, rarely, as often as they may, as long as they may. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30",
        "FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30;COUNT=1000",
        "FREQ=YEARLY;INTERVAL=1000;BYMONTH=2;BYMONTHDAY=29;COUNT=1000",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23;BYSETPOS=366,-366,1,-1",
        "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23",
        "FREQ=DAILY;COUNT=1000;BYHOUR=0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23"
      })
  void a_hostile_rule_is_answered_within_bounds(String rule) {
    Recurring recurring =
        new Recurring(
            BERLIN,
            LocalDateTime.parse("1970-01-01T00:00"),
            RecurrenceRule.parse(rule),
            Duration.ofMinutes(1));
    long began = System.nanoTime();
    Calendar calendar =
        Calendar.of(
            Schedule.ALWAYS,
            java.util.Map.of("hostile", new Freeze(recurring, Selector.ALL, false)));
    var answer = calendar.at(CalendarTest.CHECKOUT, Instant.parse("2026-12-01T00:00:30Z"), false);
    assertThat(answer).isNotNull();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  /** Hour after hour for two years, which is as many steps as are taken. */
  @Test
  void a_rule_that_covers_every_hour_is_answered_within_bounds() {
    String hours =
        IntStream.range(0, 24).mapToObj(Integer::toString).collect(Collectors.joining(","));
    Recurring hourly =
        new Recurring(
            BERLIN,
            LocalDateTime.parse("1970-01-01T00:00"),
            RecurrenceRule.parse(
                "FREQ=YEARLY;BYDAY=MO,TU,WE,TH,FR,SA,SU;BYHOUR=" + hours + ";BYMINUTE=0"),
            Duration.ofHours(1));
    long began = System.nanoTime();
    Openness answer = hourly.at(Instant.parse("2026-12-01T00:00:30Z"));
    assertThat(answer.isOpen()).isFalse();
    assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(5));
  }

  private static Recurring recurring(ZoneId zone, String from, String rule) {
    return new Recurring(
        zone, LocalDateTime.parse(from), RecurrenceRule.parse(rule), Duration.ofHours(1));
  }
}
