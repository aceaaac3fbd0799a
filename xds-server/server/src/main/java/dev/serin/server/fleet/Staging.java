package dev.serin.server.fleet;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.AdsService;
import dev.serin.ads.FleetListener;
import dev.serin.ads.Proxy;
import dev.serin.ads.ProxyKind;
import dev.serin.ads.ProxyView;
import dev.serin.ads.StagedSource;
import dev.serin.ads.StagedSource.Lane;
import dev.serin.ads.StagedSource.Outcome;
import dev.serin.ads.StagedSource.Tried;
import dev.serin.mesh.ResourceKey;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.CanaryPolicy.Convergence;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.rollout.Split;
import dev.serin.server.control.KindStanding;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;

/**
 * Brings every kind of proxies to what is to be served, each at its own pace: takes up what its
 * probes have answered, and offers it the next change.
 *
 * <p>The loop's thread moves it on. A kind's first proxy is met on a stream's thread; it is given
 * what the kind had when it was last known, also by the server before this one.
 */
final class Staging implements FleetListener {
  /** Proxies may begin to ask for what a change is in, and tell nobody. */
  private static final Duration LOOK_AGAIN = Duration.ofSeconds(5);

  /** Kinds come from what proxies say of themselves; so many that are away are remembered. */
  private static final int MAX_KINDS = 1_000;

  private final AdsService ads;
  private final SplitHistory history;
  private final StagedSource staged;

  private volatile Lanes lanes = Lanes.NOTHING;

  /** By the label of the kind. */
  private volatile ImmutableMap<String, KindState> states = ImmutableMap.of();

  private volatile boolean newcomers;

  // The loop's.
  private ImmutableList<KindStanding> restored = ImmutableList.of();
  private ImmutableSet<Published> inUse = ImmutableSet.of();
  private Instant lookAgain = Instant.MAX;
  private long moves;

  Staging(AdsService ads, SplitHistory history) {
    this.ads = ads;
    this.history = history;
    this.staged = new StagedSource(ads, this::meet);
  }

  void start() {
    ads.fleetView().addListener(this);
    staged.start();
  }

  /** Counts what has been served, so that a count of the fleet knows what it was taken against. */
  long moves() {
    return moves;
  }

  /** What kinds had when it was stored. Before the first {@link #aimAt}. */
  void restore(ImmutableList<KindStanding> standings) {
    restored = standings;
  }

  /**
   * Serves this from now on, as fast as it may be.
   *
   * @param rollouts under way, by service
   */
  void aimAt(Published target, Map<ResourceName, RolloutState> rollouts, Instant now) {
    ImmutableSortedMap.Builder<ResourceName, Convergence> rules = ImmutableSortedMap.naturalOrder();
    rollouts.forEach((service, state) -> rules.put(service, state.policy().convergence()));
    if (!restored.isEmpty()) {
      states = known(rollouts);
      restored = ImmutableList.of();
    }
    lanes = new Lanes(new Variants(target, inUse), rules.buildOrThrow());
    move(now, true);
  }

  private ImmutableMap<String, KindState> known(Map<ResourceName, RolloutState> rollouts) {
    Map<ResourceName, RolloutState> byName = new HashMap<>();
    rollouts.values().forEach(state -> byName.put(state.spec().name(), state));
    Map<String, KindState> known = new HashMap<>();
    for (KindStanding standing : restored) {
      RolloutState state = byName.get(standing.rollout());
      if (state != null) {
        known.merge(standing.kind(), stateOf(standing, state), Staging::both);
      }
    }
    return ImmutableMap.copyOf(known);
  }

  private static KindState stateOf(KindStanding standing, RolloutState rollout) {
    ResourceName service = rollout.spec().service();
    Split split = standing.split();
    return new KindState(
        split.generation() == 0
            ? ImmutableSortedMap.of()
            : ImmutableSortedMap.of(service, rollout.planOf(split)),
        standing
            .refusal()
            .map(refusal ->
                ImmutableSortedMap.of(
                    service,
                    new KindState.Refusal(
                        rollout.planOf(refusal.split()), refusal.node(), refusal.words())))
            .orElse(ImmutableSortedMap.of()),
        Optional.empty());
  }

