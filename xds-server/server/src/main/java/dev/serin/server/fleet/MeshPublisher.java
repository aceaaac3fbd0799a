package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Sets;
import dev.serin.ads.AdsService;
import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.FleetListener;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.ads.StagedSource;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService.Protocol;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Serving;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ServedClusters;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.atomic.AtomicLong;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what the catalogue asks for. A structural change of a service under rollout goes to
 * probe proxies first; whatever else changed at the same time goes to everyone at once, and so does
 * every way down.
 *
 * <p>{@link Serving}'s methods are called by the control loop's thread alone; listeners of the
 * fleet only leave notes.
 */
public final class MeshPublisher implements Serving, Splits, FleetListener {
  private static final Logger log = LoggerFactory.getLogger(MeshPublisher.class);

  /**
   * A count of the fleet is good for so long when nothing has happened: silence becomes overdue by
   * itself.
   */
  private static final Duration RECOUNT = Duration.ofSeconds(1);

  /** So many refusals wait for the loop at most. */
  private static final int MAX_NACKS = 1_000;

  private final AdsService ads;
  private final StagedSource staged;
  private final EvidenceWindows windows;
  private final SplitHistory history = new SplitHistory();
  private final AtomicLong fleetEvents = new AtomicLong();
  private final LinkedBlockingQueue<Nack> nacks = new LinkedBlockingQueue<>(MAX_NACKS);
  private final Map<ResourceName, Count> counts = new HashMap<>();
  private final Map<ResourceName, Sent> sent = new HashMap<>();

  /** What everyone is known to be served. */
  private Published settled = Published.NOTHING;

  /** What is to be served; the same unless probes are trying it. */
  private volatile Published target = Published.NOTHING;

  /**
   * Counts what has been published, so that a count of the fleet knows what it was taken against.
   */
  private long published;

  private volatile ServedClusters served = ServedClusters.NONE;

  private record Nack(Proxy proxy, String routeConfiguration, String words) {}

  /** When a split was first published. */
  private record Sent(long generation, Instant at) {}

  private record Count(
      long generation,
      long fleetEvents,
      long published,
      Instant at,
      ImmutableSortedMap<String, ClusterConvergence> clusters) {}

  public MeshPublisher(AdsService ads, EvidenceWindows windows) {
    this.ads = ads;
    this.windows = windows;
    this.staged = new StagedSource(settled, ads);
    ads.fleetView().addListener(this);
    staged.start();
  }

  /** What proxies are to be served in the end. Any thread. */
  Published target() {
    return target;
  }

  /** Which Envoy clusters stand for what, for reading statistics. Any thread. */
  public ServedClusters served() {
    return served;
  }

  @Override
  public ImmutableList<SplitHistory.Acked> ackedSplits(ProxyView proxy) {
    return history.acked(proxy);
  }

  @Override
  public void publish(Catalog catalog, Instant now) {
    TreeMap<ResourceName, ServiceState> services = new TreeMap<>();
    catalog.services().forEach((name, stored) -> services.put(name, stored.value()));
    TreeMap<ResourceName, TrafficPlan> plans = new TreeMap<>();
    for (LiveRollout live : catalog.rollouts().values()) {
      live.state().plan().ifPresent(plan -> plans.put(plan.service(), plan));
    }
    if (staged.status().everywhere()) {
      settled = target;
    }
    Published next = target.with(services, plans);
    next.config().problems().forEach(p -> log.warn("service {}: {}", p.service(), p.reason()));
    Set<ProxyGroup> groups = connectedGroups();
    TreeSet<ResourceName> structural = new TreeSet<>();
    int probes = 0;
    for (LiveRollout live : catalog.rollouts().values()) {
      ResourceName service = live.state().spec().service();
      boolean raises = live.state().plan().filter(this::raises).isPresent();
      if (raises && !next.config().structurallyEqual(service, settled.config(), groups)) {
        structural.add(service);
        probes = Math.max(probes, live.state().policy().convergence().probe());
      }
    }
    noteSent(catalog, now);
    // Known before the first statistics of it can come.
    served = servedBy(next);
    history.add(next);
    serve(next, structural, probes);
  }

