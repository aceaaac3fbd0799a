package dev.serin.text;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.tuple;

import com.google.common.collect.ImmutableList;
import dev.serin.text.Problem.Code;
import java.time.Instant;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class CalendarLintTest {

  private static final Instant NOW = Instant.parse("2026-12-01T12:00:00Z");

  private static final String FREEZE =
      """
      apiVersion: serin.dev/v1
      kind: FreezeWindow
      metadata: {name: f}
      spec:
        zone: Europe/Berlin
        %s
      ---
      """;

  private static final String POLICY =
      """
      apiVersion: serin.dev/v1
      kind: CanaryPolicy
      metadata: {name: p}
      spec:
        sticky: sourceIp
        schedule: {zone: Europe/Berlin, open: ["%s"]}
      """;

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
from: 2026-11-01T00:00~to: 2026-12-01T13:00|PAST|spec.to
rrule: FREQ=DAILY;UNTIL=20261130~duration: 1h|PAST|spec.rrule
rrule: FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30~duration: 1h|PAST|spec.rrule
from: 2026-12-01T00:00|NEVER_OPENS|spec.from
from: 2028-12-01T00:00|NEVER_OPENS|spec.from
to: 2029-12-01T00:00|NEVER_OPENS|spec.to
rrule: FREQ=DAILY~duration: 25h|NEVER_OPENS|spec.rrule
from: 2027-03-28T02:00~to: 2027-03-28T03:00|SKIPPED_TIME|spec.from
rrule: FREQ=DAILY;BYHOUR=2~duration: 1h|SKIPPED_TIME|spec.rrule
""")
  void aDoubtfulFreezeIsWarnedOf(String times, Code code, String path) {
    assertThat(lint(FREEZE.formatted(times.replace("~", "\n  "))))
        .extracting(Problem::code, Problem::path, Problem::severity)
        .containsExactly(tuple(code, path, Problem.Severity.WARNING));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
from: 2026-11-01T00:00~to: 2026-12-01T13:01
from: 2040-11-01T00:00~to: 2040-12-01T13:01
rrule: FREQ=DAILY;BYHOUR=3~duration: 23h
""")
  void aFreezeThatComesAndGoesIsNot(String times) {
    assertThat(lint(FREEZE.formatted(times.replace("~", "\n  ")))).isEmpty();
  }

  /** A day of twenty-five hours has one that is not frozen: a duration is elapsed time. */
  @Test
  void aFreezeOfTwentyFourHoursADayLeavesTheHourThatTheClocksGoBack() {
    Reading reading =
        ResourceReader.read("f.yaml", FREEZE.formatted("rrule: FREQ=DAILY\n  duration: 24h"));
    var freeze = ((Parsed.Freeze) reading.resources().getFirst()).freeze().freeze();
    assertThat(freeze.times().at(NOW).until()).contains(Instant.parse("2027-10-31T22:00:00Z"));
  }

  @Test
  void aScheduleThatTheFreezesLeaveNothingOfIsWarnedOf() {
    String mornings = FREEZE.formatted("rrule: FREQ=WEEKLY;BYDAY=MO;BYHOUR=8\n  duration: 4h");
    assertThat(lint(mornings + POLICY.formatted("Mon 09:00-12:00")))
        .extracting(Problem::code, Problem::path)
        .containsExactly(tuple(Code.NEVER_OPENS, "spec.schedule.open"));
    assertThat(lint(mornings + POLICY.formatted("Mon 09:00-12:01"))).isEmpty();
    String others = mornings.replace("zone:", "in: {tenants: [elsewhere]}\n  zone:");
    assertThat(lint(others + POLICY.formatted("Mon 09:00-12:00"))).isEmpty();
  }

  @Test
  void hoursThatTheClocksSkipAreWarnedOf() {
    assertThat(lint(POLICY.formatted("Sun 02:00-03:00")))
        .extracting(Problem::code, Problem::path)
        .containsExactly(tuple(Code.SKIPPED_TIME, "spec.schedule.open[0]"));
    assertThat(lint(POLICY.formatted("Sun 02:00-03:01"))).isEmpty();
  }

  private static ImmutableList<Problem> lint(String text) {
    Reading reading = ResourceReader.read("f.yaml", text);
    assertThat(reading.problems()).as(text).isEmpty();
    return CalendarLint.check(reading.resources(), NOW);
  }
}
