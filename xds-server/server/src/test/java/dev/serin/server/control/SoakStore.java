package dev.serin.server.control;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;

/** Commits, and keeps nothing; does not answer at times. */
final class SoakStore implements Store {
  volatile boolean failing;
  volatile boolean committed;
  private volatile String aside = "";

  boolean takeCommitted() {
    return committed;
  }

  @Override
  public Loaded load() {
    return new Loaded(ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
  }

  @Override
  public void commit(Batch batch) throws StoreException {
    if (failing) {
      throw new StoreException(StoreException.Kind.UNAVAILABLE, "the soak: no answer");
    }
    committed = true;
  }

  @Override
  public ImmutableList<Entry> history(String stream, long afterSeq, int limit) {
    return ImmutableList.of();
  }

  @Override
  public void keepAside(String text) {
    aside = text;
  }

  @Override
  public String aside() {
    return aside;
  }

  @Override
  public void close() {}
}