  /** One kind has something of each rollout. */
  private static KindState both(KindState one, KindState other) {
    TreeMap<ResourceName, TrafficPlan> accepted = new TreeMap<>(one.accepted());
    accepted.putAll(other.accepted());
    TreeMap<ResourceName, KindState.Refusal> refused = new TreeMap<>(one.refused());
    refused.putAll(other.refused());
    return new KindState(
        ImmutableSortedMap.copyOf(accepted), ImmutableSortedMap.copyOf(refused), Optional.empty());
  }

  /** What the kinds have, in an order of its own. */
  ImmutableList<KindStanding> standings() {
    ImmutableList.Builder<KindStanding> all = ImmutableList.builder();
    states.forEach((kind, state) -> {
      Set<ResourceName> services = new HashSet<>(state.accepted().keySet());
      services.addAll(state.refused().keySet());
      for (ResourceName service : services) {
        TrafficPlan plan = state.accepted().get(service);
        KindState.Refusal refusal = state.refused().get(service);
        ResourceName rollout =
            plan == null ? Objects.requireNonNull(refusal).plan().rollout() : plan.rollout();
        all.add(
            new KindStanding(
                rollout,
                kind,
                plan == null ? Split.NONE : split(plan),
                Optional.ofNullable(refusal)
                    .map(r -> new KindStanding.Refusal(split(r.plan()), r.node(), r.words()))));
      }
    });
    return ImmutableList.sortedCopyOf(
        Comparator.comparing(KindStanding::rollout).thenComparing(KindStanding::kind), all.build());
  }

  private static Split split(TrafficPlan plan) {
    return new Split(plan.weightPpm(), plan.cohortPpm(), plan.generation(), plan.terms());
  }

  /** Why the proxy is kept from what is to be served of a service; empty when it is not. */
  Optional<String> keptFrom(Proxy proxy, ResourceName service) {
    KindState state = states.get(ProxyKind.of(proxy).label());
    return Optional.ofNullable(state)
        .map(known -> known.refused().get(service))
        .map(refusal -> "proxy " + refusal.node() + " rejected it: " + refusal.words());
  }

  private Lane meet(Proxy first) {
    KindState known = states.getOrDefault(ProxyKind.of(first).label(), KindState.NOTHING);
    Lanes.Chosen chosen =
        lanes.choose(
            known,
            new Lanes.Sight(ImmutableSet.of(first.group()), ImmutableSet.of(), ImmutableSet.of()),
            Instant.MIN); // the loop gives it its time when it takes up the newcomer
    note(chosen.lane());
    newcomers = true;
    return chosen.lane();
  }

  /** What is served has to be known before the first answer to it. */
  private void note(Lane lane) {
    lane.candidate().ifPresent(candidate -> history.add((Published) candidate.source()));
    history.add((Published) lane.current());
  }

  /** Somebody may have to be tried, or served, otherwise than at the last look. */
  void lookAgain() {
    newcomers = true;
  }

  /** Has everybody look at what is served. Any thread. */
  void serveAgain() {
    ads.publish(staged);
  }

  void tick(Instant now) {
    staged.tick();
    boolean answered =
        staged.look().tried().values().stream()
            .anyMatch(tried -> !(tried.outcome() instanceof Outcome.Open));
    if (answered || newcomers || !now.isBefore(lookAgain)) {
      move(now, false);
    }
  }

  @Override
  public void joined(Proxy proxy, Instant at) {
    if (!states.containsKey(ProxyKind.of(proxy).label())) {
      newcomers = true;
    }
  }

