package dev.serin.calendar;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.base.Splitter;
import dev.serin.calendar.Freeze.Times.Recurring;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneId;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * The examples of RFC 5545, section 3.8.5.3, and of 3.3.10, that use parts which rules have here:
 * all at nine in the morning in New York, over changes of the clocks.
 */
final class RfcExamplesTest {

  private static final ZoneId NEW_YORK = ZoneId.of("America/New_York");

  @ParameterizedTest(name = "{1} from {0}")
  @CsvSource(
      delimiter = '|',
      textBlock =
"""
1997-09-02|FREQ=DAILY;COUNT=10|1997: 9/2 9/3 9/4 9/5 9/6 9/7 9/8 9/9 9/10 9/11 end
1997-12-21|FREQ=DAILY;UNTIL=19971224T000000Z|1997: 12/21 12/22 12/23 end
1997-09-02|FREQ=DAILY;INTERVAL=2|1997: 9/2 9/4 9/6 9/8
1997-09-02|FREQ=DAILY;INTERVAL=10;COUNT=5|1997: 9/2 9/12 9/22 10/2 10/12 end
1998-01-30|FREQ=YEARLY;UNTIL=20000131T140000Z;BYMONTH=1;BYDAY=SU,MO,TU,WE,TH,FR,SA|1998: 1/30 1/31 1999: 1/1 1/2
2000-01-30|FREQ=DAILY;UNTIL=20000131T140000Z;BYMONTH=1|2000: 1/30 1/31 end
1997-09-02|FREQ=WEEKLY;COUNT=10|1997: 9/2 9/9 9/16 9/23 9/30 10/7 10/14 10/21 10/28 11/4 end
1997-12-09|FREQ=WEEKLY;UNTIL=19971224T000000Z|1997: 12/9 12/16 12/23 end
1997-09-02|FREQ=WEEKLY;INTERVAL=2;WKST=SU|1997: 9/2 9/16 9/30 10/14 10/28 11/11
1997-09-02|FREQ=WEEKLY;UNTIL=19971007T000000Z;WKST=SU;BYDAY=TU,TH|1997: 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2 end
1997-09-02|FREQ=WEEKLY;COUNT=10;WKST=SU;BYDAY=TU,TH|1997: 9/2 9/4 9/9 9/11 9/16 9/18 9/23 9/25 9/30 10/2 end
1997-09-01|FREQ=WEEKLY;INTERVAL=2;UNTIL=19971224T000000Z;WKST=SU;BYDAY=MO,WE,FR|1997: 9/1 9/3 9/5 9/15 9/17 9/19 9/29 10/1 10/3 10/13 10/15 10/17 10/27 10/29 10/31 11/10 11/12 11/14 11/24 11/26 11/28 12/8 12/10 12/12 12/22 end
1997-09-02|FREQ=WEEKLY;INTERVAL=2;COUNT=8;WKST=SU;BYDAY=TU,TH|1997: 9/2 9/4 9/16 9/18 9/30 10/2 10/14 10/16 end
1997-09-05|FREQ=MONTHLY;COUNT=10;BYDAY=1FR|1997: 9/5 10/3 11/7 12/5 1998: 1/2 2/6 3/6 4/3 5/1 6/5 end
1997-09-05|FREQ=MONTHLY;UNTIL=19971224T000000Z;BYDAY=1FR|1997: 9/5 10/3 11/7 12/5 end
1997-09-07|FREQ=MONTHLY;INTERVAL=2;COUNT=10;BYDAY=1SU,-1SU|1997: 9/7 9/28 11/2 11/30 1998: 1/4 1/25 3/1 3/29 5/3 5/31 end
1997-09-22|FREQ=MONTHLY;COUNT=6;BYDAY=-2MO|1997: 9/22 10/20 11/17 12/22 1998: 1/19 2/16 end
1997-09-28|FREQ=MONTHLY;BYMONTHDAY=-3|1997: 9/28 10/29 11/28 12/29 1998: 1/29 2/26
1997-09-02|FREQ=MONTHLY;COUNT=10;BYMONTHDAY=2,15|1997: 9/2 9/15 10/2 10/15 11/2 11/15 12/2 12/15 1998: 1/2 1/15 end
1997-09-30|FREQ=MONTHLY;COUNT=10;BYMONTHDAY=1,-1|1997: 9/30 10/1 10/31 11/1 11/30 12/1 12/31 1998: 1/1 1/31 2/1 end
1997-09-10|FREQ=MONTHLY;INTERVAL=18;COUNT=10;BYMONTHDAY=10,11,12,13,14,15|1997: 9/10 9/11 9/12 9/13 9/14 9/15 1999: 3/10 3/11 3/12 3/13 end
1997-09-02|FREQ=MONTHLY;INTERVAL=2;BYDAY=TU|1997: 9/2 9/9 9/16 9/23 9/30 11/4 11/11 11/18 11/25 1998: 1/6 1/13
1997-06-10|FREQ=YEARLY;COUNT=10;BYMONTH=6,7|1997: 6/10 7/10 1998: 6/10 7/10 1999: 6/10 7/10 2000: 6/10 7/10 2001: 6/10 7/10 end
1997-03-10|FREQ=YEARLY;INTERVAL=2;COUNT=10;BYMONTH=1,2,3|1997: 3/10 1999: 1/10 2/10 3/10 2001: 1/10 2/10 3/10 2003: 1/10 2/10 3/10 end
1997-05-19|FREQ=YEARLY;BYDAY=20MO|1997: 5/19 1998: 5/18 1999: 5/17
1997-03-13|FREQ=YEARLY;BYMONTH=3;BYDAY=TH|1997: 3/13 3/20 3/27 1998: 3/5 3/12 3/19 3/26 1999: 3/4
1997-06-05|FREQ=YEARLY;BYDAY=TH;BYMONTH=6,7,8|1997: 6/5 6/12 6/19 6/26 7/3 7/10 7/17 7/24 7/31 8/7 8/14 8/21 8/28 1998: 6/4
1997-09-02|FREQ=MONTHLY;BYDAY=FR;BYMONTHDAY=13|1998: 2/13 3/13 11/13 1999: 8/13 2000: 10/13
1997-09-13|FREQ=MONTHLY;BYDAY=SA;BYMONTHDAY=7,8,9,10,11,12,13|1997: 9/13 10/11 11/8 12/13 1998: 1/10 2/7 3/7 4/11 5/9 6/13
1996-11-05|FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8|1996: 11/5 2000: 11/7 2004: 11/2
1997-09-04|FREQ=MONTHLY;COUNT=3;BYDAY=TU,WE,TH;BYSETPOS=3|1997: 9/4 10/7 11/6 end
1997-09-29|FREQ=MONTHLY;BYDAY=MO,TU,WE,TH,FR;BYSETPOS=-2|1997: 9/29 10/30 11/27 12/30 1998: 1/29 2/26 3/30
1997-08-05|FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=MO|1997: 8/5 8/10 8/19 8/24 end
1997-08-05|FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU|1997: 8/5 8/17 8/19 8/31 end
2007-01-15|FREQ=MONTHLY;BYMONTHDAY=15,30;COUNT=5|2007: 1/15 1/30 2/15 3/15 3/30 end
""")
  void the_rule_occurs_on_the_days_of_the_example(String start, String rule, String days) {
    List<LocalDateTime> expected = days(days);
    boolean ends = days.endsWith("end");
    Recurring recurring =
        new Recurring(
            NEW_YORK,
            LocalDate.parse(start).atTime(9, 0),
            RecurrenceRule.parse(rule),
            Duration.ofHours(1));
    assertThat(first(recurring, ends ? expected.size() + 1 : expected.size())).isEqualTo(expected);
  }

