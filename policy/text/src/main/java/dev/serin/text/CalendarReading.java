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
import dev.serin.policy.FreezeWindow;
import dev.serin.policy.ResourceName;
import dev.serin.text.Problem.Code;
import dev.serin.v1.FreezeWindowSpec;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.LocalDateTime;
import java.time.ZoneId;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/** Schedules and freezes, with every problem that they have. */
final class CalendarReading {

  /** Where a rule begins that depends on nothing of its start. */
  private static final LocalDateTime LONG_AGO = LocalDateTime.of(1970, 1, 1, 0, 0);

  private static final String LOCAL_TIME = "a local date and time, as 2026-11-27T00:00";
  private static final Pattern LOCAL =
      Pattern.compile("[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}(:[0-9]{2})?");
  private static final ZoneId UTC = ZoneId.of("UTC");

  private final Checks checks;
  private final Findings findings;

  CalendarReading(Checks checks) {
    this.checks = checks;
    this.findings = checks.findings();
  }

  Schedule schedule(dev.serin.v1.Schedule message) {
    if (message.equals(dev.serin.v1.Schedule.getDefaultInstance())) {
      return Schedule.ALWAYS;
    }
    ZoneId zone = zone("spec.schedule.zone", message.getZone());
    if (message.getOpenCount() == 0) {
      findings.error(
          "spec.schedule.open",
          Code.MISSING,
          "nothing (expected: " + OpeningHours.EXPECTED + ")",
          "to be open at all hours leave schedule out");
    }
    checks.fits("spec.schedule.open", message.getOpenList(), Checks.MAX_LIST);
    ImmutableList.Builder<OpeningHours> open = ImmutableList.builder();
    for (int i = 0; i < message.getOpenCount(); i++) {
      Optional<OpeningHours> hours = OpeningHours.read(message.getOpen(i));
      if (hours.isEmpty()) {
        findings.error(
            "spec.schedule.open[" + i + "]",
            Code.BAD_VALUE,
            Shown.value(message.getOpen(i)) + " (expected: " + OpeningHours.EXPECTED + ")",
            "");
      }
      hours.ifPresent(open::add);
    }
    return new Schedule(zone, open.build());
  }

  private ZoneId zone(String path, String name) {
    if (name.isEmpty()) {
      findings.error(
          path, Code.MISSING, "nothing (expected: an IANA zone, as Europe/Berlin or UTC)", "");
    } else if (ZoneId.getAvailableZoneIds().contains(name)) {
      return ZoneId.of(name);
    } else {
      String near = Suggestion.hint(name, ZoneId.getAvailableZoneIds());
      findings.error(
          path,
          Code.BAD_VALUE,
          Shown.value(name) + " (expected: an IANA zone, as Europe/Berlin or UTC)",
          near.startsWith("did") ? near : "");
    }
    return UTC;
  }

  Optional<FreezeWindow> freeze(dev.serin.v1.FreezeWindow message) {
    checks.head(message.getApiVersion(), message.getKind(), Kind.FREEZE_WINDOW.word());
    Optional<ResourceName> name =
        checks.resourceName(
            message.getName(), message.getMetadata(), Kind.FREEZE_WINDOW.collection());
    FreezeWindowSpec spec = message.getSpec();
    Optional<Times> times = times(spec);
    Selector in = selector(spec.getIn());
    boolean urgentPasses = urgentPasses(spec.getAllowList());
    if (findings.hasErrors() || name.isEmpty() || times.isEmpty()) {
      return Optional.empty();
    }
    return Optional.of(
        new FreezeWindow(
            name.get(),
            ImmutableSortedMap.copyOf(message.getMetadata().getLabelsMap()),
            new Freeze(times.get(), in, urgentPasses)));
  }

  private Optional<Times> times(FreezeWindowSpec spec) {
    ZoneId zone = zone("spec.zone", spec.getZone());
    Optional<LocalDateTime> from = local("spec.from", spec.getFrom());
    Optional<LocalDateTime> to = local("spec.to", spec.getTo());
    if (spec.getRrule().isEmpty()) {
      return once(spec, zone, from, to);
    }
    if (!spec.getTo().isEmpty()) {
      findings.error(
          "spec.to",
          Code.CONFLICT,
          spec.getTo() + " beside rrule (expected: only one of them)",
          "a rule ends by its UNTIL or COUNT");
    }
    Duration duration = duration(spec);
    RecurrenceRule.Reading reading = RecurrenceRule.read(spec.getRrule());
    reading
        .problems()
        .forEach(problem -> findings.error("spec.rrule", Code.BAD_VALUE, problem, ""));
    if (reading.rule().isEmpty()) {
      return Optional.empty();
    }
    RecurrenceRule rule = reading.rule().get();
    if (spec.getFrom().isEmpty() && !rule.isIndependentOfStart()) {
      findings.error(
          "spec.from",
          Code.MISSING,
          "nothing, and " + rule + " depends on it (expected: " + LOCAL_TIME + ")",
          "");
    }
    return Optional.of(new Times.Recurring(zone, from.orElse(LONG_AGO), rule, duration));
  }

