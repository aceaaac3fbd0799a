package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Maps;
import com.google.common.collect.Multimaps;
import dev.serin.mesh.Snapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Serves each kind of proxies what that kind has, and lets a few of them, the longest connected
 * ones, take a candidate first. When all of these have accepted what the candidate changes their
 * kind gets it; when one rejects it the kind keeps, or gets back, what it had. Kinds do not wait
 * for each other, and none loses what it has accepted because another has not.
 *
 * <p>Thread-safe. No thread waits: what the fleet answers and {@link #tick} move it on. The
 * standing is one immutable value, moved on under the monitor; nothing is published while it is
 * held. What happens at one proxy costs a look at the probes of its kind, not at the fleet.
 */
public final class StagedSource implements SnapshotSource, FleetListener {
  /**
   * A trial that finds nobody to ask looks at the whole fleet again so often: a proxy may have
   * begun to ask for something without having been sent anything that it could answer.
   */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  private final AdsService ads;
  private final Newcomers newcomers;
  private final Object lock = new Object();

  /** Written under the monitor, read without it. */
  private volatile Served served = new Served(ImmutableMap.of());

  private volatile Instant lookedAt = Instant.MIN;

  /** What a kind has that nobody has told of: its first proxy is there. Any thread; no locks. */
  @FunctionalInterface
  public interface Newcomers {
    Lane lane(Proxy first);
  }

  /**
   * What a kind is to be served.
   *
   * @param current what all of it may have
   * @param candidate what some of it are to take first; empty when there is nothing to try
   */
  public record Lane(SnapshotSource current, Optional<Candidate> candidate) {}

  /**
   * What some take before the others of their kind.
   *
   * @param change what is tried by it, for whoever asks again
   * @param probes how many do, at least 1
   */
  public record Candidate(Object change, SnapshotSource source, int probes) {}

  /** A candidate of a kind, and what became of it. */
  public record Tried(SnapshotSource current, Candidate candidate, Outcome outcome) {}

  /** The answer to a candidate. */
  public sealed interface Outcome {
    record Open() implements Outcome {}

    record Passed() implements Outcome {}

    /** The words of the probe that rejected it. */
    record Refused(String nodeId, String message) implements Outcome {}
  }

  /** A lane, and the trial of its candidate if it has one. */
  private record Running(Lane lane, @Nullable Trial trial) {
    SnapshotSource sourceFor(Proxy proxy) {
      return trial == null ? lane.current() : trial.sourceFor(proxy);
    }

    Optional<Tried> tried() {
      return trial == null
          ? Optional.empty()
          : lane.candidate().map(candidate -> new Tried(lane.current(), candidate, outcome(trial)));
    }

    private static Outcome outcome(Trial trial) {
      return switch (trial.standing()) {
        case Trial.Standing.Probing p -> new Outcome.Open();
        case Trial.Standing.Passed p -> new Outcome.Passed();
        case Trial.Standing.Refused r -> new Outcome.Refused(r.nodeId(), r.message());
      };
    }

    boolean tries(Object change) {
      return lane.candidate().filter(c -> c.change().equals(change)).isPresent();
    }

    boolean vacant() {
      return trial != null && trial.vacant();
    }

    Running with(Trial next) {
      return new Running(lane, next);
    }
  }

  /** How every kind stands at one moment: an answer to {@link #look}, to be given back. */
  public static final class Served {
    private final ImmutableMap<ProxyKind, Running> lanes;

    private Served(ImmutableMap<ProxyKind, Running> lanes) {
      this.lanes = lanes;
    }

    /** The kinds that have a candidate. */
    public ImmutableSortedMap<ProxyKind, Tried> tried() {
      ImmutableSortedMap.Builder<ProxyKind, Tried> tried = ImmutableSortedMap.naturalOrder();
      lanes.forEach((kind, running) -> running.tried().ifPresent(t -> tried.put(kind, t)));
      return tried.buildOrThrow();
    }

    /** What a kind is served; null where it has not been seen. */
    public @Nullable Lane lane(ProxyKind kind) {
      Running running = lanes.get(kind);
      return running == null ? null : running.lane();
    }

    /** The kinds that have been seen or told of. */
    public java.util.Set<ProxyKind> kinds() {
      return lanes.keySet();
    }
  }

  public StagedSource(AdsService ads, Newcomers newcomers) {
    this.ads = ads;
    this.newcomers = newcomers;
  }

  /** Starts to listen to the fleet and to be served. Called once. */
  public void start() {
    ads.fleetView().addListener(this);
    ads.publish(this);
  }

  /** How every kind stands now. */
  public Served look() {
    return served;
  }

  /**
   * Serves these lanes, unless something has happened since {@code seen}: then nothing changes, and
   * the caller looks again. Probes keep their place while the same change is tried; a lane that is
   * what it was keeps its answers.
   *
   * @param publish whether somebody may be served something new
   */
  public boolean serve(Served seen, Map<ProxyKind, Lane> lanes, boolean publish) {
    synchronized (lock) {
      if (served != seen) {
        return false;
      }
      Map<ProxyKind, Running> next = new HashMap<>();
      boolean asks = false;
      for (Map.Entry<ProxyKind, Lane> entry : lanes.entrySet()) {
        Running before = seen.lanes.get(entry.getKey());
        Running running = running(entry.getValue(), before);
        next.put(entry.getKey(), running);
        asks |= running.trial() != null && !running.equals(before);
      }
      served = new Served(ImmutableMap.copyOf(next));
      if (asks) {
        lookAtAll();
      }
    }
    if (publish) {
      ads.publish(this);
    }
    return true;
  }

  private Running running(Lane lane, @Nullable Running before) {
    if (lane.candidate().isEmpty()) {
      return new Running(lane, null);
    }
    if (before != null && before.lane().equals(lane)) {
      return before;
    }
    Candidate wanted = lane.candidate().get();
    ImmutableSortedSet<String> probes =
        before != null && before.trial() != null && before.tries(wanted.change())
            ? before.trial().probing()
            : ImmutableSortedSet.of();
    return new Running(
        lane, Trial.begin(lane.current(), wanted.source(), wanted.probes(), ads.now(), probes));
  }

  /** What the proxy is to have now. */
  @Override
  public Snapshot snapshot(Proxy proxy) {
    ProxyKind kind = ProxyKind.of(proxy);
    Running lane = served.lanes.get(kind);
    return (lane == null ? meet(kind, proxy) : lane).sourceFor(proxy).snapshot(proxy);
  }

  private Running meet(ProxyKind kind, Proxy first) {
    Lane lane = newcomers.lane(first);
    synchronized (lock) {
      Running known = served.lanes.get(kind);
      if (known != null) {
        return known;
      }
      Running met = running(lane, null);
      served =
          new Served(
              ImmutableMap.<ProxyKind, Running>builder()
                  .putAll(served.lanes)
                  .put(kind, met)
                  .buildOrThrow());
      return met;
    }
  }

  /** Looks at the fleet where nobody could be asked: proxies may have come. */
  public void tick() {
    Instant now = ads.now();
    if (served.lanes.values().stream().anyMatch(Running::vacant)
        && !now.isBefore(lookedAt.plus(LOOK_AGAIN))) {
      boolean moved;
      synchronized (lock) {
        moved = lookAtAll();
      }
      if (moved) {
        ads.publish(this);
      }
    }
  }

  @Override
  public void left(Proxy proxy, Instant at) {
    look(proxy, true);
  }

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
    look(proxy, false);
  }

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    look(proxy, false);
  }

  /** Something has happened at a proxy: it may be a probe, or become one. */
  private void look(Proxy proxy, boolean left) {
    ProxyKind kind = ProxyKind.of(proxy);
    Running now = served.lanes.get(kind);
    if (now == null || now.trial() == null) {
      return;
    }
    boolean probe = now.trial().probing().contains(proxy.nodeId());
    boolean concerns =
        left
            ? now.trial().awaited().contains(proxy.nodeId())
            : now.trial().isOpenTo(proxy.nodeId(), ads.now());
    if (!probe && !concerns) {
      return;
    }
    boolean moved;
    synchronized (lock) {
      moved = take(kind, proxy, left);
    }
    if (moved) {
      ads.publish(this);
    }
  }

  /**
   * A place that is free, or becomes free, is looked for in the whole kind if a probe has spoken.
   */
  private boolean take(ProxyKind kind, Proxy proxy, boolean left) {
    Running now = served.lanes.get(kind);
    Trial trial = now == null ? null : now.trial();
    if (now == null || trial == null) {
      return false;
    }
    TreeMap<String, ProxyView> views = new TreeMap<>();
    for (String id : trial.probing()) {
      ads.fleetView().proxy(id).ifPresent(view -> views.put(id, view));
    }
    ads.fleetView().proxy(proxy.nodeId()).ifPresent(view -> views.put(view.proxy().nodeId(), view));
    Trial next = trial.next(views.values(), false, ads.now());
    boolean wasIn =
        trial.probing().contains(proxy.nodeId())
            || (left && trial.awaited().contains(proxy.nodeId()));
    if (next.vacant() && wasIn) {
      next = trial.next(ofKind(kind), true, ads.now());
    }
    return move(Map.of(kind, now.with(next)));
  }

  /** Looks at everyone for the trials that need somebody. Returns whether one has moved on. */
  private boolean lookAtAll() {
    lookedAt = ads.now();
    ImmutableListMultimap<ProxyKind, ProxyView> fleet =
        Multimaps.index(ads.fleetView().proxies(), view -> ProxyKind.of(view.proxy()));
    Map<ProxyKind, Running> next = new HashMap<>();
    served.lanes.forEach((kind, lane) -> {
      if (lane.trial() != null) {
        next.put(kind, lane.with(lane.trial().next(fleet.get(kind), true, lookedAt)));
      }
    });
    return move(next);
  }

  private ImmutableList<ProxyView> ofKind(ProxyKind kind) {
    return ads.fleetView().proxies().stream()
        .filter(view -> ProxyKind.of(view.proxy()).equals(kind))
        .collect(ImmutableList.toImmutableList());
  }

  private boolean move(Map<ProxyKind, Running> changed) {
    Served before = served;
    Map<ProxyKind, Running> moved =
        Maps.filterEntries(changed, e -> !e.getValue().equals(before.lanes.get(e.getKey())));
    if (moved.isEmpty()) {
      return false;
    }
    Map<ProxyKind, Running> all = new HashMap<>(before.lanes);
    all.putAll(moved);
    served = new Served(ImmutableMap.copyOf(all));
    return true;
  }
}
