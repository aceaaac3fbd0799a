package dev.serin.server.control;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Stage;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What the journal knows of the fleet from before this server started. A server that has just
 * started sees the proxies come back one after the other: those that are missing are unreachable,
 * not gone, and the first to come back is not the whole fleet. Owned by the loop's thread.
 */
final class FleetBefore {
  /** A fleet that nobody has seen yet may be on its way back: until then it is no empty fleet. */
  private static final Duration RECONNECTING = Duration.ofSeconds(30);

  /** A proxy that was not seen for so long is not waited for any more. */
  private static final Duration REMEMBERED = Duration.ofHours(1);

  /** Proxies by mesh cluster; none where the fleet had not been counted yet. */
  private record Known(long generation, ImmutableSortedMap<String, Integer> proxies) {}

  private final TreeMap<ResourceName, Known> known = new TreeMap<>();
  private @Nullable Instant begun;

  FleetBefore(Catalog restored) {
    restored
        .rollouts()
        .forEach((name, live) -> {
          if (live.state().plan().isPresent()) {
            known.put(name, new Known(live.state().split().generation(), live.fleet()));
          }
        });
  }

  /** The first turn is taken. */
  void begin(Instant now) {
    if (begun == null) {
      begun = now;
    }
  }

  boolean isReconnecting(Instant now) {
    return begun != null && now.isBefore(begun.plus(RECONNECTING));
  }

  /**
   * The counts with those who have not come back as unreachable; empty while it is too early to
   * count.
   */
  Optional<ImmutableSortedMap<String, ClusterConvergence>> complete(
      RolloutState state, ImmutableSortedMap<String, ClusterConvergence> counted, Instant now) {
    Known before = known.get(state.spec().name());
    if (before == null || begun == null || !now.isBefore(begun.plus(REMEMBERED))) {
      return Optional.of(counted);
    }
    ImmutableSortedMap<String, ClusterConvergence> all = withMissing(counted, before.proxies());
    boolean uncounted =
        before.proxies().isEmpty() && before.generation() == state.split().generation();
    // Those who are back may confirm zero: the missing ones keep the rollback from its end.
    boolean missing = !all.equals(counted) && !(state.stage() instanceof Stage.RollingBack);
    return isReconnecting(now) && (uncounted || missing) ? Optional.empty() : Optional.of(all);
  }

  private static ImmutableSortedMap<String, ClusterConvergence> withMissing(
      ImmutableSortedMap<String, ClusterConvergence> counted, Map<String, Integer> before) {
    TreeMap<String, ClusterConvergence> all = new TreeMap<>(counted);
    before.forEach((cluster, proxies) -> {
      ClusterConvergence c = all.getOrDefault(cluster, new ClusterConvergence(0, 0, 0, 0, 0));
      int missing = proxies - c.want() - c.unreachable();
      if (missing > 0) {
        all.put(
            cluster,
            new ClusterConvergence(
                c.want(), c.acked(), c.nacked(), c.silent(), c.unreachable() + missing));
      }
    });
    return ImmutableSortedMap.copyOf(all);
  }

  /**
   * Whether the time that the fleet has for its answer does not run yet: nobody could answer a
   * server that was not there.
   */
  boolean isAnswerAwaited(RolloutState state, Instant now) {
    Known before = known.get(state.spec().name());
    boolean awaits =
        state.stage() instanceof Stage.Converging || state.stage() instanceof Stage.Promoting;
    return awaits
        && before != null
        && before.generation() == state.split().generation()
        && isReconnecting(now);
  }
}
