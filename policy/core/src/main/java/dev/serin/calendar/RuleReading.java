package dev.serin.calendar;

import com.google.common.base.Splitter;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.RecurrenceRule.Frequency;
import dev.serin.calendar.RecurrenceRule.Until;
import dev.serin.calendar.RecurrenceRule.WeekDay;
import java.time.DateTimeException;
import java.time.DayOfWeek;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Reads one rule, with every problem that it has. Confined to one call. */
final class RuleReading {

  private static final int MAX_CHARS = 500;
  private static final int MAX_SHOWN = 60;
  private static final Pattern LEGAL = Pattern.compile("[A-Za-z0-9=;,+-]+");
  private static final Set<String> PARTS =
      Set.of(
          "FREQ",
          "INTERVAL",
          "COUNT",
          "UNTIL",
          "BYDAY",
          "BYMONTHDAY",
          "BYMONTH",
          "BYSETPOS",
          "BYHOUR",
          "BYMINUTE",
          "WKST");
  private static final Set<String> UNTAKEN = Set.of("BYSECOND", "BYYEARDAY", "BYWEEKNO");
  private static final Pattern WEEK_DAY = Pattern.compile("([+-]?[0-9]{1,2})?([A-Z]{2})");
  private static final Pattern NUMBER = Pattern.compile("[+-]?[0-9]{1,9}");

  private final Map<String, String> parts = new LinkedHashMap<>();
  private final List<String> problems = new ArrayList<>();

  RecurrenceRule.Reading read(String text) {
    if (text.isEmpty() || text.length() > MAX_CHARS || !LEGAL.matcher(text).matches()) {
      problem(
          text.length() + " characters",
          "1.." + MAX_CHARS + " letters, digits and =;,+-, as FREQ=WEEKLY;BYDAY=FR");
      return new RecurrenceRule.Reading(Optional.empty(), ImmutableList.copyOf(problems));
    }
    split(text.toUpperCase(Locale.ROOT));
    Frequency frequency = frequency();
    int interval = number("INTERVAL", RecurrenceRule.MAX_INTERVAL).orElse(1);
    OptionalInt count = number("COUNT", RecurrenceRule.MAX_COUNT);
    Optional<Until> until = until();
    if (parts.containsKey("COUNT") && parts.containsKey("UNTIL")) {
      problem("COUNT and UNTIL", "only one of them");
    }
    ImmutableList<WeekDay> byDay = byDay(frequency);
    ImmutableSortedSet<Integer> byMonthDay = numbers("BYMONTHDAY", 1, 31, true);
    if (frequency == Frequency.WEEKLY && parts.containsKey("BYMONTHDAY")) {
      problem("BYMONTHDAY with FREQ=WEEKLY", "BYDAY, or another FREQ");
    }
    ImmutableSortedSet<Integer> byMonth = numbers("BYMONTH", 1, 12, false);
    ImmutableSortedSet<Integer> byHour = numbers("BYHOUR", 0, 23, false);
    ImmutableSortedSet<Integer> byMinute = numbers("BYMINUTE", 0, 59, false);
    int times = Math.max(1, byHour.size()) * Math.max(1, byMinute.size());
    if (times > RecurrenceRule.MAX_TIMES) {
      problem(times + " times a day", "at most " + RecurrenceRule.MAX_TIMES);
    }
    ImmutableSortedSet<Integer> bySetPos = numbers("BYSETPOS", 1, 366, true);
    if (bySetPos.size() > RecurrenceRule.MAX_POSITIONS) {
      problem(bySetPos.size() + " in BYSETPOS", "at most " + RecurrenceRule.MAX_POSITIONS);
    }
    boolean hasSet = parts.keySet().stream().anyMatch(RuleReading::makesSet);
    if (parts.containsKey("BYSETPOS") && !hasSet) {
      problem("BYSETPOS alone", "another BY part beside it, as BYDAY");
    }
    DayOfWeek weekStart = weekStart();
    if (!problems.isEmpty()) {
      return new RecurrenceRule.Reading(Optional.empty(), ImmutableList.copyOf(problems));
    }
    return new RecurrenceRule.Reading(
        Optional.of(
            new RecurrenceRule(
                frequency,
                interval,
                count,
                until,
                byDay,
                byMonthDay,
                byMonth,
                bySetPos,
                byHour,
                byMinute,
                weekStart)),
        ImmutableList.of());
  }

  private static boolean makesSet(String part) {
    return part.startsWith("BY") && !part.equals("BYSETPOS");
  }

  private void problem(String found, String expected) {
    String shown = found.length() > MAX_SHOWN ? found.substring(0, MAX_SHOWN) + "..." : found;
    problems.add(shown + " (expected: " + expected + ")");
  }

