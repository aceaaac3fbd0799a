package dev.serin.calendar;

import java.time.Instant;
import java.util.Optional;

/** A set of instants that are closed, as half-open stretches. */
interface Closing {

  boolean covers(Instant at);

  /**
   * The first instant after {@code after} at which this may change between open and closed; between
   * the two it does not. Where it is asked at a closed instant that is a true change or a step on
   * the way to one.
   *
   * @return empty when there is none up to {@code limit}
   */
  Optional<Instant> nextBoundary(Instant after, Instant limit);
}