  /** The kinds of proxies that are there to be asked. */
  private Set<ProxyGroup> connectedGroups() {
    Set<ProxyGroup> groups = new HashSet<>();
    for (ProxyView view : ads.fleetView().proxies()) {
      if (view.connected()) {
        groups.add(view.proxy().group());
      }
    }
    return groups;
  }

  /** Whether anybody gets more of the canary than what everyone is known to be served. */
  private boolean raises(TrafficPlan plan) {
    TrafficPlan before = settled.plans().get(plan.service());
    if (before == null || !before.canary().equals(plan.canary())) {
      return plan.exposesCanary();
    }
    return plan.weightPpm() > before.weightPpm()
        || Sets.union(plan.cohortPpm().keySet(), before.cohortPpm().keySet()).stream()
            .anyMatch(cohort -> plan.effectivePpm(cohort) > before.effectivePpm(cohort));
  }

  private void noteSent(Catalog catalog, Instant now) {
    Set<ResourceName> running = new HashSet<>();
    catalog
        .rollouts()
        .forEach((name, live) -> {
          if (live.state().plan().isPresent()) {
            running.add(name);
            long generation = live.state().split().generation();
            Sent known = sent.get(name);
            if (known == null || known.generation() != generation) {
              sent.put(name, new Sent(generation, now));
            }
          }
        });
    sent.keySet().retainAll(running);
    counts.keySet().retainAll(running);
  }

  private void serve(Published next, Set<ResourceName> structural, int probes) {
    target = next;
    published++;
    if (structural.isEmpty() || probes == 0) {
      settled = next;
      staged.replace(next);
      return;
    }
    TreeMap<ResourceName, TrafficPlan> cautious = new TreeMap<>(next.plans());
    for (ResourceName service : structural) {
      TrafficPlan before = settled.plans().get(service);
      TrafficPlan after = next.plans().get(service);
      if (before != null && after != null && before.rollout().equals(after.rollout())) {
        cautious.put(service, before);
      } else {
        cautious.remove(service); // what made room for it has given everything back
      }
    }
    if (!cautious.equals(settled.plans()) || !next.services().equals(settled.services())) {
      settled = settled.with(next.services(), cautious);
      history.add(settled);
      staged.replace(settled);
    }
    staged.offer(next, probes);
  }

  private static ServedClusters servedBy(Published published) {
    ImmutableSet.Builder<ResourceName> grpc = ImmutableSet.builder();
    Map<ResourceName, String> stable = new TreeMap<>();
    published
        .services()
        .forEach((name, state) -> {
          stable.put(name, state.stable());
          if (state.service().protocol() == Protocol.GRPC) {
            grpc.add(name);
          }
        });
    return ServedClusters.of(published.config().clusterRoles(), grpc.build(), stable);
  }

  @Override
  public ImmutableSortedMap<String, ClusterConvergence> convergence(
      RolloutState rollout, Instant now) {
    ResourceName name = rollout.spec().name();
    Sent put = sent.get(name);
    if (put == null || put.generation() != rollout.split().generation()) {
      return rollout.clusters(); // answers about another split say nothing of this one
    }
    long events = fleetEvents.get();
    Count known = counts.get(name);
    if (known != null
        && known.generation() == rollout.split().generation()
        && known.fleetEvents() == events
        && known.published() == published
        && now.isBefore(known.at().plus(RECOUNT))) {
      return known.clusters();
    }
    ImmutableSortedMap<String, ClusterConvergence> clusters = count(rollout, put.at(), now);
    counts.put(name, new Count(rollout.split().generation(), events, published, now, clusters));
    return clusters;
  }

