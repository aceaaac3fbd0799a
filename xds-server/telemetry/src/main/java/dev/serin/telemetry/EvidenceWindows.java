package dev.serin.telemetry;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.overlay.Split;
import dev.serin.policy.ResourceName;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Folds flushes into windows of one second by the time of receipt.
 *
 * <p>A flush is evidence for a rollout when the proxy's own ACK of the split came before the
 * interval of the flush began, that is before its previous flush was received. The first flush of a
 * stream has no known beginning (Envoy opens the stream to send what it has already counted), and
 * is none. Times of receipt stand in for the times of counting: a flush and an ACK that cross on
 * the wire can put the last milliseconds before the split into its first window.
 *
 * <p>One monitor guards it all: streams write once a second each, the control loop reads, and a
 * flush is folded in microseconds. Nothing that is called inside waits or calls back.
 */
public final class EvidenceWindows {

  private static final class Proxy {
    private String meshCluster;
    private Instant lastHeard;
    private @Nullable Instant intervalStart;

    /** By Envoy cluster name; null where that is not known. */
    private @Nullable ImmutableSortedMap<String, Long> open;

    private Proxy(String meshCluster, Instant lastHeard) {
      this.meshCluster = meshCluster;
      this.lastHeard = lastHeard;
    }
  }

  /** Proxies without a stream and mesh clusters remembered; beyond it the input is an attack. */
  private static final int MAX_PROXIES = 100_000;

  private final EvidenceRules rules;
  private final Supplier<ServedClusters> served;
  private final TelemetryMeters meters;

  @GuardedBy("this")
  private final Map<String, Proxy> proxies = new HashMap<>();

  @GuardedBy("this")
  private final TreeMap<ResourceName, Watching> watched = new TreeMap<>();

  @GuardedBy("this")
  private final Map<ResourceName, History> histories = new HashMap<>();

  /** Outside the monitor: a scrape of the metrics reads it. */
  private final ConcurrentHashMap<String, Instant> heard = new ConcurrentHashMap<>();

  public EvidenceWindows(
      EvidenceRules rules, Supplier<ServedClusters> served, TelemetryMeters meters) {
    this.rules = rules;
    this.served = served;
    this.meters = meters;
  }

  /**
   * Begins to collect for a rollout, or goes on under another split. Windows of an earlier
   * generation that were not closed yet are discarded. Watch before the split is sent: ACKs of a
   * rollout that is not watched are forgotten.
   */
  public synchronized void watch(Watch watch) {
    Watching known = watched.get(watch.rollout());
    if (known == null) {
      watched.put(watch.rollout(), new Watching(watch));
    } else {
      known.replace(watch);
    }
  }

  public synchronized void unwatch(ResourceName rollout) {
    watched.remove(rollout);
  }

  /** A proxy acknowledged the split of that generation; of several times the first counts. */
  public synchronized void acked(ResourceName rollout, String nodeId, long generation, Instant at) {
    Watching watching = watched.get(rollout);
    if (watching != null) {
      watching.acked(nodeId, generation, at);
    }
  }

  /** A proxy has gone for good: its silence says nothing. */
  public synchronized void left(String nodeId) {
    watched.values().forEach(watching -> watching.left(nodeId));
    histories.values().forEach(history -> history.left(nodeId));
    proxies.remove(nodeId);
  }

  /** Takes one flush in. Flushes of one proxy come in the order of their receipt. */
  public synchronized void flush(ProxyFlush flush) {
    Proxy proxy = hear(flush.nodeId(), flush.meshCluster(), flush.receivedAt());
    if (proxy == null) {
      return;
    }
    proxy.open = flush.open().orElse(null);
    Instant intervalStart = proxy.intervalStart;
    proxy.intervalStart = flush.receivedAt();
    if (intervalStart == null) {
      return;
    }
    ServedClusters now = served.get();
    for (Watching watching : watched.values()) {
      if (watching.counts(flush.nodeId(), intervalStart)) {
        collect(watching, flush, now);
      }
    }
    flush
        .clusters()
        .forEach((cluster, counts) ->
            now.role(cluster).ifPresent(role -> remember(flush, role, counts, now)));
  }

  /** A message came that made no sense: what it counted is missing, not zero. */
  public synchronized void voided(String nodeId, Instant at) {
    Proxy proxy = proxies.get(nodeId);
    if (proxy != null) {
      proxy.intervalStart = at;
      proxy.open = null;
    }
  }

  /** A proxy's stream ended: what it counts until its next stream begins is missing, not zero. */
  public synchronized void streamBroken(String nodeId) {
    Proxy proxy = proxies.get(nodeId);
    if (proxy != null) {
      proxy.intervalStart = null;
      proxy.open = null;
    }
  }

