package dev.serin.calendar;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Freeze.Times.Once;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.time.temporal.ChronoUnit;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Random hours and freezes around the changes of the clocks, against a walk minute by minute with
 * the date classes of the JDK.
 */
final class WallClockTest {

  private static final long SEED = Long.getLong("seed", 20_261_201);

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Europe/Berlin",
        "America/New_York",
        "America/St_Johns",
        "Australia/Lord_Howe",
        "Asia/Kolkata",
        "Asia/Tehran",
        "Africa/Casablanca",
        "Pacific/Apia",
        "Pacific/Chatham",
        "America/Havana",
        "UTC"
      })
  void the_answer_is_the_one_of_a_walk_minute_by_minute(String name) {
    ZoneId zone = ZoneId.of(name);
    Random random = new Random(SEED ^ name.hashCode());
    for (int i = 0; i < 60; i++) {
      Instant at = nearChange(zone, random);
      Schedule schedule = schedule(zone, random);
      ImmutableSortedMap<String, Freeze> freezes =
          random.nextBoolean()
              ? ImmutableSortedMap.of()
              : ImmutableSortedMap.of(
                  "t/a", freeze(zone, at, random), "t/b", freeze(zone, at, random));
      Openness answer = Calendar.of(schedule, freezes).at(CalendarTest.CHECKOUT, at, false);
      String what = "-Dseed=" + SEED + " " + zone + " " + schedule + " " + freezes + " at " + at;
      assertThat(answer.isOpen()).as(what).isEqualTo(isOpen(schedule, freezes, at));
      Optional<Instant> change = walk(schedule, freezes, at, answer.isOpen());
      assertThat(answer.until().filter(u -> !u.isAfter(at.plus(Duration.ofDays(9)))))
          .as(what)
          .isEqualTo(change);
    }
  }

  /** The first whole minute within nine days at which the answer is another. */
  private static Optional<Instant> walk(
      Schedule schedule, ImmutableSortedMap<String, Freeze> freezes, Instant at, boolean isOpen) {
    Instant end = at.plus(Duration.ofDays(9));
    for (Instant t = at.truncatedTo(ChronoUnit.MINUTES).plusSeconds(60);
        !t.isAfter(end);
        t = t.plusSeconds(60)) {
      if (isOpen(schedule, freezes, t) != isOpen) {
        return Optional.of(t);
      }
    }
    return Optional.empty();
  }

  private static boolean isOpen(
      Schedule schedule, ImmutableSortedMap<String, Freeze> freezes, Instant at) {
    return schedule.open().stream().anyMatch(hours -> shows(hours, at.atZone(schedule.zone())))
        && freezes.values().stream().noneMatch(freeze -> isInForce((Once) freeze.times(), at));
  }

  /** Whether the clock shows a time of these hours, of today's or of yesterday's. */
  private static boolean shows(OpeningHours hours, ZonedDateTime at) {
    int minute = at.getHour() * 60 + at.getMinute();
    DayOfWeek day = at.getDayOfWeek();
    if (hours.fromMinute() < hours.toMinute()) {
      return hours.days().contains(day)
          && minute >= hours.fromMinute()
          && minute < hours.toMinute();
    }
    return (hours.days().contains(day) && minute >= hours.fromMinute())
        || (hours.days().contains(day.minus(1)) && minute < hours.toMinute());
  }

  private static boolean isInForce(Once once, Instant at) {
    ZonedDateTime from = once.from().orElseThrow().atZone(once.zone());
    ZonedDateTime to = once.to().orElseThrow().atZone(once.zone()).withLaterOffsetAtOverlap();
    return !at.isBefore(from.toInstant()) && at.isBefore(to.toInstant());
  }

  /** Within a few days of a change of the clocks, where the zone has any. */
  private static Instant nearChange(ZoneId zone, Random random) {
    Instant any = Instant.parse("2011-12-20T00:00:00Z").plusSeconds(random.nextInt(500_000_000));
    var change = zone.getRules().nextTransition(any);
    Instant around = change == null ? any : change.getInstant();
    return around.plusSeconds(random.nextInt(3 * 86_400) - 2 * 86_400);
  }

  private static Schedule schedule(ZoneId zone, Random random) {
    ImmutableList.Builder<OpeningHours> open = ImmutableList.builder();
    for (int i = 0; i <= random.nextInt(3); i++) {
      ImmutableSortedSet.Builder<DayOfWeek> days = ImmutableSortedSet.naturalOrder();
      days.add(
          DayOfWeek.of(1 + random.nextInt(7)),
          DayOfWeek.SUNDAY,
          DayOfWeek.of(1 + random.nextInt(7)));
      int from = random.nextBoolean() ? random.nextInt(1440) : 60 + random.nextInt(150);
      int length = 1 + random.nextInt(random.nextBoolean() ? 60 : 1439);
      open.add(new OpeningHours(days.build(), from, (from + length) % 1440));
    }
    return new Schedule(zone, open.build());
  }

  private static Freeze freeze(ZoneId zone, Instant at, Random random) {
    LocalDateTime from =
        LocalDateTime.ofInstant(at, zone)
            .truncatedTo(ChronoUnit.MINUTES)
            .plusMinutes(random.nextInt(4000) - 2000);
    LocalDateTime to = from.plusMinutes(1 + random.nextInt(random.nextBoolean() ? 90 : 5000));
    return new Freeze(new Once(zone, Optional.of(from), Optional.of(to)), Selector.ALL, false);
  }
}
