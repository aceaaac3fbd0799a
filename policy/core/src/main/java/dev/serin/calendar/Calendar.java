package dev.serin.calendar;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * When exposure may grow, by a policy's schedule and the freezes that are stored. Immutable; an
 * instance answers for any number of subjects, and is made anew when a freeze comes or goes.
 */
public final class Calendar {

  /** How far ahead the next change is looked for: two years. */
  public static final Duration HORIZON = Duration.ofDays(731);

  /** Changes that are looked at before the next opening counts as unknown. */
  private static final int MAX_STEPS = 5_000;

  /** Nothing is ever closed. */
  public static final Calendar ALWAYS = of(Schedule.ALWAYS, Map.of());

  private final Optional<Closing> hours;
  private final ImmutableList<Frozen> freezes;

  private record Frozen(String name, Freeze freeze, Closing closing) {}

  private Calendar(Optional<Closing> hours, ImmutableList<Frozen> freezes) {
    this.hours = hours;
    this.freezes = freezes;
  }

  /**
   * A calendar.
   *
   * @param freezes by the names under which {@link Openness.Closed} tells them
   */
  public static Calendar of(Schedule schedule, Map<String, Freeze> freezes) {
    return new Calendar(
        hours(schedule),
        freezes.entrySet().stream()
            .map(f -> new Frozen(f.getKey(), f.getValue(), closing(f.getValue().times())))
            .collect(ImmutableList.toImmutableList()));
  }

  /** The same freezes with another schedule. */
  public Calendar with(Schedule schedule) {
    return new Calendar(hours(schedule), freezes);
  }

  private static Optional<Closing> hours(Schedule schedule) {
    return schedule.isAlways() ? Optional.empty() : Optional.of(new OutsideHours(schedule));
  }

  private static Closing closing(Freeze.Times times) {
    return switch (times) {
      case Freeze.Times.Once once -> OnceClosing.of(once);
      case Freeze.Times.Recurring recurring -> new RecurringClosing(recurring);
    };
  }

  /**
   * Whether a subject may grow at an instant, and until when that stays so, exactly.
   *
   * @param urgent whether a person has declared it urgent: no hours close it, and no freeze that
   *     lets urgent ones pass
   */
  public Openness at(Subject subject, Instant at, boolean urgent) {
    List<Frozen> selected =
        freezes.stream()
            .filter(f -> f.freeze().in().takes(subject) && !(urgent && f.freeze().urgentPasses()))
            .toList();
    Optional<Closing> schedule = urgent ? Optional.empty() : hours;
    ImmutableList.Builder<Closing> all = ImmutableList.builder();
    schedule.ifPresent(all::add);
    selected.forEach(f -> all.add(f.closing()));
    Search search = new Search(all.build(), at.plus(HORIZON));
    boolean outsideHours = schedule.filter(h -> h.covers(at)).isPresent();
    ImmutableSortedSet<String> frozen =
        selected.stream()
            .filter(f -> f.closing().covers(at))
            .map(Frozen::name)
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
    return outsideHours || !frozen.isEmpty()
        ? new Openness.Closed(outsideHours, frozen, search.opening(at))
        : new Openness.Open(search.closing(at));
  }

  private record Search(ImmutableList<Closing> all, Instant limit) {

    /** Until where one covers, nothing opens, so each step goes to the furthest of these. */
    Optional<Instant> opening(Instant from) {
      Instant at = from;
      for (int i = 0; i < MAX_STEPS; i++) {
        Instant next = at;
        for (Closing closing : all) {
          if (closing.covers(at)) {
            Optional<Instant> end = closing.nextBoundary(at, limit);
            if (end.isEmpty()) {
              return Optional.empty();
            }
            next = end.get().isAfter(next) ? end.get() : next;
          }
        }
        if (next.equals(at)) {
          return Optional.of(at);
        }
        at = next;
      }
      return Optional.empty();
    }

    Optional<Instant> closing(Instant from) {
      Optional<Instant> at = next(from);
      for (int i = 0; i < MAX_STEPS && at.isPresent(); i++) {
        Instant now = at.get();
        if (all.stream().anyMatch(closing -> closing.covers(now))) {
          return at;
        }
        at = next(now);
      }
      return Optional.empty();
    }

    private Optional<Instant> next(Instant after) {
      return all.stream()
          .flatMap(closing -> closing.nextBoundary(after, limit).stream())
          .min(Instant::compareTo);
    }
  }
}
