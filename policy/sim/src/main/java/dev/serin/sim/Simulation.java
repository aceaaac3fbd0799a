package dev.serin.sim;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.Window;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.Block;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Endpoints;
import dev.serin.rollout.Event;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.JournalEntry;
import dev.serin.rollout.RolloutState;
import java.time.Instant;
import java.util.Optional;
import java.util.PriorityQueue;
import org.jspecify.annotations.Nullable;

/** One run of a script, in virtual time, on one thread. */
public final class Simulation {

  private static final Instant BEGIN = Instant.parse("2026-11-22T12:00:00Z");
  private static final Block FREEZE =
      new Block(Block.Source.CALENDAR, "freeze year-end is in force", Optional.empty());
  private static final long TICK_MS = 5_000;
  private static final int LONGEST_HOP_MS = 1_500;

  private record Due(long at, long tie, long number, Runnable what) {}

  final Seams seams;
  final Chance chance;
  final Store store;
  final Fleet fleet;
  final Invariants invariants;
  long now;

  private final Script script;
  private final Traffic traffic;
  private final PriorityQueue<Due> queue =
      new PriorityQueue<>(
          java.util.Comparator.comparingLong(Due::at)
              .thenComparingLong(Due::tie)
              .thenComparingLong(Due::number));
  private long number;
  private long lastWindow;
  private int pressed;
  private Server leader;
  private @Nullable Server replaced;
  boolean closed;
  private Endpoints endpoints = Endpoints.UNKNOWN;
  private HookCall.Result hooksSay = HookCall.Result.PASS;

  private Simulation(Script script, Seams seams) {
    this.script = script;
    this.seams = seams;
    this.chance = new Chance(script.seed());
    RolloutState first =
        RolloutState.pending(
            new RolloutSpec(
                ResourceName.parse("shop/checkout-v2"),
                ImmutableSortedMap.of(),
                ResourceName.parse("shop/checkout"),
                "v2",
                "standard",
                true),
            script.policy(),
            "v1",
            "salt",
            BEGIN);
    this.store = new Store(seams, first);
    this.fleet = new Fleet(script.proxies());
    this.traffic = new Traffic(seams, script, fleet);
    this.invariants = new Invariants(this, traffic);
    this.leader = new Server(this, store.lead(), first);
  }

  /** Runs a script to its end, or to the first violation. */
  public static Outcome run(Script script) {
    return run(script, Seams.NONE);
  }

  static Outcome run(Script script, Seams seams) {
    Simulation simulation = new Simulation(script, seams);
    Optional<Violation> violation = Optional.empty();
    try {
      simulation.run();
    } catch (Broken broken) {
      violation = Optional.of(broken.violation);
    }
    return new Outcome(
        violation,
        simulation.invariants.events(),
        simulation.invariants.fingerprint(),
        simulation.leader.state);
  }

  private void run() {
    for (Act act : script.acts()) {
      at(act.at().toMillis(), () -> perform(act.what()));
    }
    at(TICK_MS, this::tick);
    at(Traffic.WINDOW.toMillis(), this::window);
    long end = script.length().toMillis();
    while (!queue.isEmpty() && queue.peek().at() <= end) {
      Due due = queue.remove();
      now = due.at();
      due.what().run();
    }
  }

  Instant instant() {
    return BEGIN.plusMillis(now);
  }

  Server leader() {
    return leader;
  }

  void at(long when, Runnable what) {
    long mine = number++;
    queue.add(new Due(when, chance.between(0, 1 << 20, 3, mine), mine, what));
  }

  private long hop(long purpose, long about) {
    return now + chance.between(1, LONGEST_HOP_MS, purpose, about * 7_919 + now);
  }

  // The passing of time.

  private void tick() {
    at(now + TICK_MS, this::tick);
    blocks(leader);
    give(leader, new Event.Tick(instant()));
    invariants.told();
    if (replaced != null) {
      replaced.take(new Event.Tick(instant()));
    }
  }

