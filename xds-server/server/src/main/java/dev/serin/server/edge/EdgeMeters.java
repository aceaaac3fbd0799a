package dev.serin.server.edge;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumSet;
import java.util.Locale;

/** What a listener counts about itself. */
final class EdgeMeters {

  /** Why a call was turned away at the door. */
  enum Refusal {
    /** No token, or one that nobody has. */
    TOKEN,
    /** Too much at once. */
    OVERLOAD,
    /** A browser's page from elsewhere. */
    ORIGIN
  }

  private final ImmutableMap<Refusal, Counter> refusals;

  /**
   * @param listener {@code xds} or {@code api}
   */
  EdgeMeters(MeterRegistry registry, String listener) {
    refusals =
        Maps.toMap(
            EnumSet.allOf(Refusal.class),
            reason ->
                Counter.builder("serin.edge.refused")
                    .description("Calls turned away before they reached a method.")
                    .tag("listener", listener)
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry));
  }

  void refused(Refusal reason) {
    Counter counter = refusals.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }
}
