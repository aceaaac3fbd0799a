package dev.serin.text;

import dev.serin.calendar.Freeze;
import dev.serin.calendar.Freeze.Times;
import dev.serin.calendar.OpeningHours;
import dev.serin.calendar.Schedule;
import dev.serin.calendar.Selector;
import dev.serin.policy.FreezeWindow;
import dev.serin.v1.FreezeWindowSpec;

/** Schedules and freezes into messages. */
final class CalendarWriting {

  /** The one verb that a freeze may let pass. */
  static final String URGENT = "urgent";

  private CalendarWriting() {}

  static dev.serin.v1.Schedule schedule(Schedule schedule) {
    return dev.serin.v1.Schedule.newBuilder()
        .setZone(schedule.zone().getId())
        .addAllOpen(schedule.open().stream().map(OpeningHours::toString).toList())
        .build();
  }

  static dev.serin.v1.FreezeWindow freeze(FreezeWindow window) {
    Freeze freeze = window.freeze();
    FreezeWindowSpec.Builder spec =
        FreezeWindowSpec.newBuilder().setZone(freeze.times().zone().getId());
    switch (freeze.times()) {
      case Times.Once once -> {
        once.from().ifPresent(from -> spec.setFrom(from.toString()));
        once.to().ifPresent(to -> spec.setTo(to.toString()));
      }
      case Times.Recurring recurring ->
          spec.setFrom(recurring.from().toString())
              .setRrule(recurring.rule().toString())
              .setDuration(ProtoWriting.duration(recurring.duration()));
    }
    Selector in = freeze.in();
    spec.getInBuilder()
        .addAllTenants(in.tenants())
        .addAllServices(in.services())
        .addAllClusters(in.clusters())
        .putAllLabels(in.labels());
    if (freeze.urgentPasses()) {
      spec.addAllow(URGENT);
    }
    return dev.serin.v1.FreezeWindow.newBuilder()
        .setName(Kind.FREEZE_WINDOW.fullName(window.name()))
        .setApiVersion(Kind.API_VERSION)
        .setKind(Kind.FREEZE_WINDOW.word())
        .setMetadata(ProtoWriting.metadata(window.name(), window.labels()))
        .setSpec(spec)
        .build();
  }
}