  @Test
  void every_twenty_minutes_of_working_hours_is_twenty_four_times_a_day() {
    Recurring recurring =
        new Recurring(
            NEW_YORK,
            LocalDateTime.parse("1997-09-02T09:00"),
            RecurrenceRule.parse("FREQ=DAILY;BYHOUR=9,10,11,12,13,14,15,16;BYMINUTE=0,20,40"),
            Duration.ofMinutes(1));
    List<LocalDateTime> found = first(recurring, 25);
    for (int i = 0; i < 24; i++) {
      assertThat(found.get(i))
          .isEqualTo(LocalDateTime.parse("1997-09-02T09:00").plusMinutes(20L * i));
    }
    assertThat(found.get(24)).isEqualTo(LocalDateTime.parse("1997-09-03T09:00"));
  }

  /** The first occurrences, by their own zone's clocks. */
  static List<LocalDateTime> first(Recurring recurring, int most) {
    Occurrences occurrences = Occurrences.of(recurring);
    List<LocalDateTime> found = new ArrayList<>();
    Instant at = recurring.from().atZone(recurring.zone()).toInstant().minusSeconds(1);
    Instant limit = at.plus(Duration.ofDays(366 * 10));
    while (found.size() < most) {
      Optional<Instant> next = occurrences.firstAfter(at, limit);
      if (next.isEmpty()) {
        break;
      }
      at = next.get();
      found.add(LocalDateTime.ofInstant(at, recurring.zone()));
    }
    return found;
  }

  private static List<LocalDateTime> days(String text) {
    List<LocalDateTime> days = new ArrayList<>();
    int year = 0;
    for (String word : Splitter.on(' ').split(text)) {
      if (word.endsWith(":")) {
        year = Integer.parseInt(word.substring(0, 4));
      } else if (!word.equals("end")) {
        int slash = word.indexOf('/');
        days.add(
            LocalDate.of(
                    year,
                    Integer.parseInt(word.substring(0, slash)),
                    Integer.parseInt(word.substring(slash + 1)))
                .atTime(LocalTime.of(9, 0)));
      }
    }
    return days;
  }
}
