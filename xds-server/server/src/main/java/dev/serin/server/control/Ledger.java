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
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The way to the store: what must be durable before it is acted upon, and what is owed to the store
 * because it was acted upon first. Owned by the loop's thread; {@link #trouble} is for any.
 */
final class Ledger {
  /** A store that failed is tried again so often when nothing else is to be written. */
  private static final Duration RETRY = Duration.ofSeconds(1);

  private static final Logger log = LoggerFactory.getLogger(Ledger.class);

  private final Store store;
  private final StreamPositions positions;
  private final LoopMetrics metrics;
  private final List<Entry> owedEntries = new ArrayList<>();
  private final TreeMap<ResourceKey, StoredResource> owedPuts = new TreeMap<>();
  private Instant retryAt = Instant.MIN;
  private volatile boolean fenced;

  private volatile Optional<String> trouble = Optional.empty();

  Ledger(Store store, StreamPositions positions, LoopMetrics metrics) {
    this.store = store;
    this.positions = positions;
    this.metrics = metrics;
  }

  /** What came of an append. */
  sealed interface Result {
    /** There was nothing to write. */
    record Nothing() implements Result {}

    record Stored() implements Result {}

    /** Nothing was written; the turn must be forgotten. */
    record Refused(String reason) implements Result {}
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

  /** Writes a turn, with everything owed before it, in one transaction. */
  Result append(ControlTurn turn) {
    boolean onlyRetry = turn.isEmpty();
    if (onlyRetry && (trouble.isEmpty() || turn.now().isBefore(retryAt))) {
      return new Result.Nothing();
    }
    try {
      long began = System.nanoTime();
      store.commit(withOwed(turn.batch()));
      metrics.appended(System.nanoTime() - began);
    } catch (StoreException failure) {
      return failed(turn.now(), failure);
    }
    owedEntries.clear();
    owedPuts.clear();
    trouble.ifPresent(past -> log.info("the store takes writes again"));
    trouble = Optional.empty();
    positions.advance(turn.entries());
    return onlyRetry ? new Result.Nothing() : new Result.Stored();
  }

  private Result failed(Instant now, StoreException failure) {
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

  /** Remembers what was acted upon before it could be written. */
  void owe(ControlTurn lowering) {
    owedEntries.addAll(lowering.entries());
    lowering.serviceDocuments().forEach(document -> owedPuts.put(document.key(), document));
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
