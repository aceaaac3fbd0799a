package dev.serin.ads;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.Snapshot;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Lets a few proxies of each mesh cluster and version take a structural change first, the longest
 * connected ones. A kind whose probes have all accepted what changes gets it; one of whose probes
 * rejects it keeps, or gets back, what it had. Kinds do not wait for each other.
 *
 * <p>Thread-safe. No thread waits: what the fleet answers and {@link #tick} move it on. The
 * standing is one immutable value, moved on under the monitor; nothing is published while it is
 * held.
 */
public final class StagedSource implements SnapshotSource, FleetListener {
  private final AdsService ads;
  private final Object lock = new Object();

  /** Written under the monitor, read without it. */
  private volatile Served served;

  /** What everyone is served, and the candidate that some are served instead. */
  private record Served(SnapshotSource current, @Nullable Trial trial) {}

  /** Serves {@code current} to everyone. */
  public StagedSource(SnapshotSource current, AdsService ads) {
    this.ads = ads;
    this.served = new Served(current, null);
  }

  /** Starts to listen to the fleet and to be served. Called once. */
  public void start() {
    ads.fleetView().addListener(this);
    ads.publish(this);
  }

  /**
   * Where a candidate stands.
   *
   * @param probing whether some kind's probes have not answered yet
   * @param refused the words of the probe that rejected it, by mesh cluster and version
   * @param everywhere whether it has become, or nothing else than, what everyone is served
   */
  public record Status(
      boolean probing, ImmutableSortedMap<String, String> refused, boolean everywhere) {}

  /** Serves this to everyone at once: a mere weight, or the way back. Ends a trial. */
  public void replace(SnapshotSource next) {
    synchronized (lock) {
      served = new Served(next, null);
    }
    ads.publish(this);
  }

  /**
   * Lets {@code probes} proxies of each kind take this first. Of an earlier candidate what has not
   * become current is given up. Where there is nobody to ask it becomes current at once.
   */
  public void offer(SnapshotSource candidate, int probes) {
    move(now -> Trial.begin(now.current(), candidate, probes));
    ads.publish(this); // also where nothing moved: an equal candidate may have another owner
  }

  /** Gives the candidate up: everyone gets the previous configuration back. */
  public void withdraw() {
    replace(served.current());
  }

  public Status status() {
    Trial now = served.trial();
    if (now == null) {
      return new Status(false, ImmutableSortedMap.of(), true);
    }
    ImmutableSortedMap.Builder<String, String> refused = ImmutableSortedMap.naturalOrder();
    now.kinds()
        .forEach((kind, standing) -> {
          if (standing instanceof Trial.Standing.Refused r) {
            refused.put(
                "%s %s %d.%d"
                    .formatted(kind.meshCluster(), kind.client(), kind.major(), kind.minor()),
                r.message());
          }
        });
    return new Status(now.probing(), refused.buildOrThrow(), false);
  }

  /** The words of the probe because of which this proxy does not get the candidate. */
  public Optional<String> keptFrom(Proxy proxy) {
    Trial now = served.trial();
    return now == null
        ? Optional.empty()
        : now.refusal(proxy).map(r -> "proxy " + r.nodeId() + " rejected it: " + r.message());
  }

  /** What the proxy is to have now. */
  @Override
  public Snapshot snapshot(Proxy proxy) {
    Served now = served;
    Trial running = now.trial();
    return (running == null ? now.current() : running.sourceFor(proxy)).snapshot(proxy);
  }

  /** Looks at the fleet; probes may have come and gone. */
  public void tick() {
    if (served.trial() != null) {
      look();
    }
  }

  @Override
  public void joined(Proxy proxy, Instant at) {
    tick();
  }

  @Override
  public void left(Proxy proxy, Instant at) {
    tick();
  }

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
    answered(proxy);
  }

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    answered(proxy);
  }

  private void answered(Proxy proxy) {
    Trial now = served.trial();
    if (now != null && now.probes(proxy.nodeId())) {
      look();
    }
  }

  private void look() {
    if (move(Served::trial)) {
      ads.publish(this);
    }
  }

  /** Looks at the fleet for a trial; returns whether somebody is to be served otherwise. */
  private boolean move(Function<Served, @Nullable Trial> begin) {
    synchronized (lock) {
      Served before = served;
      Trial trial = begin.apply(before);
      if (trial == null) {
        return false;
      }
      Trial after = trial.next(ads.fleetView().proxies());
      served =
          after.passed()
              ? new Served(after.candidate(), null)
              : new Served(before.current(), after);
      return !served.equals(before);
    }
  }
}
