package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import dev.serin.spi.MemoryStore;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;

/** A store that notes what it is asked, and whose disk a test may hold. */
public final class JournalledStore implements Store {
  final List<Batch> commits = new ArrayList<>();

  /** What was kept aside. */
  final List<String> asides = new CopyOnWriteArrayList<>();

  /** Whoever commits waits for it. */
  volatile CountDownLatch disk = new CountDownLatch(0);

  /** After which entries it was asked for more. */
  public final List<Long> asked = new ArrayList<>();

  private final MemoryStore memory;
  private final Runnable committed;

  /**
   * Notes what this store is asked.
   *
   * @param committed called after every commit
   */
  JournalledStore(MemoryStore memory, Runnable committed) {
    this.memory = memory;
    this.committed = committed;
  }

  @Override
  public Loaded load() {
    return memory.load();
  }

  @Override
  public void commit(Batch batch) throws StoreException {
    try {
      disk.await();
    } catch (InterruptedException e) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "test: interrupted");
    }
    memory.commit(batch);
    commits.add(batch);
    committed.run();
  }

  @Override
  public ImmutableList<Entry> history(String stream, long afterSeq, int limit) {
    asked.add(afterSeq);
    return memory.history(stream, afterSeq, limit);
  }

  @Override
  public void keepAside(String text) {
    asides.add(text);
    memory.keepAside(text);
  }

  @Override
  public String aside() {
    return memory.aside();
  }

  @Override
  public void close() {}
}
