package dev.serin.telemetry;

import dev.serin.judge.ArmCounts;
import dev.serin.mesh.ClusterRole;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Function;

/** What Serin says about its own telemetry. No label is a proxy's name. */
public final class TelemetryMeters {
  /** Mesh clusters come from the proxies: a liar must not grow the registry without end. */
  private static final int MAX_MESH_CLUSTERS = 1000;

  /**
   * Beyond so many pairs of a published cluster and a mesh cluster the latter are not told apart.
   */
  private static final int MAX_PLACES = 10_000;

  private static final String OTHER = "other";

  /** What answered, seen from where. */
  private record Place(ClusterRole role, String meshCluster) {}

  private record Outcomes(Counter ok, Counter error) {}

  private final MeterRegistry registry;
  private final InstantSource clock;
  private final AtomicInteger streams = new AtomicInteger();
  private final ConcurrentHashMap<Place, Outcomes> byPlace = new ConcurrentHashMap<>();
  private final RequestTimes times = new RequestTimes();
  private final Set<String> meshClusters = new HashSet<>();

  public TelemetryMeters(MeterRegistry registry, InstantSource clock) {
    this.registry = registry;
    this.clock = clock;
    Gauge.builder("serin.telemetry.streams", streams, AtomicInteger::get)
        .description("Proxies that stream their statistics to this server now")
        .register(registry);
  }

  void streamOpened() {
    streams.incrementAndGet();
  }

  void streamClosed() {
    streams.decrementAndGet();
  }

  void windowClosed(boolean usable) {
    Counter.builder("serin.telemetry.windows")
        .description("Windows of one second handed to the judges, by whether they can be used")
        .tag("usable", Boolean.toString(usable))
        .register(registry)
        .increment();
  }

  void dropped(String reason, long count) {
    if (count > 0) {
      Counter.builder("serin.telemetry.dropped")
          .description("Messages, histograms and statistics from proxies that were not used")
          .tag("reason", reason)
          .register(registry)
          .increment((double) count);
    }
  }

  void disbelieved(long errors) {
    if (errors > 0) {
      Counter.builder("serin.telemetry.disbelieved.errors")
          .description("Errors that a single proxy reported and the others contradicted")
          .register(registry)
          .increment((double) errors);
    }
  }

  /** Called inside one monitor. */
  void requests(ClusterRole role, String meshCluster, ArmCounts counts) {
    Place wanted = new Place(role, meshCluster);
    boolean known =
        byPlace.containsKey(wanted)
            || (byPlace.size() < MAX_PLACES && meshClusters.contains(meshCluster));
    Place place = known ? wanted : new Place(role, OTHER);
    Outcomes outcomes =
        byPlace.computeIfAbsent(
            place, p -> new Outcomes(outcomeCounter(p, "ok"), outcomeCounter(p, "error")));
    outcomes.ok().increment((double) (counts.requests() - counts.errors()));
    outcomes.error().increment((double) counts.errors());
    times.add(place.role(), place.meshCluster(), counts.latency());
  }

  /** How long tries took; a registry of single measurements has no place for whole buckets. */
  public RequestTimes times() {
    return times;
  }

  private Counter outcomeCounter(Place place, String outcome) {
    ClusterRole role = place.role();
    return Counter.builder("serin.requests")
        .description("Upstream tries that ended, as the proxies reported them")
        .tag("tenant", role.service().tenant())
        .tag("service", role.service().name())
        .tag("version", role.version())
        .tag("cluster", place.meshCluster())
        .tag("outcome", outcome)
        .register(registry);
  }

  /** Called once for a mesh cluster, inside the caller's monitor. */
  void meshClusterHeard(String meshCluster, Function<String, Optional<Instant>> lastHeard) {
    if (meshClusters.size() >= MAX_MESH_CLUSTERS || !meshClusters.add(meshCluster)) {
      return;
    }
    Gauge.builder("serin.telemetry.age", () -> ageSeconds(lastHeard.apply(meshCluster)))
        .description("Time since any proxy of the mesh cluster last reported")
        .baseUnit("seconds")
        .tag("cluster", meshCluster)
        .strongReference(true)
        .register(registry);
  }

  private double ageSeconds(Optional<Instant> lastHeard) {
    return lastHeard
        .map(at -> Duration.between(at, clock.instant()).toMillis() / 1000.0)
        .orElse(Double.NaN);
  }
}