  private ImmutableSortedMap<String, ClusterConvergence> count(
      RolloutState rollout, Instant sentAt, Instant now) {
    ResourceName service = rollout.spec().service();
    ImmutableSortedSet<String> names = target.config().routeConfigurations(service);
    ImmutableList<ProxyView> proxies = ads.fleetView().proxies();
    noteAcks(rollout, names, proxies);
    ConvergenceGate.Step step =
        new ConvergenceGate.Step(
            names,
            (proxy, routes) -> target.version(proxy, routes, service),
            staged::keptFrom,
            sentAt,
            rollout.policy().convergence().timeout());
    ImmutableSortedMap.Builder<String, ClusterConvergence> clusters =
        ImmutableSortedMap.naturalOrder();
    ConvergenceGate.count(proxies, step, now)
        .forEach((cluster, c) -> {
          if (c.want() > 0 || c.unreachable() > 0) {
            clusters.put(
                cluster,
                new ClusterConvergence(
                    c.want(), c.acked(), c.nacked(), c.silent(), c.unreachable()));
          }
        });
    return clusters.build();
  }

  /** Evidence of a proxy counts from its own ACK of the split on. */
  private void noteAcks(
      RolloutState rollout, ImmutableSortedSet<String> names, ImmutableList<ProxyView> proxies) {
    ResourceName service = rollout.spec().service();
    for (ProxyView view : proxies) {
      if (!view.connected()) {
        continue;
      }
      for (String name : names) {
        ProxyView.ResourceView state = view.resource(TypeUrls.ROUTES, name);
        if (target.version(view.proxy(), name, service).filter(state::acked).isPresent()) {
          windows.acked(
              rollout.spec().name(),
              view.proxy().nodeId(),
              rollout.split().generation(),
              state.ackedAt().orElse(view.connectedAt()));
        }
      }
    }
  }

  @Override
  public ImmutableList<Refused> takeRefusals() {
    ImmutableList.Builder<Refused> refused = ImmutableList.builder();
    for (Nack nack = nacks.poll(); nack != null; nack = nacks.poll()) {
      for (ResourceName service : blamed(nack.routeConfiguration())) {
        refused.add(
            new Refused(
                service, nack.proxy().nodeId(), nack.proxy().group().meshCluster(), nack.words()));
      }
    }
    return refused.build();
  }

  /** The services whose split changed since what everyone has; all under rollout when none did. */
  private ImmutableList<ResourceName> blamed(String routeConfiguration) {
    ImmutableList<ResourceName> on =
        target.plans().keySet().stream()
            .filter(service ->
                target.config().routeConfigurations(service).contains(routeConfiguration))
            .collect(ImmutableList.toImmutableList());
    ImmutableList<ResourceName> changed =
        on.stream()
            .filter(service -> !target.samePlan(service, settled))
            .collect(ImmutableList.toImmutableList());
    return changed.isEmpty() ? on : changed;
  }

  @Override
  public ImmutableSortedSet<String> meshClusters(ResourceName service) {
    ImmutableSortedSet<String> names = target.config().routeConfigurations(service);
    ImmutableSortedSet.Builder<String> clusters = ImmutableSortedSet.naturalOrder();
    for (ProxyView view : ads.fleetView().proxies()) {
      if (view.connected()
          && names.stream().anyMatch(name -> view.subscribes(TypeUrls.ROUTES, name))) {
        clusters.add(view.proxy().group().meshCluster());
      }
    }
    return clusters.build();
  }

  @Override
  public void tick(Instant now) {
    staged.tick();
  }

  @Override
  public Optional<String> refusal(Proxy proxy) {
    return target.config().render(proxy.group()).refusals().stream()
        .map(refusal -> refusal.service() + " " + refusal.reason())
        .reduce((a, b) -> a + "; " + b);
  }

  @Override
  public void joined(Proxy proxy, Instant at) {
    fleetEvents.incrementAndGet();
  }

  @Override
  public void left(Proxy proxy, Instant at) {
    windows.left(proxy.nodeId());
    fleetEvents.incrementAndGet();
  }

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
    fleetEvents.incrementAndGet();
  }

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    fleetEvents.incrementAndGet();
    log.warn(
        "proxy refused a resource node={} type={} name={} version={} words={}",
        proxy.nodeId(),
        typeUrl,
        name,
        version,
        message);
    if (typeUrl.equals(TypeUrls.ROUTES)) {
      var ignored = nacks.offer(new Nack(proxy, name, message)); // words only: the counts decide
    }
  }
}
