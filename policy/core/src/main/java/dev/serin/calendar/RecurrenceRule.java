package dev.serin.calendar;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.time.DayOfWeek;
import java.time.LocalDateTime;
import java.time.format.DateTimeFormatter;
import java.util.Collection;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;

/**
 * A recurrence rule (RFC 5545, section 3.3.10), of days and longer: parts finer than a minute and
 * those that count days or weeks of a year are not taken.
 *
 * @param interval 1..{@link #MAX_INTERVAL}, in units of the frequency
 * @param count of all occurrences, 1..{@link #MAX_COUNT}; beside {@code until} only one of the two
 * @param byDay in the order written; with ordinals only for months and years
 * @param byMonthDay 1..31, or -31..-1 from the end; not for weeks
 * @param bySetPos 1..366, or -366..-1 from the end, of each period's set, at most {@link
 *     #MAX_POSITIONS}; beside another BY part
 * @param byHour together with {@code byMinute} at most {@link #MAX_TIMES} times a day
 * @param weekStart on which a week begins, for weekly intervals
 */
public record RecurrenceRule(
    Frequency frequency,
    int interval,
    OptionalInt count,
    Optional<Until> until,
    ImmutableList<WeekDay> byDay,
    ImmutableSortedSet<Integer> byMonthDay,
    ImmutableSortedSet<Integer> byMonth,
    ImmutableSortedSet<Integer> bySetPos,
    ImmutableSortedSet<Integer> byHour,
    ImmutableSortedSet<Integer> byMinute,
    DayOfWeek weekStart) {

  public static final int MAX_INTERVAL = 1_000;
  public static final int MAX_COUNT = 1_000;

  /** Of occurrences a day. */
  public static final int MAX_TIMES = 24;

  /** Of BYSETPOS. */
  public static final int MAX_POSITIONS = 31;

  /** FREQ. */
  public enum Frequency {
    DAILY,
    WEEKLY,
    MONTHLY,
    YEARLY
  }

  /**
   * A day of the week, or one of those of a month or a year.
   *
   * @param ordinal the how manieth, from the end where negative; 0 is every one
   */
  public record WeekDay(int ordinal, DayOfWeek day) {
    @Override
    public String toString() {
      return (ordinal == 0 ? "" : Integer.toString(ordinal)) + word(day);
    }
  }

  /**
   * The last moment at which something may occur.
   *
   * @param isUtc whether {@code at} is in UTC, not in the rule's zone
   */
  public record Until(LocalDateTime at, boolean isUtc) {
    static final DateTimeFormatter FORM =
        DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss", Locale.ROOT);

    @Override
    public String toString() {
      return FORM.format(at) + (isUtc ? "Z" : "");
    }
  }

  /**
   * What reading a text led to.
   *
   * @param rule there exactly when there are no problems
   * @param problems each with what was found and what was expected
   */
  public record Reading(Optional<RecurrenceRule> rule, ImmutableList<String> problems) {}

  /** Reads the text form, {@code FREQ=WEEKLY;BYDAY=FR}; upper and lower case do not differ. */
  public static Reading read(String text) {
    return new RuleReading().read(text);
  }

  /**
   * Reads the text form.
   *
   * @throws IllegalArgumentException when it is not one; with every problem
   */
  public static RecurrenceRule parse(String text) {
    Reading reading = read(text);
    return reading
        .rule()
        .orElseThrow(() -> new IllegalArgumentException(String.join("; ", reading.problems())));
  }

  /**
   * Whether the occurrences are the same from whatever instant the rule begins, but for those
   * before it. A count, an interval and days that are not named make it depend on that.
   */
  public boolean isIndependentOfStart() {
    boolean namesDays =
        switch (frequency) {
          case DAILY -> true;
          case WEEKLY -> !byDay.isEmpty();
          case MONTHLY, YEARLY -> !byDay.isEmpty() || !byMonthDay.isEmpty();
        };
    return namesDays && interval == 1 && count.isEmpty();
  }

  @Override
  public String toString() {
    StringBuilder out = new StringBuilder("FREQ=").append(frequency);
    if (interval != 1) {
      out.append(";INTERVAL=").append(interval);
    }
    count.ifPresent(c -> out.append(";COUNT=").append(c));
    until.ifPresent(u -> out.append(";UNTIL=").append(u));
    append(out, "BYMONTH", byMonth);
    append(out, "BYMONTHDAY", byMonthDay);
    append(out, "BYDAY", byDay);
    append(out, "BYHOUR", byHour);
    append(out, "BYMINUTE", byMinute);
    append(out, "BYSETPOS", bySetPos);
    if (weekStart != DayOfWeek.MONDAY) {
      out.append(";WKST=").append(word(weekStart));
    }
    return out.toString();
  }

  private static void append(StringBuilder out, String part, Collection<?> values) {
    if (!values.isEmpty()) {
      out.append(';').append(part).append('=');
      out.append(values.stream().map(Object::toString).collect(Collectors.joining(",")));
    }
  }

  static String word(DayOfWeek day) {
    return day.name().substring(0, 2);
  }
}
