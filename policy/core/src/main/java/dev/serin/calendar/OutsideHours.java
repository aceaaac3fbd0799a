package dev.serin.calendar;

import java.time.DayOfWeek;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZoneOffset;
import java.time.temporal.ChronoUnit;
import java.time.zone.ZoneOffsetTransition;
import java.util.BitSet;
import java.util.Optional;

/**
 * The closed hours of a schedule. What the clock on the wall shows decides: a time that it skips
 * when it goes forward is never open, one that it shows twice is open twice.
 */
final class OutsideHours implements Closing {

  private static final int WEEK_MINUTES = 7 * OpeningHours.DAY_MINUTES;

  private final ZoneId zone;

  /** The open minutes of a week that begins on Monday at midnight. */
  private final BitSet open = new BitSet(WEEK_MINUTES);

  /**
   * The hours outside of a schedule.
   *
   * @param schedule not always open
   */
  OutsideHours(Schedule schedule) {
    this.zone = schedule.zone();
    for (OpeningHours hours : schedule.open()) {
      for (DayOfWeek day : hours.days()) {
        int begin = (day.getValue() - 1) * OpeningHours.DAY_MINUTES + hours.fromMinute();
        int end = begin + hours.minutes();
        open.set(begin, Math.min(end, WEEK_MINUTES));
        if (end > WEEK_MINUTES) {
          open.set(0, end - WEEK_MINUTES);
        }
      }
    }
  }

  @Override
  public boolean covers(Instant at) {
    return !open.get(minuteOfWeek(Schedule.local(at, zone)));
  }

  @Override
  public Optional<Instant> nextBoundary(Instant after, Instant limit) {
    Optional<Instant> shown = nextShown(after);
    ZoneOffsetTransition change = zone.getRules().nextTransition(after);
    // A change of the clocks may leave hours out or bring some again.
    Optional<Instant> next =
        change == null
            ? shown
            : Optional.of(
                shown.filter(s -> s.isBefore(change.getInstant())).orElseGet(change::getInstant));
    return next.filter(n -> !n.isAfter(limit));
  }

  /** When the clock shows the next time of the week at which hours begin or end. */
  private Optional<Instant> nextShown(Instant after) {
    LocalDateTime local = Schedule.local(after, zone);
    int now = minuteOfWeek(local);
    int flip = flip(now);
    if (flip < 0) {
      return Optional.empty();
    }
    LocalDateTime at = local.truncatedTo(ChronoUnit.MINUTES).plusMinutes(flip - now);
    for (ZoneOffset offset : zone.getRules().getValidOffsets(at)) {
      if (at.toInstant(offset).isAfter(after)) {
        return Optional.of(at.toInstant(offset));
      }
    }
    return Optional.empty();
  }

  /** The minute of this week or the next at which the hours change; -1 when they never do. */
  private int flip(int now) {
    boolean isOpen = open.get(now);
    int next = isOpen ? open.nextClearBit(now) : open.nextSetBit(now);
    if (next >= 0 && next < WEEK_MINUTES) {
      return next;
    }
    int first = isOpen ? open.nextClearBit(0) : open.nextSetBit(0);
    return first >= 0 && first < WEEK_MINUTES ? first + WEEK_MINUTES : -1;
  }

  private static int minuteOfWeek(LocalDateTime local) {
    return (local.getDayOfWeek().getValue() - 1) * OpeningHours.DAY_MINUTES
        + local.getHour() * 60
        + local.getMinute();
  }
}