  private Optional<Times> once(
      FreezeWindowSpec spec,
      ZoneId zone,
      Optional<LocalDateTime> from,
      Optional<LocalDateTime> to) {
    if (spec.hasDuration()) {
      findings.error(
          "spec.duration",
          Code.CONFLICT,
          "duration without rrule (expected: from and to, or rrule and duration)",
          "");
    }
    if (spec.getFrom().isEmpty() && spec.getTo().isEmpty()) {
      findings.error(
          "spec.from",
          Code.MISSING,
          "nothing (expected: from, to or both, or rrule and duration)",
          "");
    }
    if (from.isPresent() && to.isPresent() && !from.get().isBefore(to.get())) {
      findings.error(
          "spec.to",
          Code.OUT_OF_RANGE,
          to.get() + " (expected: after from, " + from.get() + ")",
          "");
      return Optional.empty();
    }
    return from.isEmpty() && to.isEmpty()
        ? Optional.empty()
        : Optional.of(new Times.Once(zone, from, to));
  }

  private Duration duration(FreezeWindowSpec spec) {
    Duration least = Duration.ofMinutes(1);
    if (!spec.hasDuration()) {
      findings.error(
          "spec.duration", Code.MISSING, "nothing beside rrule (expected: a time, as 8h)", "");
      return least;
    }
    Duration duration = checks.duration("spec.duration", true, spec.getDuration(), least, least);
    if (duration.compareTo(Times.MAX_DURATION) > 0) {
      findings.error(
          "spec.duration",
          Code.OUT_OF_RANGE,
          Units.print(duration) + " (expected: at most " + Units.print(Times.MAX_DURATION) + ")",
          "");
      return least;
    }
    return duration;
  }

  private Optional<LocalDateTime> local(String path, String text) {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      if (LOCAL.matcher(text).matches()) {
        return Optional.of(LocalDateTime.parse(text));
      }
    } catch (DateTimeException noSuchDay) {
      // told below, like any other form
    }
    boolean hasOffset = text.matches(".*T.*(Z|[+-][0-9:]+)");
    findings.error(
        path,
        Code.BAD_VALUE,
        Shown.value(text) + " (expected: " + LOCAL_TIME + ")",
        hasOffset ? "times are those of spec.zone; for UTC write zone: UTC" : "");
    return Optional.empty();
  }

  private Selector selector(FreezeWindowSpec.Selector in) {
    in.getLabelsMap()
        .forEach((key, value) -> checks.token("spec.in.labels." + Shown.value(key), key, "label"));
    checks.fits("spec.in.labels", in.getLabelsMap().keySet(), Checks.MAX_LIST);
    return new Selector(
        names("spec.in.tenants", in.getTenantsList()),
        names("spec.in.services", in.getServicesList()),
        clusters(in.getClustersList()),
        ImmutableSortedMap.copyOf(in.getLabelsMap()));
  }

  private ImmutableSortedSet<String> names(String path, List<String> names) {
    checks.fits(path, names, Checks.MAX_LIST);
    ImmutableSortedSet.Builder<String> checked = ImmutableSortedSet.naturalOrder();
    for (int i = 0; i < names.size(); i++) {
      checked.add(checks.name(path + "[" + i + "]", names.get(i)));
    }
    return checked.build();
  }

  /** Mesh clusters are called whatever proxies say. */
  private ImmutableSortedSet<String> clusters(List<String> clusters) {
    checks.fits("spec.in.clusters", clusters, Checks.MAX_LIST);
    for (int i = 0; i < clusters.size(); i++) {
      checks.value("spec.in.clusters[" + i + "]", clusters.get(i));
    }
    return ImmutableSortedSet.copyOf(clusters);
  }

  private boolean urgentPasses(List<String> allow) {
    for (int i = 0; i < allow.size(); i++) {
      if (!allow.get(i).equals(CalendarWriting.URGENT)) {
        findings.error(
            "spec.allow[" + i + "]",
            Code.BAD_VALUE,
            Shown.value(allow.get(i)) + " (expected: " + CalendarWriting.URGENT + ")",
            "");
      }
    }
    return !allow.isEmpty();
  }
}