  private void split(String text) {
    for (String part : Splitter.on(';').split(text)) {
      int equals = part.indexOf('=');
      String name = equals < 0 ? part : part.substring(0, equals);
      if (equals < 0 || part.length() == equals + 1) {
        problem(part.isEmpty() ? "nothing between two ;" : part, "PART=VALUE");
      } else if (UNTAKEN.contains(name)) {
        problem(name + ", which is not supported", "BYMONTH, BYMONTHDAY, BYDAY, BYHOUR, BYMINUTE");
      } else if (!PARTS.contains(name)) {
        problem(name, "one of " + PARTS.stream().sorted().collect(Collectors.joining(", ")));
      } else if (parts.put(name, part.substring(equals + 1)) != null) {
        problem(name + " twice", "once");
      }
    }
  }

  private Frequency frequency() {
    String word = parts.getOrDefault("FREQ", "");
    for (Frequency frequency : Frequency.values()) {
      if (frequency.name().equals(word)) {
        return frequency;
      }
    }
    problem(
        word.isEmpty() ? "no FREQ" : "FREQ=" + word,
        "FREQ="
            + Arrays.stream(Frequency.values()).map(Enum::name).collect(Collectors.joining(", ")));
    return Frequency.DAILY;
  }

  private OptionalInt number(String part, int max) {
    String text = parts.get(part);
    if (text == null) {
      return OptionalInt.empty();
    }
    int value = NUMBER.matcher(text).matches() ? Integer.parseInt(text) : 0;
    if (value < 1 || value > max) {
      problem(part + "=" + text, "1.." + max);
      return OptionalInt.empty();
    }
    return OptionalInt.of(value);
  }

  private ImmutableSortedSet<Integer> numbers(String part, int min, int max, boolean alsoFromEnd) {
    String text = parts.get(part);
    if (text == null) {
      return ImmutableSortedSet.of();
    }
    ImmutableSortedSet.Builder<Integer> numbers = ImmutableSortedSet.naturalOrder();
    for (String one : Splitter.on(',').split(text)) {
      boolean isNumber = NUMBER.matcher(one).matches();
      int value = isNumber ? Integer.parseInt(one) : 0;
      int size = alsoFromEnd ? Math.abs(value) : value;
      if (!isNumber || size < min || size > max) {
        String from = alsoFromEnd ? " or -" + max + "..-" + min : "";
        problem(part + "=" + one, min + ".." + max + from);
      } else {
        numbers.add(value);
      }
    }
    return numbers.build();
  }

  private ImmutableList<WeekDay> byDay(Frequency frequency) {
    String text = parts.get("BYDAY");
    if (text == null) {
      return ImmutableList.of();
    }
    boolean mayCount = frequency == Frequency.MONTHLY || frequency == Frequency.YEARLY;
    Set<WeekDay> days = new LinkedHashSet<>();
    for (String one : Splitter.on(',').split(text)) {
      Matcher form = WEEK_DAY.matcher(one);
      Optional<DayOfWeek> day = form.matches() ? day(form.group(2)) : Optional.empty();
      int ordinal = day.isPresent() && form.group(1) != null ? Integer.parseInt(form.group(1)) : 0;
      boolean isZero = day.isPresent() && form.group(1) != null && ordinal == 0;
      if (day.isEmpty() || isZero || Math.abs(ordinal) > 53) {
        problem("BYDAY=" + one, "a day as MO, 1FR or -1SU");
      } else if (ordinal != 0 && !mayCount) {
        problem("BYDAY=" + one + " with FREQ=" + frequency, "a day without a number");
      } else {
        days.add(new WeekDay(ordinal, day.get()));
      }
    }
    return ImmutableList.copyOf(days);
  }

  private static Optional<DayOfWeek> day(String word) {
    return Arrays.stream(DayOfWeek.values())
        .filter(day -> RecurrenceRule.word(day).equals(word))
        .findFirst();
  }

  private DayOfWeek weekStart() {
    String text = parts.get("WKST");
    if (text == null) {
      return DayOfWeek.MONDAY;
    }
    Optional<DayOfWeek> day = day(text);
    if (day.isEmpty()) {
      problem("WKST=" + text, "a day as MO");
    }
    return day.orElse(DayOfWeek.MONDAY);
  }

  /** A date alone is meant with all of its day. */
  private Optional<Until> until() {
    String text = parts.get("UNTIL");
    if (text == null) {
      return Optional.empty();
    }
    try {
      if (text.length() == 8) {
        LocalDate date = LocalDate.parse(text, DateTimeFormatter.BASIC_ISO_DATE);
        return Optional.of(new Until(date.atTime(LocalTime.of(23, 59, 59)), false));
      }
      boolean isUtc = text.endsWith("Z");
      String local = isUtc ? text.substring(0, text.length() - 1) : text;
      return Optional.of(new Until(LocalDateTime.parse(local, Until.FORM), isUtc));
    } catch (DateTimeException malformed) {
      problem("UNTIL=" + text, "a date as 20271224, or with a time as 20271224T180000Z");
      return Optional.empty();
    }
  }
}
