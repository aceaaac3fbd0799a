package dev.serin.calendar;

import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.Map;
import java.util.Optional;

/**
 * Times in which nothing that it selects may grow, whatever the policies say.
 *
 * @param urgentPasses whether a rollout that a person has declared urgent may grow all the same
 */
public record Freeze(Times times, Selector in, boolean urgentPasses) {

  /** When it is in force. */
  public sealed interface Times {

    /** The longest that one occurrence may last. */
    Duration MAX_DURATION = Duration.ofDays(366);

    ZoneId zone();

    /**
     * From a local time on, before another.
     *
     * <p>A time that the clocks skip is read with the offset before (RFC 5545, section 3.3.5). Of a
     * time that they show twice the first is meant where it begins and the second where it ends.
     *
     * @param from empty: it has begun already
     * @param to after {@code from}; empty: until it is lifted
     */
    record Once(ZoneId zone, Optional<LocalDateTime> from, Optional<LocalDateTime> to)
        implements Times {
      public Once {
        if (from.isEmpty() && to.isEmpty()) {
          throw new IllegalArgumentException("neither from nor to (expected: at least one)");
        }
        if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
          throw new IllegalArgumentException(
              "to: " + to.get() + " (expected: after from, " + from.get() + ")");
        }
      }
    }

    /**
     * By a recurrence rule.
     *
     * <p>A time that the clocks skip is no occurrence (RFC 5545, section 3.3.10); of one that they
     * show twice the first is meant.
     *
     * @param from the rule's DTSTART: the earliest occurrence, whose time of day and day count
     *     where the rule names none; an occurrence of its own only where the rule has it
     * @param duration of each in elapsed time, one minute to {@link #MAX_DURATION}
     */
    record Recurring(ZoneId zone, LocalDateTime from, RecurrenceRule rule, Duration duration)
        implements Times {
      public Recurring {
        if (duration.compareTo(Duration.ofMinutes(1)) < 0 || duration.compareTo(MAX_DURATION) > 0) {
          throw new IllegalArgumentException(
              "duration: " + duration + " (expected: PT1M.." + MAX_DURATION + ")");
        }
      }
    }

    /** Whether it is in force, which is closed, and until when that stays so. */
    default Openness at(Instant at) {
      Subject anything = new Subject("any", "any", ImmutableSortedMap.of(), Optional.empty());
      Freeze ofAll = new Freeze(this, Selector.ALL, false);
      return Calendar.of(Schedule.ALWAYS, Map.of("it", ofAll)).at(anything, at, false);
    }

    /**
     * The local time at which it would first begin, from an instant on, before another, if the
     * clocks did not skip that: all of what is once, or one occurrence of a rule.
     */
    default Optional<LocalDateTime> swallowed(Instant from, Instant until) {
      return switch (this) {
        case Once once -> OnceClosing.of(once).isNothing() ? once.from() : Optional.empty();
        case Recurring recurring -> Occurrences.of(recurring).skipped(from, until);
      };
    }
  }
}
