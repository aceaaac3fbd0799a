package dev.serin.calendar;

import dev.serin.calendar.Freeze.Times.Once;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.time.ZonedDateTime;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * One stretch.
 *
 * @param from empty: ever since
 * @param to empty: for ever; not after {@code from} when the clocks skip all of it
 */
record OnceClosing(Optional<Instant> from, Optional<Instant> to) implements Closing {

  static OnceClosing of(Once once) {
    return new OnceClosing(
        once.from().map(from -> zoned(from, once.zone()).toInstant()),
        once.to().map(to -> zoned(to, once.zone()).withLaterOffsetAtOverlap().toInstant()));
  }

  /** In a gap as with the offset before it; in an overlap the first of the two. */
  private static ZonedDateTime zoned(LocalDateTime local, ZoneId zone) {
    return ZonedDateTime.ofLocal(local, zone, null);
  }

  boolean isNothing() {
    return from.isPresent() && to.isPresent() && !from.get().isBefore(to.get());
  }

  @Override
  public boolean covers(Instant at) {
    return from.filter(at::isBefore).isEmpty() && to.filter(end -> !at.isBefore(end)).isEmpty();
  }

  @Override
  public Optional<Instant> nextBoundary(Instant after, Instant limit) {
    if (isNothing()) {
      return Optional.empty();
    }
    return Stream.of(from, to)
        .flatMap(Optional::stream)
        .filter(at -> at.isAfter(after) && !at.isAfter(limit))
        .findFirst();
  }
}
