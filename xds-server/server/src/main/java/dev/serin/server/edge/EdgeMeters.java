package dev.serin.server.edge;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.util.EnumSet;
import java.util.Locale;
import java.util.function.IntSupplier;

/** What a listener counts about itself. No tag grows with the number of peers. */
final class EdgeMeters {

  /** Why a call, or a connection, was turned away at the door. */
  enum Refusal {
    /** No token, or one that nobody has. */
    TOKEN,
    /** Too much at once. */
    OVERLOAD,
    /** A browser's page from elsewhere. */
    ORIGIN,
    /** More connections than there may be. */
    CONNECTIONS,
    /** More connections than one address may have. */
    CONNECTIONS_PER_ADDRESS,
    /** New connections faster than they can be let in. */
    CONNECTION_STORM,
    /** More streams than one connection may have. */
    STREAMS_PER_CONNECTION,
    /** More streams than one address may have. */
    STREAMS_PER_ADDRESS,
    /** New streams faster than they can be let in. */
    STREAM_STORM,
    /** A connection that reset more streams than it may. */
    RESETS,
    /** A connection that pinged more often than it may. */
    PINGS,
    /** Larger headers than a call may have. */
    METADATA,
    /** A larger message than there may be. */
    MESSAGE,
    /** A larger message than there may be before the peer has said who it is. */
    FIRST_MESSAGE,
    /** Bytes that are no message. */
    UNREADABLE,
    /** Requests faster than a stream may send them. */
    REQUEST_RATE,
    /** A node that the certificate does not name. */
    IDENTITY
  }

  private final MeterRegistry registry;
  private final String listener;
  private final ImmutableMap<Refusal, Counter> refusals;

  private EdgeMeters(MeterRegistry registry, String listener, EnumSet<Refusal> counted) {
    this.registry = registry;
    this.listener = listener;
    this.refusals =
        Maps.toMap(
            counted,
            reason ->
                Counter.builder("serin.edge.refused")
                    .description(
                        "Calls and connections turned away before they reached a method, or cut"
                            + " off.")
                    .tag("listener", listener)
                    .tag("reason", reason.name().toLowerCase(Locale.ROOT))
                    .register(registry));
  }

  static EdgeMeters ofXds(MeterRegistry registry) {
    return new EdgeMeters(registry, "xds", EnumSet.complementOf(EnumSet.of(Refusal.ORIGIN)));
  }

  static EdgeMeters ofApi(MeterRegistry registry) {
    return new EdgeMeters(
        registry, "api", EnumSet.of(Refusal.TOKEN, Refusal.OVERLOAD, Refusal.ORIGIN));
  }

  void refused(Refusal reason) {
    Counter counter = refusals.get(reason);
    if (counter != null) {
      counter.increment();
    }
  }

  void gauge(String name, String description, IntSupplier value) {
    Gauge.builder("serin.edge." + name, value, IntSupplier::getAsInt)
        .description(description)
        .tag("listener", listener)
        .strongReference(true)
        .register(registry);
  }
}
