package dev.serin.spi;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.StoreException.Kind;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** A store for tests that need its rules and not its disk. It forgets when it is dropped. */
public final class MemoryStore implements Store {

  private final TreeMap<ResourceKey, StoredResource> resources = new TreeMap<>();
  private final TreeMap<String, StreamSnapshot> snapshots = new TreeMap<>();
  private final List<Entry> entries = new ArrayList<>();
  private final Map<String, Long> heads = new HashMap<>();
  private @Nullable StoreException failure;
  private String aside = "";

  /** Lets every commit from now on fail with this, or succeed again with null. */
  public synchronized void failCommitsWith(@Nullable StoreException failure) {
    this.failure = failure;
  }

  @Override
  public synchronized Loaded load() {
    return new Loaded(
        ImmutableList.copyOf(resources.values()),
        ImmutableList.copyOf(snapshots.values()),
        entries.stream()
            .filter(entry -> entry.seq() > snapshotSeq(entry.stream()))
            .collect(ImmutableList.toImmutableList()));
  }

  @Override
  public synchronized void commit(Batch batch) throws StoreException {
    if (failure != null) {
      throw failure;
    }
    Map<String, Long> newHeads = new HashMap<>(heads);
    for (Entry entry : batch.entries()) {
      long expected = newHeads.getOrDefault(entry.stream(), 0L) + 1;
      require(entry.seq() == expected, "entry " + entry.seq() + ", expected " + expected);
      newHeads.put(entry.stream(), entry.seq());
    }
    for (StreamSnapshot snapshot : batch.snapshots()) {
      require(
          snapshot.seq() <= newHeads.getOrDefault(snapshot.stream(), 0L)
              && snapshot.seq() >= snapshotSeq(snapshot.stream()),
          "snapshot " + snapshot.seq());
    }
    for (StoredResource put : batch.puts()) {
      StoredResource stored = resources.get(put.key());
      require(
          stored == null || put.revision() > stored.revision() || put.equals(stored),
          put.key() + " revision " + put.revision());
    }
    heads.putAll(newHeads);
    entries.addAll(batch.entries());
    batch.snapshots().forEach(snapshot -> snapshots.put(snapshot.stream(), snapshot));
    batch.puts().forEach(put -> resources.put(put.key(), put));
    batch.deletes().forEach(resources::remove);
  }

  @Override
  public synchronized ImmutableList<Entry> history(String stream, long afterSeq, int limit) {
    return entries.stream()
        .filter(entry -> entry.stream().equals(stream) && entry.seq() > afterSeq)
        .limit(limit)
        .collect(ImmutableList.toImmutableList());
  }

  @Override
  public synchronized void keepAside(String text) {
    aside = text;
  }

  @Override
  public synchronized String aside() {
    return aside;
  }

  @Override
  public void close() {}

  private long snapshotSeq(String stream) {
    StreamSnapshot snapshot = snapshots.get(stream);
    return snapshot == null ? 0 : snapshot.seq();
  }

  private static void require(boolean condition, String what) throws StoreException {
    if (!condition) {
      throw new StoreException(Kind.CONFLICT, what);
    }
  }
}
