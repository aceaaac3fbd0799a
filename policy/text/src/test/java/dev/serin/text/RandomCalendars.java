package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.calendar.Freeze;
import dev.serin.calendar.Freeze.Times;
import dev.serin.calendar.OpeningHours;
import dev.serin.calendar.RecurrenceRule;
import dev.serin.calendar.Schedule;
import dev.serin.calendar.Selector;
import java.time.DayOfWeek;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Stream;

/** Schedules and freezes drawn at random. */
record RandomCalendars(Random random) {

  private static final ImmutableList<ZoneId> ZONES =
      ImmutableList.of(
          ZoneId.of("UTC"), ZoneId.of("Europe/Berlin"), ZoneId.of("America/Argentina/Ushuaia"));
  private static final ImmutableList<String> RULES =
      ImmutableList.of(
          "FREQ=DAILY",
          "FREQ=WEEKLY;INTERVAL=2;COUNT=4;BYDAY=TU,SU;WKST=SU",
          "FREQ=MONTHLY;UNTIL=20291224T180000Z;BYMONTH=1,12;BYDAY=-1FR,MO;BYHOUR=1;BYSETPOS=-1",
          "FREQ=YEARLY;BYMONTHDAY=-1");

  Schedule schedule() {
    ImmutableList.Builder<OpeningHours> open = ImmutableList.builder();
    for (int i = 0; i <= random.nextInt(3); i++) {
      int from = random.nextInt(1440);
      int to = (from + 1 + random.nextInt(1439)) % 1440;
      open.add(
          new OpeningHours(
              ImmutableSortedSet.copyOf(
                  Stream.generate(this::day).limit(1 + random.nextInt(4)).toList()),
              from,
              to == 0 && random.nextBoolean() ? 1440 : to));
    }
    return new Schedule(pick(ZONES), open.build());
  }

  Freeze freeze() {
    return new Freeze(
        times(),
        new Selector(some("shop"), some("checkout"), some("eu west"), labels()),
        random.nextBoolean());
  }

  private Times times() {
    LocalDateTime from =
        LocalDateTime.of(2026, 1, 1, 0, 0).plusSeconds(random.nextInt(100_000_000));
    LocalDateTime to = from.plusSeconds(1 + random.nextInt(10_000_000));
    return switch (random.nextInt(4)) {
      case 0 -> new Times.Once(pick(ZONES), Optional.of(from), Optional.empty());
      case 1 -> new Times.Once(pick(ZONES), Optional.empty(), Optional.of(to));
      case 2 -> new Times.Once(pick(ZONES), Optional.of(from), Optional.of(to));
      default ->
          new Times.Recurring(
              pick(ZONES),
              from,
              RecurrenceRule.parse(pick(RULES)),
              Duration.ofSeconds(60 + random.nextInt(86_400 * 366 - 60)));
    };
  }

  private ImmutableSortedSet<String> some(String name) {
    return switch (random.nextInt(3)) {
      case 0 -> ImmutableSortedSet.of();
      case 1 -> ImmutableSortedSet.of(name);
      default -> ImmutableSortedSet.of(name, name + "-2");
    };
  }

  private ImmutableSortedMap<String, String> labels() {
    return random.nextBoolean() ? ImmutableSortedMap.of() : ImmutableSortedMap.of("team", "one");
  }

  private DayOfWeek day() {
    return DayOfWeek.of(1 + random.nextInt(7));
  }

  private <T> T pick(ImmutableList<T> some) {
    return some.get(random.nextInt(some.size()));
  }
}
