package dev.serin.calendar;

import dev.serin.calendar.Freeze.Times.Recurring;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/** A stretch of equal length from each occurrence of a rule on. */
final class RecurringClosing implements Closing {

  private final Occurrences occurrences;
  private final Duration duration;

  RecurringClosing(Recurring recurring) {
    this.occurrences = Occurrences.of(recurring);
    this.duration = recurring.duration();
  }

  @Override
  public boolean covers(Instant at) {
    return end(at).isPresent();
  }

  /** When what covers an instant ends. Of equal stretches the latest to begin ends last. */
  private Optional<Instant> end(Instant at) {
    return occurrences
        .lastNotAfter(at, at.minus(duration))
        .map(begin -> begin.plus(duration))
        .filter(at::isBefore);
  }

  @Override
  public Optional<Instant> nextBoundary(Instant after, Instant limit) {
    return end(after)
        .or(() -> occurrences.firstAfter(after, limit))
        .filter(at -> !at.isAfter(limit));
  }
}