  /** Takes up what has been answered, and serves what follows from it. */
  private void move(Instant now, boolean always) {
    newcomers = false;
    moves++;
    boolean served = false;
    while (!served) {
      StagedSource.Served seen = staged.look();
      Map<ProxyKind, Lanes.Sight> sights = sights();
      Map<String, KindState> next = new HashMap<>(answered(seen.tried()));
      Map<ProxyKind, Lane> chosen = new HashMap<>();
      ImmutableSet.Builder<Published> used = ImmutableSet.builder();
      boolean changed = always;
      lookAgain = Instant.MAX;
      for (Map.Entry<ProxyKind, Lanes.Sight> entry : sights.entrySet()) {
        ProxyKind kind = entry.getKey();
        Lanes.Chosen one =
            lanes.choose(next.getOrDefault(kind.label(), KindState.NOTHING), entry.getValue(), now);
        next.put(kind.label(), one.state());
        chosen.put(kind, one.lane());
        changed |= !one.lane().equals(seen.lane(kind));
        note(one.lane());
        used.add(one.current());
        if (one.isUnderWay()) {
          lookAgain = now.plus(LOOK_AGAIN);
        }
      }
      forgetSome(next, sights.keySet());
      states = ImmutableMap.copyOf(next);
      inUse = used.build();
      served = staged.serve(seen, chosen, changed);
    }
  }

  /** What a proxy is to have now. */
  Snapshot served(Proxy proxy) {
    return staged.snapshot(proxy);
  }

  private static void forgetSome(Map<String, KindState> states, Set<ProxyKind> connected) {
    if (states.size() > MAX_KINDS) {
      Set<String> there = new HashSet<>();
      connected.forEach(kind -> there.add(kind.label()));
      states.keySet().retainAll(there);
    }
  }

  /** The kinds that are connected. */
  private Map<ProxyKind, Lanes.Sight> sights() {
    Map<ProxyKind, Lanes.Sight> sights = new HashMap<>();
    ImmutableSet<ResourceKey> tables = lanes.tables();
    for (ProxyView view : ads.fleetView().proxies()) {
      if (view.connected()) {
        Lanes.Sight sight =
            sights.computeIfAbsent(
                ProxyKind.of(view.proxy()),
                kind -> new Lanes.Sight(new HashSet<>(), new HashSet<>(), new HashSet<>()));
        sight.groups().add(view.proxy().group());
        sight.routes().addAll(view.type(TypeUrls.ROUTES).names());
        for (ResourceKey table : tables) {
          if (table.typeUrl().equals(TypeUrls.ROUTES)) {
            if (view.type(TypeUrls.ROUTES).wildcard()) {
              sight.routes().add(table.name());
            }
          } else if (view.subscribes(table.typeUrl(), table.name())) {
            sight.others().add(table);
          }
        }
      }
    }
    return sights;
  }

  /** What the kinds have when the outcomes of their trials are taken up. */
  private Map<String, KindState> answered(Map<ProxyKind, Tried> outcomes) {
    Map<String, KindState> next = new HashMap<>(states);
    outcomes.forEach((kind, tried) -> {
      KindState before = next.getOrDefault(kind.label(), KindState.NOTHING);
      ResourceName service = (ResourceName) tried.candidate().change();
      Published candidate = (Published) tried.candidate().source();
      TrafficPlan plan = Objects.requireNonNull(candidate.plans().get(service));
      switch (tried.outcome()) {
        case Outcome.Open open -> {}
        case Outcome.Passed passed -> {
          TreeMap<ResourceName, TrafficPlan> accepted = new TreeMap<>(before.accepted());
          accepted.put(service, plan);
          next.put(
              kind.label(),
              new KindState(
                  ImmutableSortedMap.copyOf(accepted), before.refused(), before.offered()));
        }
        case Outcome.Refused(String node, String words) -> {
          TreeMap<ResourceName, KindState.Refusal> refused = new TreeMap<>(before.refused());
          refused.put(service, new KindState.Refusal(plan, node, words));
          next.put(
              kind.label(),
              new KindState(
                  before.accepted(), ImmutableSortedMap.copyOf(refused), before.offered()));
        }
      }
    });
    return next;
  }
}
