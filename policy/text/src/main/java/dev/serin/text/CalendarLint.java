package dev.serin.text;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.calendar.Calendar;
import dev.serin.calendar.Freeze;
import dev.serin.calendar.Freeze.Times;
import dev.serin.calendar.Openness;
import dev.serin.calendar.Schedule;
import dev.serin.calendar.Selector;
import dev.serin.calendar.Subject;
import dev.serin.policy.FreezeWindow;
import dev.serin.text.Problem.Code;
import dev.serin.text.Problem.Severity;
import java.time.Instant;
import java.time.LocalDateTime;
import java.util.List;
import java.util.Optional;

/** What of calendars is doubtful at an instant: what is over, never opens, or does not come. */
public final class CalendarLint {

  /** Whoever it is: only freezes that take everything are asked about it. */
  private static final Subject ANY =
      new Subject("any", "any", ImmutableSortedMap.of(), Optional.empty());

  private final Instant now;
  private final ImmutableList.Builder<Problem> problems = ImmutableList.builder();

  private CalendarLint(Instant now) {
    this.now = now;
  }

  /** Warnings of resources that were read together; none is an error. */
  public static ImmutableList<Problem> check(List<? extends Parsed> resources, Instant now) {
    CalendarLint lint = new CalendarLint(now);
    ImmutableMap.Builder<String, Freeze> ofAll = ImmutableMap.builder();
    for (Parsed parsed : resources) {
      if (parsed instanceof Parsed.Freeze f) {
        doubts(f.freeze(), now)
            .forEach(d -> lint.warn(f, d.path(), d.code(), d.message(), d.hint()));
        if (f.freeze().freeze().in().equals(Selector.ALL)) {
          ofAll.put(f.name().toString(), f.freeze().freeze());
        }
      }
    }
    for (Parsed parsed : resources) {
      if (parsed instanceof Parsed.Policy p) {
        lint.schedule(p, Calendar.of(p.policy().schedule(), ofAll.buildKeepingLast()));
      }
    }
    return lint.problems.build();
  }

  /**
   * One thing that is doubtful in a freeze.
   *
   * @param path in its message
   */
  public record Doubt(String path, Code code, String message, String hint) {}

  /** What is doubtful in a freeze. */
  public static ImmutableList<Doubt> doubts(FreezeWindow window, Instant now) {
    Times times = window.freeze().times();
    ImmutableList.Builder<Doubt> doubts = ImmutableList.builder();
    Optional<LocalDateTime> skipped = times.swallowed(now, now.plus(Calendar.HORIZON));
    Openness openness = times.at(now);
    String path =
        switch (times) {
          case Times.Once once -> once.to().isPresent() ? "spec.to" : "spec.from";
          case Times.Recurring recurring -> "spec.rrule";
        };
    boolean isOver =
        switch (times) {
          case Times.Once once ->
              openness.isOpen()
                  && once.to()
                      .map(to -> !to.atZone(once.zone()).toInstant().isAfter(now))
                      .orElse(false);
          case Times.Recurring recurring -> openness.isOpen() && openness.until().isEmpty();
        };
    if (isOver) {
      doubts.add(
          switch (times) {
            case Times.Once once ->
                new Doubt(
                    path,
                    Code.PAST,
                    once.to().orElseThrow() + " is over (expected: a time to come)",
                    "");
            case Times.Recurring recurring ->
                new Doubt(
                    path,
                    Code.PAST,
                    recurring.rule()
                        + " has no occurrence within two years (expected: one to come)",
                    "");
          });
    } else if ((!openness.isOpen() && openness.until().isEmpty()) || hasNoEnd(times)) {
      doubts.add(
          new Doubt(
              path,
              Code.NEVER_OPENS,
              "what it selects does not open again within two years (expected: an end)",
              "where that is meant, delete the freeze to lift it"));
    }
    skipped.ifPresent(at ->
        doubts.add(
            new Doubt(
                times instanceof Times.Once ? "spec.from" : "spec.rrule",
                Code.SKIPPED_TIME,
                at
                    + " does not exist in "
                    + times.zone()
                    + ", where the clocks go forward (expected: a time of that day that does)",
                "nothing is frozen then")));
    return doubts.build();
  }

  private static boolean hasNoEnd(Times times) {
    return times instanceof Times.Once once && once.to().isEmpty();
  }

  private void schedule(Parsed.Policy policy, Calendar withFreezes) {
    Schedule schedule = policy.policy().schedule();
    schedule
        .swallowed(now, now.plus(Calendar.HORIZON))
        .ifPresent(lost ->
            warn(
                policy,
                "spec.schedule.open[" + schedule.open().indexOf(lost.hours()) + "]",
                Code.SKIPPED_TIME,
                lost.hours()
                    + " does not come on "
                    + lost.at().toLocalDate()
                    + ", when the clocks go forward (expected: hours that they do not skip)",
                ""));
    Openness openness = withFreezes.at(ANY, now, false);
    if (openness instanceof Openness.Closed closed
        && closed.until().isEmpty()
        && !schedule.isAlways()) {
      warn(
          policy,
          "spec.schedule.open",
          Code.NEVER_OPENS,
          "closed for two years: "
              + closed.because()
              + " (expected: hours that the freezes leave open)",
          "");
    }
  }

  private void warn(Parsed parsed, String path, Code code, String message, String hint) {
    problems.add(parsed.source().problem(path, code, Severity.WARNING, message, hint));
  }
}
