package dev.serin.cli;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.util.Durations;
import com.google.protobuf.util.Timestamps;
import dev.serin.v1.FreezeWindow;
import dev.serin.v1.FreezeWindowSpec;
import dev.serin.v1.FreezeWindowSpec.Selector;
import dev.serin.v1.FreezeWindowStatus;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;

/** Freezes as rows and as a sentence. */
final class FreezeText {
  static final ImmutableList<String> HEADER =
      ImmutableList.of("TENANT", "NAME", "STATE", "WHEN", "FREEZES", "ALLOWS", "BY", "REASON");

  private FreezeText() {}

  static ImmutableList<String> row(FreezeWindow freeze) {
    FreezeWindowStatus status = freeze.getStatus();
    return ImmutableList.of(
        ResourceKind.tenant(freeze.getMetadata().getTenant()),
        freeze.getMetadata().getName(),
        state(status),
        when(freeze.getSpec()),
        selected(freeze.getSpec().getIn()),
        freeze.getSpec().getAllowCount() == 0
            ? "-"
            : String.join(",", freeze.getSpec().getAllowList()),
        status.getActor().isEmpty() ? "-" : status.getActor(),
        status.getReason().isEmpty() ? "-" : status.getReason());
  }

  /** As {@code in force until 2026-12-01T14:00:00Z}. */
  static String state(FreezeWindowStatus status) {
    String then = status.hasChanges() ? Timestamps.toString(status.getChanges()) : "";
    if (status.getActive()) {
      return then.isEmpty() ? "in force, no end known" : "in force until " + then;
    }
    return then.isEmpty() ? "not in force" : "not in force before " + then;
  }

  private static String when(FreezeWindowSpec spec) {
    if (!spec.getRrule().isEmpty()) {
      return spec.getRrule()
          + " for "
          + Durations.toString(spec.getDuration())
          + " "
          + spec.getZone();
    }
    return (spec.getFrom().isEmpty() ? "" : "from " + spec.getFrom() + " ")
        + (spec.getTo().isEmpty() ? "" : "to " + spec.getTo() + " ")
        + spec.getZone();
  }

  static String selected(Selector in) {
    List<String> parts = new ArrayList<>();
    add(parts, "tenant", in.getTenantsList());
    add(parts, "service", in.getServicesList());
    add(parts, "cluster", in.getClustersList());
    new TreeMap<>(in.getLabelsMap()).forEach((label, value) -> parts.add(label + "=" + value));
    return parts.isEmpty() ? "everything" : String.join("; ", parts);
  }

  private static void add(List<String> parts, String what, List<String> names) {
    if (!names.isEmpty()) {
      parts.add(what + " " + String.join(",", names));
    }
  }
}
