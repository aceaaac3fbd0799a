package dev.serin.calendar;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Freeze.Times.Recurring;
import dev.serin.calendar.RecurrenceRule.Frequency;
import dev.serin.calendar.RecurrenceRule.WeekDay;
import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDate;
import java.time.LocalDateTime;
import java.time.LocalTime;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.temporal.TemporalAdjusters;
import java.time.zone.ZoneRules;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * The occurrences of a rule, found from any instant on without going through all before it. They
 * are looked for day by day, for every part of a rule but positions is a filter of days; where
 * there are positions, by whole weeks, months or years.
 */
final class Occurrences {

  /** How far from its start the end of a rule that counts is looked for. */
  private static final int MAX_YEARS = 100;

  private final RecurrenceRule rule;
  private final LocalDateTime start;
  private final ZoneRules zone;
  private final ImmutableSortedSet<LocalTime> times;

  /** Where a rule that counts has come to its end. */
  private final Optional<LocalDateTime> last;

  private Occurrences(Recurring recurring, Optional<LocalDateTime> last) {
    this.rule = recurring.rule();
    this.start = recurring.from();
    this.zone = recurring.zone().getRules();
    this.times = times();
    this.last = last;
  }

  static Occurrences of(Recurring recurring) {
    Occurrences endless = new Occurrences(recurring, Optional.empty());
    OptionalInt count = recurring.rule().count();
    return count.isEmpty()
        ? endless
        : new Occurrences(recurring, Optional.of(endless.last(count.getAsInt())));
  }

  private ImmutableSortedSet<LocalTime> times() {
    ImmutableSortedSet.Builder<LocalTime> all = ImmutableSortedSet.naturalOrder();
    for (int hour : rule.byHour().isEmpty() ? List.of(start.getHour()) : rule.byHour()) {
      for (int minute : rule.byMinute().isEmpty() ? List.of(start.getMinute()) : rule.byMinute()) {
        all.add(LocalTime.of(hour, minute, start.getSecond()));
      }
    }
    return all.build();
  }

  private LocalDateTime last(int count) {
    LocalDateTime end = start.plusYears(MAX_YEARS);
    int found = 0;
    for (long k = 0; firstDay(k).isBefore(end.toLocalDate()); k++) {
      for (LocalDateTime one : period(k)) {
        found += instant(one).isPresent() ? 1 : 0;
        if (found == count) {
          return one;
        }
      }
    }
    return end;
  }

  /** The first that begins after an instant, not after a limit. */
  Optional<Instant> firstAfter(Instant after, Instant limit) {
    LocalDate end = local(limit).plusDays(1);
    for (long k = index(local(after).minusDays(1)); !firstDay(k).isAfter(end); k++) {
      for (LocalDateTime one : period(k)) {
        Optional<Instant> at = instant(one).filter(i -> i.isAfter(after));
        if (at.isPresent()) {
          return at.filter(i -> !i.isAfter(limit));
        }
      }
    }
    return Optional.empty();
  }

  /** The last that begins at an instant or before it, not before {@code least}. */
  Optional<Instant> lastNotAfter(Instant at, Instant least) {
    LocalDate begin = local(least).minusDays(1);
    for (long k = index(local(at).plusDays(1)); k >= 0 && firstDay(k + 1).isAfter(begin); k--) {
      for (LocalDateTime one : period(k).reversed()) {
        Optional<Instant> found = instant(one).filter(i -> !i.isAfter(at));
        if (found.isPresent()) {
          return found.filter(i -> !i.isBefore(least));
        }
      }
    }
    return Optional.empty();
  }

  /** The first local time of an occurrence between two instants that the clocks skip. */
  Optional<LocalDateTime> skipped(Instant from, Instant until) {
    var change = zone.nextTransition(from);
    while (change != null && change.getInstant().isBefore(until)) {
      if (change.isGap()) {
        LocalDateTime gap = change.getDateTimeBefore();
        LocalDateTime over = change.getDateTimeAfter();
        long first = index(gap.toLocalDate());
        for (long k = first; !firstDay(k).isAfter(over.toLocalDate()); k++) {
          Optional<LocalDateTime> lost =
              period(k).stream()
                  .filter(one -> !one.isBefore(gap) && one.isBefore(over))
                  .findFirst();
          if (lost.isPresent()) {
            return lost;
          }
        }
      }
      change = zone.nextTransition(change.getInstant());
    }
    return Optional.empty();
  }

  private LocalDate local(Instant at) {
    return LocalDateTime.ofEpochSecond(at.getEpochSecond(), 0, zone.getOffset(at)).toLocalDate();
  }

  /** When the clocks show a time, for the first time; empty when they skip it. */
  private Optional<Instant> instant(LocalDateTime local) {
    List<ZoneOffset> offsets = zone.getValidOffsets(local);
    return offsets.isEmpty() ? Optional.empty() : Optional.of(local.toInstant(offsets.getFirst()));
  }

  /** The last period that begins by a day, from 0. */
  private long index(LocalDate day) {
    long units =
        isByDays()
            ? ChronoUnit.DAYS.between(start.toLocalDate(), day)
            : Math.floorDiv(units(day), (long) rule.interval());
    return Math.max(0, units);
  }

