package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.AdsService;
import dev.serin.ads.ConvergenceGate;
import dev.serin.ads.FleetListener;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyView;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.Rendered;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.ServiceState;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.MeshService.Protocol;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.KindStanding;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Serving;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ServedClusters;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.LinkedBlockingQueue;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Publishes what the catalogue asks for. What gives somebody more of a canary by another structure
 * goes to probe proxies of each kind first, one rollout's change at a time; whatever else changed
 * goes to everyone at once, and so does every way down.
 *
 * <p>{@link Serving}'s methods are called by the control loop's thread alone; listeners of the
 * fleet only leave notes.
 */
public final class MeshPublisher implements Serving, Splits, ProxySides, FleetListener {
  private static final Logger log = LoggerFactory.getLogger(MeshPublisher.class);

  /** So many refusals wait for the loop at most. */
  private static final int MAX_NACKS = 1_000;

  /** Clashes are looked for in so many different bases; a mistake in one is one in all. */
  private static final int CLASHES_OF = 8;

  private static final ProxyGroup SOME_ENVOY =
      new ProxyGroup("", "", ProxyGroup.Client.ENVOY, 1, 40, "127.0.0.1", true);

  private final AdsService ads;
  private final Staging staging;
  private final EvidenceWindows windows;
  private final SplitHistory history = new SplitHistory();
  private final FleetCounts counts;
  private final LinkedBlockingQueue<Nack> nacks = new LinkedBlockingQueue<>(MAX_NACKS);
  private final Map<ResourceName, Sent> sent = new HashMap<>();

  /** What is to be served in the end. */
  private volatile Published target;

  private volatile ImmutableSortedSet<String> clashes = ImmutableSortedSet.of();

  // The loop's.
  private long seenRevision = -1;

  private volatile ServedClusters served = ServedClusters.NONE;

  private record Nack(Proxy proxy, ResourceKey table, String version, String words) {}

  /** When a split was first published. */
  private record Sent(long generation, Instant at) {}

  /** Publishes services alone. */
  public MeshPublisher(AdsService ads, EvidenceWindows windows) {
    this(ads, windows, Bases.NONE);
  }

  /** Publishes services, and what is laid over bases. */
  public MeshPublisher(AdsService ads, EvidenceWindows windows, Bases bases) {
    this.target = Published.over(bases);
    this.ads = ads;
    this.windows = windows;
    this.counts = new FleetCounts(ads.fleetView());
    this.staging = new Staging(ads, history);
    ads.fleetView().addListener(this);
    staging.start();
  }

  /** What proxies are to be served in the end. Any thread. */
  Published target() {
    return target;
  }

  @Override
  public Sides sides(Proxy proxy) {
    Published now = target;
    return new Sides(
        now.untouched().snapshot(proxy),
        staging.served(proxy),
        now.rendered(proxy).refusals(),
        now.clashes(proxy));
  }

