package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.ResourceKey;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoredResource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the store: what must be durable before it is acted upon, and what is owed to the store
 * because it was acted upon first. Owned by the loop's thread; {@link #trouble} is for any. Writing
 * is done by a thread of its own: a disk that hangs must not keep the loop from lowering anything.
 */
final class Ledger {
  /** A store that failed is tried again so often when nothing else is to be written. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  /** A server that stops leaves a store that does not answer alone after so long. */
  private static final Duration STOPPING = Duration.ofSeconds(5);

  private static final Logger log = LoggerFactory.getLogger(Ledger.class);

  private final Store store;
  private final StreamPositions positions;
  private final LoopMetrics metrics;
  private final List<Entry> owedEntries = new ArrayList<>();
  private final TreeMap<ResourceKey, StoredResource> owedPuts = new TreeMap<>();
  private final Duration patience;
  private final ExecutorService writer =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().name("serin-journal").daemon().factory());

  private final ExecutorService asideWriter =
      Executors.newSingleThreadExecutor(Thread.ofPlatform().name("serin-aside").daemon().factory());

  private String aside;

  /** What the store has not answered yet. */
  private @Nullable Writing writing;

  private Instant retryAt = Instant.MIN;
  private volatile boolean fenced;

  private volatile Optional<String> trouble = Optional.empty();

  /**
   * A way to a store.
   *
   * @param patience how long its answer is waited for
   */
  Ledger(Store store, StreamPositions positions, LoopMetrics metrics, Duration patience)
      throws StoreException {
    this.aside = store.aside();
    this.patience = patience;
    this.store = store;
    this.positions = positions;
    this.metrics = metrics;
  }

  /**
   * A turn on its way to the store.
   *
   * @param positions that it was numbered from
   */
  private record Writing(
      ControlTurn turn,
      StreamPositions positions,
      Instant since,
      Future<Optional<StoreException>> done) {

    boolean isAnswered(Duration patience) {
      try {
        var ignored = done.get(patience.toNanos(), TimeUnit.NANOSECONDS);
        return true;
      } catch (TimeoutException notYet) {
        return false;
      } catch (InterruptedException stopping) {
        Thread.currentThread().interrupt();
        return false;
      } catch (ExecutionException bug) {
        return true;
      }
    }

    /** Why it was not stored; empty when it was. */
    Optional<StoreException> answer() {
      return switch (done.state()) {
        case SUCCESS -> done.resultNow();
        case FAILED ->
            throw new IllegalStateException("the store ran into a bug", done.exceptionNow());
        case RUNNING, CANCELLED -> throw new IllegalStateException("the store was not awaited");
      };
    }
  }

  /** What came of an append. */
  sealed interface Result {
    /** There was nothing to write. */
    record Nothing() implements Result {}

    record Stored() implements Result {}

    /** The store has not answered in time: what becomes of the turn is told by {@link #landed}. */
    record Unanswered(String reason) implements Result {}

    /** Nothing was written; the turn must be forgotten. */
    record Refused(String reason) implements Result {}
  }

  /** What has become of a turn that was not answered in time. */
  sealed interface Landing {
    /** There is none, or there is no answer yet. */
    record None() implements Landing {}

    /** It is stored after all; what was lowered meanwhile was decided without it. */
    record Stored(ControlTurn turn) implements Landing {}

    /** It was not stored, and is forgotten. */
    record Lost(String reason) implements Landing {}
  }

  /** Why writing does not work; empty when all is well. Any thread. */
  Optional<String> trouble() {
    return trouble;
  }

  /**
   * Whether another server has written to this store. From then on this one decides nothing: it
   * would decide on a past that is no longer true. Any thread.
   */
  boolean fenced() {
    return fenced;
  }

  /**
   * Writes a turn, with everything owed before it, in one transaction. A store that does not answer
   * is waited for a moment and then left alone: until it has answered nothing else is written.
   */
  Result append(ControlTurn turn) {
    boolean onlyRetry = turn.isEmpty();
    if (onlyRetry && (trouble.isEmpty() || writing != null || turn.now().isBefore(retryAt))) {
      return new Result.Nothing();
    }
    if (writing != null) {
      return new Result.Refused(silent(writing));
    }
    Batch batch = withOwed(turn.batch());
    Writing begun =
        new Writing(turn, positions.copy(), turn.now(), writer.submit(() -> write(batch)));
    if (!begun.isAnswered(patience)) {
      metrics.storeError();
      writing = begun;
      return new Result.Unanswered(silent(begun));
    }
    Optional<StoreException> failure = begun.answer();
    if (failure.isPresent()) {
      return failed(turn.now(), failure.get());
    }
    stored();
    positions.advance(turn.entries());
    return onlyRetry ? new Result.Nothing() : new Result.Stored();
  }

  /** What has become of the turn that was not answered in time. */
  Landing landed(Instant now) {
    if (writing == null || !writing.isAnswered(Duration.ZERO)) {
      return new Landing.None();
    }
    Writing over = writing;
    writing = null;
    Optional<StoreException> failure = over.answer();
    if (failure.isPresent()) {
      return new Landing.Lost(failed(now, failure.get()).reason());
    }
    stored();
    positions.goBackTo(over.positions());
    positions.advance(over.turn().entries());
    return new Landing.Stored(over.turn());
  }

  /** Waits until the store has answered. */
  void await() {
    if (writing != null && !writing.isAnswered(STOPPING)) {
      log.error("the store has not answered for {}; it may hold what was last written", STOPPING);
    }
  }

  void close() {
    await();
    writer.shutdown();
    asideWriter.shutdown();
    try {
      if (!asideWriter.awaitTermination(STOPPING.toSeconds(), TimeUnit.SECONDS)) {
        log.error("what was to be kept aside has not been written for {}", STOPPING);
      }
    } catch (InterruptedException stopping) {
      Thread.currentThread().interrupt();
    }
  }

  /** On the writer's thread. */
  private Optional<StoreException> write(Batch batch) {
    try {
      long began = System.nanoTime();
      store.commit(batch);
      metrics.appended(System.nanoTime() - began);
      return Optional.empty();
    } catch (StoreException failure) {
      return Optional.of(failure);
    }
  }

  private void stored() {
    owedEntries.clear();
    owedPuts.clear();
    trouble.ifPresent(past -> log.info("the store takes writes again"));
    trouble = Optional.empty();
  }

  private String silent(Writing unanswered) {
    String reason = "the store has not answered since " + unanswered.since();
    if (trouble.isEmpty()) {
      log.error("{}", reason);
    }
    trouble = Optional.of(reason);
    return reason;
  }

  private Result.Refused failed(Instant now, StoreException failure) {
    metrics.storeError();
    retryAt = now.plus(RETRY);
    String reason =
        switch (failure.kind()) {
          case UNAVAILABLE -> "the store does not take writes: " + failure.getMessage();
          case CONFLICT, CORRUPT -> {
            fenced = true;
            yield "this server decides nothing any more, because its store holds something else"
                + " than it wrote ("
                + failure.getMessage()
                + "); make sure that no other server uses the store, then restart this one";
          }
        };
    if (!trouble.equals(Optional.of(reason))) {
      log.error("{}", reason, failure);
    }
    trouble = Optional.of(reason);
    return new Result.Refused(reason);
  }

  /**
   * Writes down, where the store takes it in spite of all, what is ahead of the journal. Nobody
   * waits for it: it has a thread of its own, since the writer's may hang.
   */
  void keepAside(String text) {
    if (text.equals(aside)) {
      return;
    }
    aside = text;
    var ignored =
        asideWriter.submit(() -> {
          try {
            store.keepAside(text);
          } catch (StoreException | RuntimeException failure) {
            log.error("what was lowered ahead of the journal is not kept aside either", failure);
          }
        });
  }

  /** Whether something was acted upon and is not stored. */
  boolean owes() {
    return !owedEntries.isEmpty();
  }

  /** Remembers what was acted upon before it could be written. */
  void owe(ControlTurn lowering) {
    owedEntries.addAll(lowering.entries());
    lowering.loweringDocuments().forEach(document -> owedPuts.put(document.key(), document));
    positions.advance(lowering.entries());
  }

  private Batch withOwed(Batch batch) {
    if (owedEntries.isEmpty()) {
      return batch;
    }
    TreeMap<ResourceKey, StoredResource> puts = new TreeMap<>(owedPuts);
    batch.puts().forEach(put -> puts.put(put.key(), put));
    batch.deletes().forEach(puts::remove);
    return new Batch(
        ImmutableList.<Entry>builder().addAll(owedEntries).addAll(batch.entries()).build(),
        batch.snapshots(),
        ImmutableList.copyOf(puts.values()),
        batch.deletes());
  }
}