  private void window() {
    at(now + Traffic.WINDOW.toMillis(), this::window);
    Optional<TrafficPlan> plan = leader.state.plan();
    if (!leader.alive || plan.isEmpty() || now < traffic.silentUntil) {
      return;
    }
    Window window = traffic.window(plan.get(), now);
    Server to = leader;
    lastWindow = Math.max(lastWindow + 1, now + traffic.lagMs);
    at(lastWindow, () -> give(to, new Event.Observed(instant(), window)));
  }

  /** Gives the server an event, and before it what the fleet has come to by now. */
  private void give(Server server, Event event) {
    report(server);
    server.take(event);
  }

  private void report(Server server) {
    if (server.alive && server.split().generation() > 0 && !server.state.isOver()) {
      ImmutableSortedMap<String, ClusterConvergence> counts = counts(server, server.state);
      if (!counts.equals(server.state.clusters())) {
        server.take(new Event.ConvergenceReported(instant(), server.split().generation(), counts));
      }
    }
  }

  /** What is true of the fleet now. */
  ImmutableSortedMap<String, ClusterConvergence> counts(Server server, RolloutState state) {
    return fleet.counts(
        state.planOf(state.split()),
        server.publishedAt,
        script.policy().convergence().timeout().toMillis(),
        now);
  }

  // What the server does.

  void publish(Server server, TrafficPlan plan, boolean urgent) {
    if (server == leader) {
      invariants.publishes(plan, urgent);
      fleet.proxies.forEach(proxy -> push(proxy, plan));
    }
  }

  private void push(Proxy proxy, TrafficPlan plan) {
    if (!proxy.connected || plan.equals(proxy.sent) || plan.equals(proxy.acked)) {
      return;
    }
    if (proxy.refused.contains(plan) && !seams.sendsRefusedAgain()) {
      return;
    }
    invariants.sends(proxy, plan);
    proxy.sent = plan;
    proxy.sentAt = now;
    int connection = proxy.connection;
    at(hop(21, proxy.id), () -> deliver(proxy, connection, plan));
  }

  private void deliver(Proxy proxy, int connection, TrafficPlan plan) {
    if (connection != proxy.connection || !proxy.connected || !plan.equals(proxy.sent)) {
      return;
    }
    if (proxy.way == Act.Way.STALLS) {
      return;
    }
    boolean accepts = proxy.way != Act.Way.NACKS;
    if (accepts && proxy.way != Act.Way.PRETENDS) {
      proxy.applied = Optional.of(plan);
    }
    at(hop(22, proxy.id), () -> answer(proxy, connection, plan, accepts));
  }

  private void answer(Proxy proxy, int connection, TrafficPlan plan, boolean accepts) {
    if (connection != proxy.connection || !proxy.connected) {
      return;
    }
    if (accepts) {
      proxy.acked = plan;
      proxy.ackedAt = now;
      report(leader);
    } else {
      proxy.refused.add(plan);
      leader.take(
          new Event.Nacked(instant(), plan.generation(), proxy.node(), proxy.cluster, "bad route"));
      report(leader);
    }
  }

  void withdraw() {
    fleet.proxies.forEach(proxy -> {
      proxy.applied = Optional.empty();
      proxy.sent = null;
      proxy.acked = null;
    });
  }

  void ask(Server server, HookCall call) {
    boolean dumb = hooksSay == HookCall.Result.NONE;
    HookCall.Result result = hooksSay;
    at(
        dumb ? now + 40_000 : hop(31, call.step()),
        () ->
            give(
                server,
                new Event.HookAnswered(
                    instant(),
                    call.hook(),
                    call.event(),
                    call.step(),
                    call.attempt(),
                    result,
                    "because")));
  }

  // What happens to it.

