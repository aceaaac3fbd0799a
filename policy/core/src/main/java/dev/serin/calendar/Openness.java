package dev.serin.calendar;

import com.google.common.collect.ImmutableSortedSet;
import java.time.Instant;
import java.util.Optional;

/** Whether something may grow. */
public sealed interface Openness {

  /** The next instant at which the answer is another; empty where none is known. */
  Optional<Instant> until();

  default boolean isOpen() {
    return this instanceof Open;
  }

  /**
   * It may grow.
   *
   * @param until it closes; empty when it does not within {@link Calendar#HORIZON}
   */
  record Open(Optional<Instant> until) implements Openness {}

  /**
   * It must not grow.
   *
   * @param outsideHours whether the policy's schedule is closed
   * @param freezes the names of those that are in force
   * @param until it opens; empty when it does not within {@link Calendar#HORIZON}
   */
  record Closed(boolean outsideHours, ImmutableSortedSet<String> freezes, Optional<Instant> until)
      implements Openness {

    public Closed {
      if (!outsideHours && freezes.isEmpty()) {
        throw new IllegalArgumentException("closed by nothing (expected: hours or a freeze)");
      }
    }

    /** What closes it, as {@code outside the schedule, frozen by shop/black-friday}. */
    public String because() {
      String frozen = "frozen by " + String.join(", ", freezes);
      if (freezes.isEmpty()) {
        return "outside the schedule";
      }
      return outsideHours ? "outside the schedule, " + frozen : frozen;
    }
  }
}
