package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
import dev.serin.judge.Window;
import dev.serin.policy.Analysis;
import dev.serin.policy.Channel;
import dev.serin.policy.Hook;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Event;
import dev.serin.rollout.HookCall;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.spi.Entry;
import dev.serin.spi.MemoryStore;
import dev.serin.spi.Notification;
import dev.serin.spi.StoreException;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiFunction;
import java.util.function.Consumer;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A control loop whose turns, time, fleet and evidence are the test's. No thread runs: the loop is
 * never started, so a command waits for {@link #turn()}.
 */
public final class Bench implements Serving, EvidenceSource {
  public static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
  public static final By ANN = new By("ann", "because", "");
  public static final ResourceName CHECKOUT = ResourceName.parse("shop/checkout");
  public static final ResourceName V2 = ResourceName.parse("shop/checkout-v2");
  public static final ResourceName V3 = ResourceName.parse("shop/checkout-v3");

  final MemoryStore memory;
  public final JournalledStore store;
  public ControlLoop loop;
  public Control control;
  Instant now = T0;

  /** What the fleet answers about a split that was published; null is nothing yet. */
  volatile @Nullable ClusterConvergence answer;

  /** No proxy is connected, and none is remembered: a server that has just started. */
  boolean nobodyYet;

  /** Hears of every catalogue. */
  public volatile Consumer<Catalog> later = catalog -> {};

  /** How long the next loop waits for its store; long, since nothing is to depend on it. */
  Duration patience = Duration.ofMinutes(1);

  boolean publishFails;

  final List<Catalog> published = new ArrayList<>();
  final List<String> events = new ArrayList<>();
  final Map<ResourceName, Long> watched = new HashMap<>();
  final List<Closed> windows = new ArrayList<>();
  final List<Refused> refusals = new ArrayList<>();

  /** Questions to hooks, with what their answer completes. */
  final Map<HookClient.Question, CompletableFuture<HookClient.Answer>> asked =
      new LinkedHashMap<>();

  /** What was handed over to be told, with what its delivery completes. */
  final Map<Notification, CompletableFuture<Void>> carried = new LinkedHashMap<>();

  /** What the kinds of proxies have, and what a new loop was told that they had. */
  ImmutableList<KindStanding> standings = ImmutableList.of();

  ImmutableList<KindStanding> restored = ImmutableList.of();

  public Bench() {
    this(new MemoryStore());
  }

  Bench(MemoryStore memory) {
    this.memory = memory;
    this.store = new JournalledStore(memory, () -> events.add("commit"));
    restart();
  }

  /** A new loop on what the store holds. */
  void restart() {
    try {
      loop =
          new ControlLoop(
              store,
              patience,
              this,
              this,
              this::ask,
              this::carry,
              () -> now,
              new LoopMetrics(new SimpleMeterRegistry()),
              List.of(
                  catalog -> events.add("told " + catalog.revision()),
                  catalog -> later.accept(catalog)));
    } catch (StoreException e) {
      throw new IllegalStateException(e);
    }
    control = new Control(loop);
  }

  private CompletableFuture<HookClient.Answer> ask(Hook hook, HookClient.Question question) {
    CompletableFuture<HookClient.Answer> answer = new CompletableFuture<>();
    asked.put(question, answer);
    return answer;
  }

  private CompletableFuture<Void> carry(
      Notification notification, Supplier<Optional<Channel>> channel) {
    CompletableFuture<Void> settled = new CompletableFuture<>();
    carried.put(notification, settled);
    return settled;
  }

  // ---- what a test does

  /** The hook that was asked last answers. */
  Bench answers(HookCall.Result result) {
    asked.values().stream()
        .reduce((a, b) -> b)
        .orElseThrow()
        .complete(new HookClient.Answer(result, "because"));
    return turn();
  }

  Bench turn() {
    loop.turn(now);
    return this;
  }

  Bench turns(int seconds) {
    for (int i = 0; i < seconds; i++) {
      now = now.plusSeconds(1);
      turn();
    }
    return this;
  }

  /** The answer that the next turn gives. */
  <T> Outcome<T> ask(CompletableFuture<Outcome<T>> asked) {
    turn();
    assertThat(asked).isCompleted();
    return asked.join();
  }

  <T> T done(CompletableFuture<Outcome<T>> asked) {
    Outcome<T> outcome = ask(asked);
    assertThat(outcome).isInstanceOf(Outcome.Done.class);
    return ((Outcome.Done<T>) outcome).value();
  }

  <T> Outcome.Refused<T> refused(CompletableFuture<Outcome<T>> asked) {
    Outcome<T> outcome = ask(asked);
    assertThat(outcome).isInstanceOf(Outcome.Refused.class);
    return (Outcome.Refused<T>) outcome;
  }

  CompletableFuture<Outcome<ImmutableList<Control.Applied>>> apply(Wanted... wanted) {
    return control.apply(List.of(wanted), ANN, false);
  }

  CompletableFuture<Outcome<LiveRollout>> verb(
      ResourceName rollout, BiFunction<Instant, By, Event.Command> event) {
    return verb(rollout, ANN, event);
  }

  CompletableFuture<Outcome<LiveRollout>> verb(
      ResourceName rollout, By by, BiFunction<Instant, By, Event.Command> event) {
    return control.command(rollout, false, at -> event.apply(at, by));
  }

  CompletableFuture<Outcome<LiveRollout>> abort(ResourceName rollout) {
    return verb(rollout, (at, by) -> new Event.Abort(at, by, false));
  }

  /** Service, policy and rollout to v2; the fleet has not answered yet. */
  public Bench started(Analysis analysis) {
    done(apply(Wants.service("v1", "v2", "v3"), Wants.policy(analysis), Wants.release(V2, "v2")));
    return this;
  }

  /** The same, and the fleet runs the first step. */
  Bench baking(Analysis analysis) {
    started(analysis).fleetAcks();
    turn();
    return in(V2, Phase.PROGRESSING);
  }

  public Bench fleetAcks() {
    answer = new ClusterConvergence(3, 3, 0, 0, 0);
    return this;
  }

  /** A window of ten seconds under the split in force. */
  Bench window(ResourceName rollout, long canary, long canaryErrors, long stable) {
    now = now.plusSeconds(10);
    RolloutState state = state(rollout);
    windows.add(
        new Closed(
            rollout,
            new Window(
                state.split().generation(),
                Duration.between(T0, now).toSeconds() - 10.0,
                Duration.ofSeconds(10),
                state.split().weightPpm(),
                ImmutableSortedMap.of(
                    "default",
                    new Window.Arms(
                        new ArmCounts(canary, canaryErrors, Histogram.NONE),
                        new ArmCounts(stable, 0, Histogram.NONE))),
                ImmutableSortedMap.of(),
                true)));
    return this;
  }

  Bench in(ResourceName rollout, Phase phase) {
    assertThat(state(rollout).phase()).as(state(rollout).reason()).isEqualTo(phase);
    return this;
  }

  RolloutState state(ResourceName rollout) {
    return live(rollout).state();
  }

  LiveRollout live(ResourceName rollout) {
    return of(loop.catalog(), rollout);
  }

  static LiveRollout of(Catalog catalog, ResourceName rollout) {
    LiveRollout live = catalog.rollouts().get(rollout);
    if (live == null) {
      throw new AssertionError(rollout + " is not among " + catalog.rollouts().keySet());
    }
    return live;
  }

  String stable() {
    return loop.catalog().service(CHECKOUT).orElseThrow().stable();
  }

  int weight(ResourceName rollout) {
    return state(rollout).plan().map(plan -> plan.weightPpm()).orElse(0);
  }

  int publishedWeight(ResourceName rollout) {
    LiveRollout live = published.getLast().rollouts().get(rollout);
    return live == null ? 0 : live.state().plan().map(plan -> plan.weightPpm()).orElse(0);
  }

  List<String> journal(ResourceName rollout) {
    return memory.history(RolloutStream.stream(rollout), 0, 10_000).stream()
        .map(Entry::kind)
        .toList();
  }

  void assertGapless(ResourceName rollout) {
    long expected = 1;
    for (Entry entry : memory.history(RolloutStream.stream(rollout), 0, 10_000)) {
      assertThat(entry.seq()).isEqualTo(expected++);
    }
  }

  void storeFails(StoreException.Kind kind) {
    memory.failCommitsWith(new StoreException(kind, "test: " + kind));
  }

  void storeIsBack() {
    memory.failCommitsWith(null);
  }

  // ---- the serving side

  @Override
  public void publish(Catalog catalog, Instant at) {
    if (publishFails) {
      throw new IllegalStateException("test: publishing fails");
    }
    published.add(catalog);
    events.add("publish");
  }

  @Override
  public void restore(ImmutableList<KindStanding> known) {
    restored = known;
    standings = known;
  }

  @Override
  public ImmutableList<KindStanding> standings() {
    return standings;
  }

  @Override
  public ImmutableSortedMap<String, ClusterConvergence> convergence(
      RolloutState rollout, Instant at) {
    LiveRollout sent = of(published.getLast(), rollout.spec().name());
    assertThat(sent.state().split().generation())
        .as("asked about a split that was never published")
        .isEqualTo(rollout.split().generation());
    if (nobodyYet) {
      return ImmutableSortedMap.of();
    }
    return answer == null ? rollout.clusters() : ImmutableSortedMap.of("default", answer);
  }

  @Override
  public ImmutableList<Refused> takeRefusals() {
    ImmutableList<Refused> taken = ImmutableList.copyOf(refusals);
    refusals.clear();
    return taken;
  }

  @Override
  public ImmutableSortedSet<String> meshClusters(ResourceName service) {
    return ImmutableSortedSet.of("default");
  }

  @Override
  public void tick(Instant at) {}

  // ---- evidence

  @Override
  public void watch(RolloutState rollout, Instant at) {
    watched.put(rollout.spec().name(), rollout.split().generation());
    events.add("watch");
  }

  @Override
  public void unwatch(ResourceName rollout) {
    watched.remove(rollout);
  }

  @Override
  public ImmutableList<Closed> close(Instant at) {
    ImmutableList<Closed> taken = ImmutableList.copyOf(windows);
    windows.clear();
    return taken;
  }

  @Override
  public Baseline baseline(ResourceName service) {
    return Baseline.NONE;
  }

  @Override
  public OptionalDouble requestsPerSecond(ResourceName service) {
    return OptionalDouble.of(1000);
  }
}
