package dev.serin.server.api;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Sets;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Collections;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;

/**
 * The open watches on rollouts. A watcher that reads slowly gets the latest state of each rollout,
 * not every one between: it costs no memory and delays nobody.
 */
public final class RolloutWatches implements AutoCloseable {
  /** Deletions that a watch which comes back late may still be told of. */
  private static final int MAX_DELETIONS = 1_000;

  private final Set<RolloutWatcher> watchers = ConcurrentHashMap.newKeySet();
  private volatile Optional<Past> past = Optional.empty();
  private volatile boolean closed;

  /**
   * What a watch that goes on from a revision has to know of the past.
   *
   * @param latest the catalogue that this belongs to
   * @param deletions by name, with the revision of each
   * @param since the revision from which on every deletion is known
   */
  record Past(Catalog latest, ImmutableSortedMap<ResourceName, Long> deletions, long since) {
    static final Past NONE = at(Catalog.EMPTY);

    static Past at(Catalog first) {
      return new Past(first, ImmutableSortedMap.of(), first.revision());
    }

    Past then(Catalog next) {
      TreeMap<ResourceName, Long> gone = new TreeMap<>(deletions);
      Sets.difference(latest.rollouts().keySet(), next.rollouts().keySet())
          .forEach(name -> gone.put(name, next.revision()));
      gone.keySet().removeAll(next.rollouts().keySet());
      long from = since;
      while (gone.size() > MAX_DELETIONS) {
        var oldest = Collections.min(gone.entrySet(), Map.Entry.comparingByValue());
        gone.remove(oldest.getKey());
        from = oldest.getValue();
      }
      return new Past(next, ImmutableSortedMap.copyOf(gone), from);
    }

    /** Whether all that happened after a revision can be told. */
    boolean reaches(long revision) {
      return revision >= since && revision <= latest.revision();
    }
  }

  /** Tells every watcher; called by the loop with each new catalogue, beginning with the first. */
  public void changed(Catalog catalog) {
    Past now = past.map(before -> before.then(catalog)).orElseGet(() -> Past.at(catalog));
    past = Optional.of(now);
    watchers.forEach(watcher -> watcher.offer(now));
  }

  /** Opens a watch: what is there, then every change, until the caller leaves. */
  void open(
      WatchRolloutsRequest request, ServerCallStreamObserver<WatchRolloutsResponse> observer) {
    RolloutWatcher watcher =
        new RolloutWatcher(request, new CallReader<>(observer), watchers::remove);
    observer.setOnCancelHandler(() -> watchers.remove(watcher));
    observer.setOnReadyHandler(watcher::drain);
    begin(watcher);
  }

  /** Opens a watch for another kind of reader. */
  OpenWatch open(WatchRolloutsRequest request, WatchReader<WatchRolloutsResponse> reader) {
    RolloutWatcher watcher = new RolloutWatcher(request, reader, watchers::remove);
    begin(watcher);
    return new OpenWatch(watcher::drain, () -> watchers.remove(watcher));
  }

  private void begin(RolloutWatcher watcher) {
    watchers.add(watcher);
    watcher.offer(past.orElse(Past.NONE));
    if (closed) {
      watcher.end();
    }
  }

  /** Tells every reader to come back later, rather than to be cut off with the connection. */
  @Override
  public void close() {
    closed = true;
    watchers.forEach(RolloutWatcher::end);
    watchers.clear();
  }
}