  private void perform(Act.What what) {
    switch (what) {
      case Act.Manners(int proxy, Act.Way way) -> {
        fleet.proxies.get(proxy).way = way;
        traffic.behaves(proxy, way);
      }
      case Act.Vanish(int proxy, var away) -> vanish(fleet.proxies.get(proxy), away.toMillis());
      case Act.CanaryFails(double ratio) -> {
        traffic.canaryFails = ratio;
        traffic.everBroken |= ratio > 0;
      }
      case Act.BothFail(double ratio) -> {
        traffic.bothFail = ratio;
        traffic.everBroken |= ratio > 0;
      }
      case Act.TelemetryStops(var away) -> traffic.silentUntil = now + away.toMillis();
      case Act.TelemetryLags(var lag) -> traffic.lagMs = lag.toMillis();
      case Act.CountersReset() -> traffic.reset = true;
      case Act.HooksSay(var result) -> hooksSay = result;
      case Act.Calendar(boolean closes) -> {
        closed = closes;
        blocks(leader);
      }
      case Act.Count(int canary, int stable) -> {
        endpoints = new Endpoints(canary, stable, true);
        give(leader, new Event.CapacityReported(instant(), endpoints));
      }
      case Act.Press press -> press(press);
      case Act.Crash(var away) -> crash(away.toMillis());
      case Act.TakeOver() -> takeOver();
    }
  }

  private void blocks(Server server) {
    ImmutableList<Block> blocks =
        closed && !server.state.isUrgent() ? ImmutableList.of(FREEZE) : ImmutableList.of();
    if (!blocks.equals(server.state.blocks())) {
      give(server, new Event.BlocksReported(instant(), blocks));
    }
  }

  private void press(Act.Press press) {
    By by = new By(press.who(), "a reason", "request-" + pressed++);
    Event command = Commands.of(press, by, instant(), script.opening());
    give(leader, command);
    if (replaced != null) {
      replaced.take(command);
    }
    if (press.verb() == Act.Verb.URGENT) {
      blocks(leader);
    }
  }

  private void vanish(Proxy proxy, long away) {
    if (!proxy.connected) {
      return;
    }
    disconnect(proxy);
    at(now + away, () -> connect(proxy));
  }

  private void disconnect(Proxy proxy) {
    proxy.connected = false;
    proxy.connection++;
    proxy.lastSeen = now;
    proxy.sent = null;
  }

  private void connect(Proxy proxy) {
    if (proxy.connected) {
      return;
    }
    if (!leader.alive) {
      at(hop(41, proxy.id), () -> connect(proxy));
      return;
    }
    proxy.connected = true;
    proxy.connectedAt = now;
    leader.state.plan().ifPresentOrElse(plan -> serve(proxy, plan), () -> forget(proxy));
  }

  private void serve(Proxy proxy, TrafficPlan plan) {
    // Only what is on disk is served to whoever comes; the rest follows with its sync.
    TrafficPlan durable = store.shadow().plan().orElse(plan);
    boolean lowers = plan.weightPpm() <= durable.weightPpm();
    push(proxy, plan.equals(durable) || lowers ? plan : durable);
  }

  private static void forget(Proxy proxy) {
    proxy.applied = Optional.empty();
    proxy.acked = null;
  }

  private void crash(long away) {
    if (!leader.alive) {
      return;
    }
    leader.alive = false;
    store.lose();
    fleet.proxies.stream().filter(proxy -> proxy.connected).forEach(this::disconnect);
    at(now + away, this::start);
  }

  private void takeOver() {
    if (!leader.alive) {
      return;
    }
    invariants.replayed(store.sync(store.size()));
    replaced = leader;
    fleet.proxies.stream().filter(proxy -> proxy.connected).forEach(this::disconnect);
    start();
  }

  private void start() {
    RolloutState recovered = store.first();
    for (JournalEntry entry : seams.recovered(store.durable())) {
      recovered = seams.decide(recovered, entry.event()).state();
    }
    leader = new Server(this, store.lead(), recovered);
    Optional<Integer> owed = store.owed();
    invariants.recovers(recovered, seams.served(recovered));
    owed.filter(ppm -> leader.split().weightPpm() > ppm)
        .ifPresent(ppm ->
            leader.take(new Event.Abort(instant(), new By("serin", "lowered before", ""), true)));
    for (Proxy proxy : fleet.proxies) {
      at(hop(42, proxy.id), () -> connect(proxy));
    }
    leader.state.openQuestions().forEach(call -> ask(leader, call));
    blocks(leader);
    give(leader, new Event.CapacityReported(instant(), endpoints));
  }
}
