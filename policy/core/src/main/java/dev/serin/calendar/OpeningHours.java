package dev.serin.calendar;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableSortedSet;
import java.time.DayOfWeek;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * Times of some days of the week, as {@code Mon-Thu 09:00-16:00}: open while a clock on the wall
 * shows a time from the first on, before the second.
 *
 * <p>{@code Fri-Mon} goes over the end of the week, {@code Mon,Wed} lists days, times alone are of
 * every day, days alone are whole days. {@code 22:00-06:00} goes over midnight and belongs to the
 * day on which it begins.
 *
 * @param days never empty; on which it begins
 * @param fromMinute of the day, 0..1439
 * @param toMinute of the day, 0..1440 and not {@code fromMinute}; a smaller one is of the next day
 */
public record OpeningHours(ImmutableSortedSet<DayOfWeek> days, int fromMinute, int toMinute) {

  /** What {@link #parse} takes, for messages. */
  public static final String EXPECTED =
      "days and times, as Mon-Thu 09:00-16:00, Fri 22:00-06:00 or Sat,Sun";

  static final int DAY_MINUTES = 24 * 60;

  private static final String DAY = "(?:mon|tue|wed|thu|fri|sat|sun)";
  private static final String DAYS = DAY + "(?:-" + DAY + ")?(?:," + DAY + "(?:-" + DAY + ")?)*";
  private static final String TIME = "([01][0-9]|2[0-4]):([0-5][0-9])";
  private static final Pattern FORM =
      Pattern.compile("(?:(" + DAYS + ")(?: +|$))?(?:" + TIME + "-" + TIME + ")?");
  private static final int MAX_CHARS = 100;

  public OpeningHours {
    if (days.isEmpty()) {
      throw new IllegalArgumentException("days: [] (expected: at least one)");
    }
    boolean legal =
        fromMinute >= 0
            && fromMinute < DAY_MINUTES
            && toMinute >= 0
            && toMinute <= DAY_MINUTES
            && fromMinute != toMinute;
    if (!legal) {
      throw new IllegalArgumentException(
          time(fromMinute)
              + "-"
              + time(toMinute)
              + " (expected: two different times from 00:00 to 24:00)");
    }
  }

  /**
   * Reads the text form; upper and lower case do not differ.
   *
   * @throws IllegalArgumentException when it is of another form
   */
  public static OpeningHours parse(String text) {
    return read(text)
        .orElseThrow(() -> new IllegalArgumentException(text + " (expected: " + EXPECTED + ")"));
  }

  /** The hours that the text says, or nothing when it is of another form. */
  public static Optional<OpeningHours> read(String text) {
    Matcher form = FORM.matcher(text.toLowerCase(Locale.ROOT));
    if (text.isEmpty() || text.length() > MAX_CHARS || !form.matches()) {
      return Optional.empty();
    }
    boolean isWhole = form.group(2) == null;
    int from = isWhole ? 0 : minute(form.group(2), form.group(3));
    int to = isWhole ? DAY_MINUTES : minute(form.group(4), form.group(5));
    if (from >= DAY_MINUTES || to > DAY_MINUTES || from == to) {
      return Optional.empty();
    }
    return Optional.of(new OpeningHours(days(form.group(1)), from, to));
  }

  private static int minute(String hours, String minutes) {
    return Integer.parseInt(hours) * 60 + Integer.parseInt(minutes);
  }

  private static ImmutableSortedSet<DayOfWeek> days(@Nullable String text) {
    if (text == null) {
      return ImmutableSortedSet.copyOf(DayOfWeek.values());
    }
    Set<DayOfWeek> days = EnumSet.noneOf(DayOfWeek.class);
    for (String range : Splitter.on(',').split(text)) {
      DayOfWeek last = day(range.substring(range.length() - 3));
      for (DayOfWeek day = day(range.substring(0, 3)); ; day = day.plus(1)) {
        days.add(day);
        if (day == last) {
          break;
        }
      }
    }
    return ImmutableSortedSet.copyOf(days);
  }

  private static DayOfWeek day(String word) {
    for (DayOfWeek day : DayOfWeek.values()) {
      if (word(day).equalsIgnoreCase(word)) {
        return day;
      }
    }
    throw new IllegalArgumentException(word + " (expected: a day as Mon)");
  }

  private static String word(DayOfWeek day) {
    return day.name().charAt(0) + day.name().substring(1, 3).toLowerCase(Locale.ROOT);
  }

  /** How long it lasts on a day without a change of the clocks, in minutes. */
  int minutes() {
    return toMinute > fromMinute ? toMinute - fromMinute : toMinute + DAY_MINUTES - fromMinute;
  }

  @Override
  public String toString() {
    boolean everyDay = days.size() == DayOfWeek.values().length;
    String times = time(fromMinute) + "-" + time(toMinute);
    return everyDay ? times : String.join(",", runs()) + " " + times;
  }

  /** Days that follow one another, as {@code Fri-Mon}. */
  private List<String> runs() {
    List<String> runs = new ArrayList<>();
    for (DayOfWeek first : days) {
      if (days.contains(first.minus(1))) {
        continue;
      }
      DayOfWeek last = first;
      while (days.contains(last.plus(1))) {
        last = last.plus(1);
      }
      runs.add(first == last ? word(first) : word(first) + "-" + word(last));
    }
    return runs;
  }

  private static String time(int minute) {
    return String.format(Locale.ROOT, "%02d:%02d", minute / 60, minute % 60);
  }
}