  @Override
  public Sides sides(Proxy proxy, RolloutState rollout, int step) {
    Published now = target;
    Rendered after = now.at(rollout, step).rendered(proxy);
    return new Sides(
        now.at(rollout, step - 1).snapshot(proxy),
        after.snapshot(),
        after.refusals(),
        now.clashes(proxy));
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
  public void restore(ImmutableList<KindStanding> standings) {
    staging.restore(standings);
  }

  @Override
  public ImmutableList<KindStanding> standings() {
    return staging.standings();
  }

  @Override
  public void publish(Catalog catalog, Instant now) {
    TreeMap<ResourceName, ServiceState> services = new TreeMap<>();
    catalog.services().forEach((name, stored) -> services.put(name, stored.value()));
    TreeMap<ResourceName, RolloutState> rollouts = new TreeMap<>();
    TreeMap<ResourceName, TrafficPlan> plans = new TreeMap<>();
    for (LiveRollout live : catalog.rollouts().values()) {
      live.state()
          .plan()
          .ifPresent(plan -> {
            plans.put(plan.service(), plan);
            rollouts.put(plan.service(), live.state());
          });
    }
    Published next = target.with(services, plans);
    next.config().problems().forEach(p -> log.warn("service {}: {}", p.service(), p.reason()));
    noteSent(rollouts.values(), now);
    // Known before the first statistics of it can come.
    served = servedBy(next);
    target = next;
    staging.aimAt(next, rollouts, now);
  }

  private void noteSent(Collection<RolloutState> rollouts, Instant now) {
    Set<ResourceName> running = new HashSet<>();
    for (RolloutState state : rollouts) {
      ResourceName name = state.spec().name();
      running.add(name);
      Sent known = sent.get(name);
      if (known == null || known.generation() != state.split().generation()) {
        sent.put(name, new Sent(state.split().generation(), now));
      }
    }
    sent.keySet().retainAll(running);
    counts.retain(running);
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
    Sent put = sent.get(rollout.spec().name());
    Optional<TrafficPlan> plan = rollout.plan();
    long generation = rollout.split().generation();
    if (put == null || put.generation() != generation || plan.isEmpty()) {
      return rollout.clusters(); // answers about another split say nothing of this one
    }
    return counts.count(
        rollout.spec().name(),
        new FleetCounts.Against(generation, staging.moves() + target.bases().revision()),
        () -> step(rollout, plan.get(), put.at()),
        view -> noteAck(rollout, plan.get(), view),
        now);
  }

  private ConvergenceGate.Step step(RolloutState rollout, TrafficPlan plan, Instant sentAt) {
    ResourceName service = plan.service();
    return new ConvergenceGate.Step(
        target.tables(service),
        new PlanVersions(plan, target, history),
        proxy -> staging.keptFrom(proxy, service),
        sentAt,
        rollout.policy().convergence().timeout());
  }

  /** Evidence of a proxy counts from its own ACK of the whole split on. */
  private void noteAck(RolloutState rollout, TrafficPlan plan, ProxyView view) {
    target.tables(plan.service(), view.proxy()).stream()
        .map(table ->
            view.resource(table.typeUrl(), table.name()).ackedAt().orElse(view.connectedAt()))
        .max(Comparator.naturalOrder())
        .ifPresent(at ->
            windows.acked(rollout.spec().name(), view.proxy().nodeId(), plan.generation(), at));
  }

  @Override
  public ImmutableList<Refused> takeRefusals() {
    ImmutableList.Builder<Refused> refused = ImmutableList.builder();
    for (Nack nack = nacks.poll(); nack != null; nack = nacks.poll()) {
      for (ResourceName service : blamed(nack)) {
        refused.add(
            new Refused(
                service, nack.proxy().nodeId(), nack.proxy().group().meshCluster(), nack.words()));
      }
    }
    return refused.build();
  }

  /**
   * The services whose plans differ between what a proxy uses and what it refused. One probe at a
   * time is sent one rollout's change, so of it that is one.
   */
  private ImmutableSet<ResourceName> blamed(Nack nack) {
    ResourceKey table = nack.table();
    Map<ResourceName, TrafficPlan> refused =
        history.plans(nack.proxy(), table, nack.version()).orElse(ImmutableSortedMap.of());
    Map<ResourceName, TrafficPlan> used =
        ads.fleetView()
            .proxy(nack.proxy().nodeId())
            .flatMap(view -> view.resource(table.typeUrl(), table.name()).ackedVersion())
            .flatMap(version -> history.plans(nack.proxy(), table, version))
            .orElse(ImmutableSortedMap.of());
    return refused.entrySet().stream()
        .filter(e -> target.tables(e.getKey(), nack.proxy()).contains(table))
        .filter(e -> !e.getValue().equals(used.get(e.getKey())))
        .map(Map.Entry::getKey)
        .collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public ImmutableSortedSet<String> meshClusters(ResourceName service) {
    ImmutableSet<ResourceKey> tables = target.tables(service);
    ImmutableSortedSet.Builder<String> clusters = ImmutableSortedSet.naturalOrder();
    for (ProxyView view : ads.fleetView().proxies()) {
      if (view.connected()
          && tables.stream()
              .filter(table -> view.subscribes(table.typeUrl(), table.name()))
              .anyMatch(target.tables(service, view.proxy())::contains)) {
        clusters.add(view.proxy().group().meshCluster());
      }
    }
    return clusters.build();
  }

  @Override
  public boolean mayHave(String envoyCluster) {
    return target.bases().mayHave(envoyCluster);
  }

  @Override
  public void tick(Instant now) {
    long revision = target.bases().revision();
    if (revision != seenRevision) {
      seenRevision = revision;
      tellClashes();
      staging.lookAgain();
    }
    staging.tick(now);
  }

  private void tellClashes() {
    ImmutableSortedSet<String> now =
        target.bases().inUse().stream()
            .limit(CLASHES_OF)
            .flatMap(base -> target.config().clashes(SOME_ENVOY, base).stream())
            .collect(ImmutableSortedSet.toImmutableSortedSet(String::compareTo));
    if (!now.equals(clashes)) {
      clashes = now;
      now.forEach(clash ->
          log.warn("mesh.base: {} is in two bases (expected: one; the first counts)", clash));
    }
  }

  /** What two bases, or a base and the services, both have; the first one's is served. */
  public ImmutableSortedSet<String> clashes() {
    return clashes;
  }

  /** Whether Serin publishes a resource of that name for its services. Any thread. */
  public boolean isOwn(String typeUrl, String name) {
    return target.config().render(SOME_ENVOY).snapshot().resource(typeUrl, name).isPresent();
  }

  /** What bases have has changed: proxies are asked about anew. Any thread. */
  public void rebased() {
    staging.serveAgain();
  }

  @Override
  public Optional<String> refusal(Proxy proxy) {
    return target.rendered(proxy).refusals().stream()
        .map(refusal -> refusal.service() + " " + refusal.reason())
        .reduce((a, b) -> a + "; " + b);
  }

  @Override
  public void joined(Proxy proxy, Instant at) {
    counts.changed(proxy.nodeId());
  }

  @Override
  public void left(Proxy proxy, Instant at) {
    windows.left(proxy.nodeId());
    counts.changed(proxy.nodeId());
  }

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
    if (decidesRoutes(typeUrl)) {
      counts.changed(proxy.nodeId());
    }
  }

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    log.warn(
        "proxy refused a resource node={} type={} name={} version={} words={}",
        proxy.nodeId(),
        typeUrl,
        name,
        version,
        message);
    if (decidesRoutes(typeUrl)) {
      counts.changed(proxy.nodeId());
      // Words only: the counts decide.
      var ignored = nacks.offer(new Nack(proxy, new ResourceKey(typeUrl, name), version, message));
    }
  }

  private static boolean decidesRoutes(String typeUrl) {
    return switch (typeUrl) {
      case TypeUrls.ROUTES,
          TypeUrls.LISTENER,
          TypeUrls.SCOPED_ROUTES,
          TypeUrls.VIRTUAL_HOST,
          TypeUrls.RUNTIME ->
          true;
      default -> false;
    };
  }
}
