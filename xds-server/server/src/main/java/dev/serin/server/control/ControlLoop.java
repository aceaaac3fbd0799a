package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.plan.TrafficPlan;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Pending.Answer;
import dev.serin.server.control.Pending.Attempt;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The thread that owns every rollout. Each turn takes what has arrived, decides, appends, and only
 * then acts.
 *
 * <p>Turns run every {@link #PERIOD} and at once when a command arrives. When the store refuses, a
 * turn is dropped and its commands refused, except that a decision which only lowers exposure acts
 * first and is appended when the store is back; when it does not answer in time the same happens,
 * and the turn is taken up should it be stored after all. When the store turns out to hold what
 * this server has not written, it decides nothing any more and goes on serving what it served.
 */
public final class ControlLoop implements AutoCloseable {
  /** How often the loop looks for closed windows, due timers and answers of the fleet. */
  static final Duration PERIOD = Duration.ofMillis(100);

  /** A disk syncs within tens of milliseconds; what lowers exposure waits no longer than this. */
  public static final Duration PATIENCE = Duration.ofSeconds(1);

  private static final String LOWERED =
      "; what only lowers exposure was done and will be stored later";

  private static final String STOPPING = "the server is stopping";

  private static final Logger log = LoggerFactory.getLogger(ControlLoop.class);

  private final Serving serving;
  private final EvidenceSource evidence;
  private final InstantSource clock;
  private final RolloutOperations operations;
  private final Observations observations;
  private final HookDesk hooks;
  private final Outbox outbox;
  private final StreamPositions positions;
  private final Ledger ledger;
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("serin-control").daemon().factory());
  private final Callers callers = new Callers();
  private final AtomicBoolean awake = new AtomicBoolean();
  private final List<Consumer<Catalog>> listeners;
  private final LoopMetrics metrics;
  private final StoreDoubt storeDoubt;

  /** Owned by the loop's thread. */
  private Requests requests;

  private volatile boolean started;
  private volatile Catalog catalog;
  private volatile Optional<String> trouble = Optional.empty();

  /** What acted before it was stored, while that is owed. Owned by the loop's thread. */
  private final Ahead ahead;

  /** Whether what is served is behind the catalogue. Owned by the loop's thread. */
  private boolean publishDue;

  /**
   * Restores everything from the store.
   *
   * @param patience how long the store's answer is waited for before what lowers exposure goes
   *     first
   * @param listeners hear of every new catalogue, on the loop's thread
   * @throws StoreException when the store cannot be read
   */
  public ControlLoop(
      Store store,
      Duration patience,
      Serving serving,
      EvidenceSource evidence,
      HookClient hooks,
      Courier courier,
      InstantSource clock,
      LoopMetrics metrics,
      List<Consumer<Catalog>> listeners)
      throws StoreException {
    this.serving = serving;
    this.evidence = evidence;
    this.clock = clock;
    this.metrics = metrics;
    this.listeners = ImmutableList.copyOf(listeners);
    Outside outside = new Outside();
    this.operations = new RolloutOperations(serving, evidence, outside);
    Recovery recovery = Recovery.of(store.load());
    this.catalog = recovery.catalog();
    this.storeDoubt =
        new StoreDoubt(
            recovery.trust(),
            command -> {
              var ignored = submit(false, command);
            });
    this.requests = recovery.requests();
    this.positions = recovery.positions();
    this.ledger = new Ledger(store, positions, metrics, patience);
    this.hooks = new HookDesk(hooks, this::wake);
    this.outbox = new Outbox(courier, name -> catalog().channel(name), this::wake);
    this.observations =
        new Observations(recovery, serving, evidence, operations, outside, this.hooks, metrics);
    serving.restore(recovery.standings());
    this.ahead = Ahead.restored(store);
    Instant now = clock.instant();
    keepLow(now);
    catalog.rollouts().values().forEach(rollout -> follow(rollout.state(), now));
    outbox.take(recovery.notifications());
    serving.publish(catalog, now);
    listeners.forEach(listener -> listener.accept(catalog));
  }

  /** Begins to take turns; commands that came before wait for the first one. */
  public void start() {
    started = true;
    var ignored =
        thread.scheduleWithFixedDelay(
            this::turnSafely, 0, PERIOD.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** What is known now; immutable. */
  public Catalog catalog() {
    return catalog;
  }

  /** Whether the decisions are this server's. */
  public boolean decides() {
    return !ledger.fenced();
  }

  /** Why the server should not be relied upon; empty when all is well. */
  public Optional<String> trouble() {
    return ledger.trouble().or(storeDoubt::lost).or(() -> trouble);
  }

  /** Whether the store is the one that proxies were served from. */
  public StoreDoubt storeDoubt() {
    return storeDoubt;
  }

  /** Runs a command in the next turn; the answer comes when it is durable. */
  <T> CompletableFuture<Outcome<T>> submit(
      boolean checkOnly, Function<ControlTurn, Outcome<T>> command) {
    CompletableFuture<Outcome<T>> answer = new CompletableFuture<>();
    callers.arrive(new Pending<>(command, checkOnly, answer));
    wake();
    if (thread.isShutdown()) {
      callers.refuseArrived(STOPPING);
    }
    return answer;
  }

  /** Waits until the store has answered what was written last. */
  void awaitStore() {
    ledger.await();
  }

  RolloutOperations operations() {
    return operations;
  }

  /** Takes a turn soon: something has happened. */
  public void wake() {
    if (started && awake.compareAndSet(false, true)) {
      try {
        var ignored = thread.submit(this::turnSafely);
      } catch (RejectedExecutionException stopping) {
        // The callers are told by whoever stops the loop, or by submit.
      }
    }
  }

  private void turnSafely() {
    awake.set(false);
    try {
      turn(clock.instant());
      if (!publishDue) {
        trouble = Optional.empty();
      }
    } catch (RuntimeException bug) {
      report("a turn failed", bug);
    }
  }

  /** A bug that stays is logged once. */
  private void report(String what, RuntimeException bug) {
    metrics.bug();
    Optional<String> now = Optional.of(what + ": " + bug);
    if (!now.equals(trouble)) {
      log.error("{}", what, bug);
    }
    trouble = now;
  }

  /** One turn. Called on the loop's thread; tests call it by hand. */
  void turn(Instant now) {
    takeUpWhatLanded(now);
    if (ledger.fenced()) {
      callers.refuseArrived(ledger.trouble().orElse(STOPPING));
      serving.tick(now);
      return;
    }
    publishWhatIsDue(now);
    ControlTurn turn = new ControlTurn(catalog, requests, positions, now, serving::mayHave);
    List<Answer<?>> answers = new ArrayList<>();
    try {
      for (Pending<?> next = callers.next(); next != null; next = callers.next()) {
        turn = run(next, turn, answers);
      }
      observations.observe(turn);
      if (ledger.trouble().isEmpty()) {
        outbox.settled().forEach(turn::settle);
      }
      commit(turn, answers);
    } catch (RuntimeException bug) {
      answers.forEach(answer -> answer.fail(bug));
      throw bug;
    }
    serving.tick(now);
  }

  /** A command that runs into a bug fails alone. */
  private ControlTurn run(Pending<?> pending, ControlTurn turn, List<Answer<?>> answers) {
    try {
      Attempt attempt = pending.attempt(turn);
      answers.add(attempt.answer());
      return attempt.turn();
    } catch (RuntimeException bug) {
      metrics.bug();
      log.error("a command failed; nothing of it was stored or acted upon", bug);
      pending.fail(bug);
      return turn;
    }
  }

  private void commit(ControlTurn turn, List<Answer<?>> answers) {
    switch (ledger.append(turn)) {
      case Ledger.Result.Nothing nothing -> answers.forEach(Answer::give);
      case Ledger.Result.Stored stored -> {
        turn.stored();
        act(turn);
        answers.forEach(Answer::give);
      }
      case Ledger.Result.Unanswered(String reason) -> {
        if (lowerFirst(turn)) {
          Callers.refuse(answers, reason + LOWERED);
        } else {
          callers.keepWaiting(answers); // they hear what has become of it
        }
      }
      case Ledger.Result.Refused(String reason) ->
          Callers.refuse(answers, !ledger.fenced() && lowerFirst(turn) ? reason + LOWERED : reason);
    }
    if (!ledger.owes()) {
      ahead.clear();
    }
    ledger.keepAside(ahead.text());
  }

  /** Acts on what of a turn only lowers exposure; whether there is something of that kind. */
  private boolean lowerFirst(ControlTurn turn) {
    Optional<ControlTurn> part = turn.loweringOnly();
    part.ifPresent(lowering -> {
      log.warn("lowering exposure before it is stored: {}", lowering.changedRollouts().keySet());
      ledger.owe(lowering);
      ahead.note(lowering);
      act(lowering);
    });
    return part.isPresent();
  }

  private void takeUpWhatLanded(Instant now) {
    switch (ledger.landed(now)) {
      case Ledger.Landing.None none -> {}
      case Ledger.Landing.Stored(ControlTurn late) -> {
        ImmutableList<Answer<?>> waited = callers.takeWaiting();
        adopt(late, now);
        waited.forEach(Answer::give);
      }
      case Ledger.Landing.Lost(String reason) -> Callers.refuse(callers.takeWaiting(), reason);
    }
  }

  /**
   * Takes up what was stored after all, and was not acted upon. What was lowered meanwhile stays
   * low: where the late turn gives the canary more, it is taken back before anybody is served it.
   */
  private void adopt(ControlTurn late, Instant now) {
    log.warn("the store has answered late; taking up {}", late.changedRollouts().keySet());
    late.stored();
    outbox.follow(late);
    long revision = catalog.revision();
    catalog = ahead.isEmpty() ? late.after() : late.after().notBefore(revision + 1);
    requests = late.requests();
    late.changedRollouts()
        .forEach((name, rollout) -> rollout.ifPresent(live -> follow(live.state(), now)));
    publishDue = true;
    keepLow(now);
    publishWhatIsDue(now);
    tellListeners();
  }

  /** What was lowered ahead of what is stored stays low; that is stored now, or owed again. */
  private void keepLow(Instant now) {
    ControlTurn turn = new ControlTurn(catalog, requests, positions, now, serving::mayHave);
    ahead.keepLow(turn);
    ahead.clear();
    commit(turn, ImmutableList.of());
  }

  private void act(ControlTurn turn) {
    catalog = turn.after();
    requests = turn.requests();
    outbox.follow(turn);
    // Evidence is awaited before the split is sent: the first ACK may come at once.
    turn.changedRollouts()
        .forEach((name, rollout) ->
            rollout.ifPresentOrElse(live -> follow(live.state(), turn.now()), () -> forget(name)));
    publishDue |= turn.routesChanged();
    publishWhatIsDue(turn.now());
    tellListeners();
  }

  private void tellListeners() {
    for (Consumer<Catalog> listener : listeners) {
      try {
        listener.accept(catalog);
      } catch (RuntimeException bug) {
        metrics.bug();
        log.error("a listener of the catalogue failed", bug);
      }
    }
  }

  /** What was decided is published, in the next turn if not in this one. */
  private void publishWhatIsDue(Instant now) {
    if (!publishDue) {
      return;
    }
    try {
      serving.publish(catalog, now);
      publishDue = false;
    } catch (RuntimeException bug) {
      report("publishing failed", bug);
    }
  }

  private void forget(ResourceName rollout) {
    evidence.unwatch(rollout);
    hooks.forget(rollout);
  }

  private void follow(RolloutState state, Instant now) {
    hooks.follow(state);
    if (state.plan().filter(TrafficPlan::exposesCanary).isPresent()) {
      evidence.watch(state, now);
    } else {
      evidence.unwatch(state.spec().name());
    }
  }

  @Override
  public void close() {
    thread.shutdown();
    try {
      if (!thread.awaitTermination(5, TimeUnit.SECONDS)) {
        thread.shutdownNow();
      }
    } catch (InterruptedException interrupted) {
      thread.shutdownNow();
      Thread.currentThread().interrupt();
    }
    ledger.close();
    Callers.refuse(callers.takeWaiting(), STOPPING);
    callers.refuseArrived(STOPPING);
  }
}
