package dev.serin.controlplane;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.plan.TrafficPlan;
import io.envoyproxy.controlplane.cache.DeltaResponse;
import io.envoyproxy.controlplane.cache.DeltaWatch;
import io.envoyproxy.controlplane.cache.DeltaXdsRequest;
import io.envoyproxy.controlplane.cache.Response;
import io.envoyproxy.controlplane.cache.SnapshotCache;
import io.envoyproxy.controlplane.cache.StatusInfo;
import io.envoyproxy.controlplane.cache.Watch;
import io.envoyproxy.controlplane.cache.XdsRequest;
import io.envoyproxy.controlplane.cache.v3.Snapshot;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.function.Consumer;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * A cache of snapshots with the routes of services under rollout overlaid. Whoever sets snapshots
 * goes on doing so and gets back what it has set; proxies that watch get the same with plans laid
 * over it. A snapshot that no plan concerns is passed on as the object that it is.
 *
 * <p>Thread-safe. One thread at a time sets snapshots or plans; watches are those of the wrapped
 * cache and never wait for that.
 *
 * @param <T> what the control plane groups its nodes by
 */
public final class CanarySnapshotCache<T> implements SnapshotCache<T, Snapshot> {
  private final SnapshotCache<T, Snapshot> cache;
  private final Function<T, ProxyGroup> groups;

  private final Object lock = new Object();
  private final Map<T, OverlaidSnapshot> given = new HashMap<>();
  private final BaseSnapshots bases = new BaseSnapshots();
  private MeshConfig config = MeshConfig.EMPTY;

  private CanarySnapshotCache(SnapshotCache<T, Snapshot> cache, Function<T, ProxyGroup> groups) {
    this.cache = cache;
    this.groups = groups;
  }

  /**
   * Wraps a cache whose proxies are all Envoys that honour what a plan may ask for, the hash of a
   * weighted cluster (from 1.36) and the matching of cookies (from 1.37) included.
   */
  public static <T> CanarySnapshotCache<T> over(SnapshotCache<T, Snapshot> cache) {
    ProxyGroup recent = new ProxyGroup("default", "", ProxyGroup.Client.ENVOY, 1, 37, "127.0.0.1");
    return over(cache, group -> recent);
  }

  /**
   * Wraps a cache.
   *
   * @param groups what the proxies of a group are: a plan that they cannot honour is refused for
   *     them
   */
  public static <T> CanarySnapshotCache<T> over(
      SnapshotCache<T, Snapshot> cache, Function<T, ProxyGroup> groups) {
    return new CanarySnapshotCache<>(cache, groups);
  }

  /**
   * Puts exactly these services and plans in force, for all groups at once.
   *
   * @param services those whose versions are clusters of the snapshots ({@code envoyCluster}), or
   *     that are to be published beside them
   * @param plans at most one a service; none takes the overlay away
   * @return what was left out, and why; everything else is in force
   */
  public ImmutableList<Refusal> overlay(
      Collection<ServiceState> services, Collection<TrafficPlan> plans) {
    synchronized (lock) {
      config = config.with(services, plans);
      Set<Refusal> refusals = new LinkedHashSet<>(config.problems());
      given.forEach((group, snapshot) -> refusals.addAll(serve(group, snapshot)));
      return ImmutableList.copyOf(refusals);
    }
  }

  private ImmutableList<Refusal> serve(T group, OverlaidSnapshot snapshot) {
    OverlaidSnapshot.Result overlaid = snapshot.under(config, groups.apply(group));
    Snapshot before = cache.getSnapshot(group);
    if (before == null || !before.equals(overlaid.snapshot())) {
      cache.setSnapshot(group, overlaid.snapshot());
    }
    return overlaid.refusals();
  }

  /** Sets what the proxies of a group have without any plan. */
  @Override
  public void setSnapshot(T group, Snapshot snapshot) {
    synchronized (lock) {
      OverlaidSnapshot base = OverlaidSnapshot.of(snapshot, bases);
      given.put(group, base);
      serve(group, base);
    }
  }

  /** What was set, without the plans; null for a group without a snapshot. */
  @Override
  public @Nullable Snapshot getSnapshot(T group) {
    synchronized (lock) {
      OverlaidSnapshot base = given.get(group);
      return base == null ? null : base.given();
    }
  }

  @Override
  public boolean clearSnapshot(T group) {
    synchronized (lock) {
      boolean cleared = cache.clearSnapshot(group);
      if (cleared) {
        given.remove(group);
      }
      return cleared;
    }
  }

  @Override
  public Collection<T> groups() {
    return cache.groups();
  }

  @Override
  public StatusInfo<T> statusInfo(T group) {
    return cache.statusInfo(group);
  }

  @Override
  public Watch createWatch(
      boolean ads,
      XdsRequest request,
      Set<String> knownResourceNames,
      Consumer<Response> responseConsumer,
      boolean hasClusterChanged,
      boolean allowDefaultEmptyEdsUpdate) {
    return cache.createWatch(
        ads,
        request,
        knownResourceNames,
        responseConsumer,
        hasClusterChanged,
        allowDefaultEmptyEdsUpdate);
  }

  @Override
  public DeltaWatch createDeltaWatch(
      DeltaXdsRequest request,
      String requesterVersion,
      Map<String, String> resourceVersions,
      Set<String> pendingResources,
      boolean isWildcard,
      Consumer<DeltaResponse> responseConsumer,
      boolean hasClusterChanged) {
    return cache.createDeltaWatch(
        request,
        requesterVersion,
        resourceVersions,
        pendingResources,
        isWildcard,
        responseConsumer,
        hasClusterChanged);
  }
}
