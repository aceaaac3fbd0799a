package dev.serin.calendar;

import com.google.common.collect.ImmutableList;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.zone.ZoneOffsetTransition;
import java.util.Optional;

/**
 * The hours in which exposure may grow.
 *
 * @param open together: open is whatever one of them says; empty is always
 */
public record Schedule(ZoneId zone, ImmutableList<OpeningHours> open) {

  /** No hours are closed. */
  public static final Schedule ALWAYS = new Schedule(ZoneId.of("UTC"), ImmutableList.of());

  /** What was written before policies had a schedule was always open. */
  public static Schedule absent() {
    return ALWAYS;
  }

  public boolean isAlways() {
    return open.isEmpty();
  }

  /**
   * Hours that do not come on a day because the clocks go forward over all of them.
   *
   * @param at the local time at which they would have begun
   */
  public record Swallowed(OpeningHours hours, LocalDateTime at) {}

  /** The first hours that are swallowed from an instant on, before another. */
  public Optional<Swallowed> swallowed(Instant from, Instant until) {
    ZoneOffsetTransition change = zone.getRules().nextTransition(from);
    while (change != null && change.getInstant().isBefore(until)) {
      if (change.isGap()) {
        for (OpeningHours hours : open) {
          Optional<LocalDateTime> at = inGap(hours, change);
          if (at.isPresent()) {
            return Optional.of(new Swallowed(hours, at.get()));
          }
        }
      }
      change = zone.getRules().nextTransition(change.getInstant());
    }
    return Optional.empty();
  }

  private static Optional<LocalDateTime> inGap(OpeningHours hours, ZoneOffsetTransition gap) {
    LocalDateTime day = gap.getDateTimeBefore().toLocalDate().atStartOfDay();
    for (; day.isBefore(gap.getDateTimeAfter()); day = day.plusDays(1)) {
      LocalDateTime begins = day.plusMinutes(hours.fromMinute());
      LocalDateTime ends = begins.plusMinutes(hours.minutes());
      if (hours.days().contains(day.getDayOfWeek())
          && !begins.isBefore(gap.getDateTimeBefore())
          && !ends.isAfter(gap.getDateTimeAfter())) {
        return Optional.of(begins);
      }
    }
    return Optional.empty();
  }

  /** The instant's time on the zone's clocks. */
  static LocalDateTime local(Instant at, ZoneId zone) {
    ZoneOffset offset = zone.getRules().getOffset(at);
    return LocalDateTime.ofEpochSecond(at.getEpochSecond(), at.getNano(), offset);
  }
}
