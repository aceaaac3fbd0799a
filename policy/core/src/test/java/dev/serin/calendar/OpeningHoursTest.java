package dev.serin.calendar;

import static java.time.DayOfWeek.FRIDAY;
import static java.time.DayOfWeek.MONDAY;
import static java.time.DayOfWeek.SATURDAY;
import static java.time.DayOfWeek.SUNDAY;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** How opening hours are written. */
final class OpeningHoursTest {

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
Mon-Thu 09:00-16:00|Mon-Thu 09:00-16:00
fri-MON 22:00-06:00|Fri-Mon 22:00-06:00
Sat,Sun|Sat-Sun 00:00-24:00
Wed,Mon 09:00-09:01|Mon,Wed 09:00-09:01
Mon-Tue,Thu 10:00-00:00|Mon-Tue,Thu 10:00-00:00
09:00-17:00|09:00-17:00
Mon-Sun 09:00-17:00|09:00-17:00
Tue-Mon|00:00-24:00
Sun  23:00-24:00|Sun 23:00-24:00
""")
  void a_form_is_written_in_one_way_and_read_back(String text, String written) {
    OpeningHours hours = OpeningHours.parse(text);
    assertThat(hours).hasToString(written);
    assertThat(OpeningHours.parse(written)).isEqualTo(hours);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        " ",
        "Mon 9-16",
        "Mon 09:00",
        "Mon 09:00-09:00",
        "Mon 24:00-01:00",
        "Mon 09:00-24:01",
        "Mon 09:60-10:00",
        "Monday 09:00-10:00",
        "Mon-Xyz 09:00-10:00",
        "Mon09:00-10:00",
        "Mon 09:00-10:00 UTC",
        "Mon, Tue 09:00-10:00",
        "Mon-",
        "Mon 25:00-26:00"
      })
  void another_form_is_refused(String text) {
    assertThat(OpeningHours.read(text)).isEmpty();
  }

  @Test
  void a_range_of_days_goes_over_the_end_of_the_week() {
    assertThat(OpeningHours.parse("Fri-Mon").days())
        .isEqualTo(ImmutableSortedSet.of(MONDAY, FRIDAY, SATURDAY, SUNDAY));
  }
}