  private LocalDate firstDay(long k) {
    return isByDays() ? start.toLocalDate().plusDays(k) : plusUnits(k * rule.interval());
  }

  /** Positions are those in the set of a unit; without them each day stands for itself. */
  private boolean isByDays() {
    return rule.bySetPos().isEmpty();
  }

  /** How many days, weeks, months or years after the first one a day is. */
  private long units(LocalDate day) {
    LocalDate first = plusUnits(0);
    return switch (rule.frequency()) {
      case DAILY -> ChronoUnit.DAYS.between(first, day);
      case WEEKLY -> Math.floorDiv(ChronoUnit.DAYS.between(first, day), 7L);
      case MONTHLY -> ChronoUnit.MONTHS.between(first, day.withDayOfMonth(1));
      case YEARLY -> ChronoUnit.YEARS.between(first, day.withDayOfYear(1));
    };
  }

  private LocalDate plusUnits(long units) {
    LocalDate begin = start.toLocalDate();
    return switch (rule.frequency()) {
      case DAILY -> begin.plusDays(units);
      case WEEKLY ->
          begin.with(TemporalAdjusters.previousOrSame(rule.weekStart())).plusWeeks(units);
      case MONTHLY -> begin.withDayOfMonth(1).plusMonths(units);
      case YEARLY -> begin.withDayOfYear(1).plusYears(units);
    };
  }

  /** The occurrences of a period in their order, those included that the clocks skip. */
  private List<LocalDateTime> period(long k) {
    LocalDate first = firstDay(k);
    LocalDate end = isByDays() ? first.plusDays(1) : plusUnits(k * rule.interval() + 1);
    List<LocalDateTime> set = new ArrayList<>();
    first
        .datesUntil(end)
        .filter(day -> Math.floorMod(units(day), rule.interval()) == 0 && takes(day))
        .forEach(day -> times.forEach(time -> set.add(day.atTime(time))));
    List<LocalDateTime> chosen = isByDays() ? set : atPositions(set);
    return chosen.stream().filter(this::isWithin).toList();
  }

  private List<LocalDateTime> atPositions(List<LocalDateTime> set) {
    return rule.bySetPos().stream()
        .map(position -> position > 0 ? position - 1 : set.size() + position)
        .filter(i -> i >= 0 && i < set.size())
        .distinct()
        .sorted()
        .map(set::get)
        .toList();
  }

  private boolean isWithin(LocalDateTime one) {
    if (one.isBefore(start) || last.filter(one::isAfter).isPresent()) {
      return false;
    }
    return rule.until()
        .map(until ->
            until.isUtc()
                ? !one.toInstant(zone.getOffset(one)).isAfter(until.at().toInstant(ZoneOffset.UTC))
                : !one.isAfter(until.at()))
        .orElse(true);
  }

  private boolean takes(LocalDate day) {
    boolean inMonth = rule.byMonth().isEmpty() || rule.byMonth().contains(day.getMonthValue());
    if (!inMonth) {
      return false;
    }
    int month = day.lengthOfMonth();
    boolean onMonthDay =
        rule.byMonthDay().isEmpty()
            || rule.byMonthDay().contains(day.getDayOfMonth())
            || rule.byMonthDay().contains(day.getDayOfMonth() - month - 1);
    boolean onDay = rule.byDay().isEmpty() || rule.byDay().stream().anyMatch(d -> takes(d, day));
    return onMonthDay && onDay && (namesDays() || isLikeStart(day));
  }

  private boolean namesDays() {
    return rule.frequency() == Frequency.DAILY
        || !rule.byDay().isEmpty()
        || !rule.byMonthDay().isEmpty();
  }

  /** What the rule does not say it takes from its start. */
  private boolean isLikeStart(LocalDate day) {
    boolean onDay = day.getDayOfMonth() == start.getDayOfMonth();
    return switch (rule.frequency()) {
      case DAILY -> true;
      case WEEKLY -> day.getDayOfWeek() == start.getDayOfWeek();
      case MONTHLY -> onDay;
      case YEARLY -> onDay && (!rule.byMonth().isEmpty() || day.getMonth() == start.getMonth());
    };
  }

  /** Days of a year are counted within its months where months are named (RFC 5545, 3.3.10). */
  private boolean takes(WeekDay weekDay, LocalDate day) {
    DayOfWeek dayOfWeek = day.getDayOfWeek();
    if (weekDay.day() != dayOfWeek) {
      return false;
    }
    if (weekDay.ordinal() == 0) {
      return true;
    }
    boolean ofYear = rule.frequency() == Frequency.YEARLY && rule.byMonth().isEmpty();
    int at = ofYear ? day.getDayOfYear() : day.getDayOfMonth();
    int length = ofYear ? day.lengthOfYear() : day.lengthOfMonth();
    return weekDay.ordinal() > 0
        ? (at - 1) / 7 + 1 == weekDay.ordinal()
        : (length - at) / 7 + 1 == -weekDay.ordinal();
  }
}