  /** The windows that are over, by rollout and then by time; each is handed out once. */
  public synchronized ImmutableList<ClosedWindow> close(Instant now) {
    Instant end = now.minus(rules.lateness());
    Set<String> fresh = heardSince(now.minus(rules.freshness()));
    ImmutableList.Builder<ClosedWindow> closed = ImmutableList.builder();
    for (Watching watching : watched.values()) {
      for (ClosedWindow window : watching.close(end, fresh::contains)) {
        meters.windowClosed(window.window().usable());
        closed.add(window);
      }
      meters.disbelieved(watching.beliefs().takeDisbelieved());
    }
    forgetSilent(now);
    return closed.build();
  }

  /** What the service's stable version did in the last half hour; empty for an unknown service. */
  public synchronized Baseline baseline(ResourceName service, Instant now) {
    History history = histories.get(service);
    return history == null ? Baseline.NONE : history.baseline(now);
  }

  /** Tries a second of all versions of a service over the last minute; 0 for an unknown one. */
  public synchronized double requestsPerSecond(ResourceName service, Instant now) {
    History history = histories.get(service);
    return history == null ? 0 : history.requestsPerSecond(now);
  }

  /**
   * Requests, long-lived streams among them, that are under way at a version, copies for mirroring
   * aside. Empty where it is not known: nobody reports, or a proxy that has reported does so no
   * more and has not left.
   */
  public synchronized OptionalLong open(ResourceName service, String version, Instant now) {
    ServedClusters clusters = served.get();
    Instant fresh = now.minus(rules.freshness());
    long open = 0;
    for (Proxy proxy : proxies.values()) {
      if (proxy.open == null || proxy.lastHeard.isBefore(fresh)) {
        return OptionalLong.empty();
      }
      for (Map.Entry<String, Long> cluster : proxy.open.entrySet()) {
        boolean counts =
            clusters
                .role(cluster.getKey())
                .filter(role -> role.service().equals(service) && role.version().equals(version))
                .filter(role -> !role.cohort().equals(Optional.of(Split.SHADOW)))
                .isPresent();
        open += counts ? cluster.getValue() : 0;
      }
    }
    return proxies.isEmpty() ? OptionalLong.empty() : OptionalLong.of(open);
  }

  /** When any proxy of a mesh cluster last reported. */
  public Optional<Instant> lastHeard(String meshCluster) {
    return Optional.ofNullable(heard.get(meshCluster));
  }

  @GuardedBy("this")
  private @Nullable Proxy hear(String nodeId, String meshCluster, Instant at) {
    Proxy proxy = proxies.get(nodeId);
    if (proxy == null) {
      if (proxies.size() >= MAX_PROXIES) {
        meters.dropped("too_many_proxies", 1);
        return null;
      }
      proxy = new Proxy(meshCluster, at);
      proxies.put(nodeId, proxy);
    } else if (!proxy.meshCluster.equals(meshCluster)) {
      proxy.meshCluster = meshCluster;
      proxy.intervalStart = null;
    }
    proxy.lastHeard = at;
    if (heard.put(meshCluster, at) == null) {
      meters.meshClusterHeard(meshCluster, this::lastHeard);
    }
    return proxy;
  }

  private static void collect(Watching watching, ProxyFlush flush, ServedClusters now) {
    OpenWindow window = watching.at(flush.receivedAt());
    if (window == null) {
      return;
    }
    window.present(flush.meshCluster(), flush.nodeId());
    flush
        .clusters()
        .forEach((cluster, counts) ->
            now.role(cluster).ifPresent(role -> watching.add(window, flush, role, counts)));
  }

  @GuardedBy("this")
  private void remember(ProxyFlush flush, ClusterRole role, ArmCounts counts, ServedClusters now) {
    meters.requests(role, flush.meshCluster(), counts);
    History history = histories.computeIfAbsent(role.service(), s -> new History());
    history.countRequests(counts.requests(), flush.receivedAt());
    Optional<String> stable = now.stableVersion(role.service());
    stable.ifPresent(history::stableIs);
    boolean random = role.cohort().filter(cohort -> !cohort.equals(Split.BASELINE)).isEmpty();
    if (random && stable.filter(role.version()::equals).isPresent()) {
      history.add(flush.nodeId(), counts, flush.receivedAt());
    }
  }

  @GuardedBy("this")
  private Set<String> heardSince(Instant since) {
    Set<String> fresh = new HashSet<>();
    proxies.forEach((node, proxy) -> {
      if (!proxy.lastHeard.isBefore(since)) {
        fresh.add(node);
      }
    });
    return fresh;
  }

  @GuardedBy("this")
  private void forgetSilent(Instant now) {
    Instant since = now.minusSeconds(3600);
    proxies.values().removeIf(proxy -> proxy.lastHeard.isBefore(since));
  }
}
