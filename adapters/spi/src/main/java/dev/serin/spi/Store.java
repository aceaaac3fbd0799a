package dev.serin.spi;

import com.google.common.collect.ImmutableList;

/**
 * Where Serin keeps what it must not forget: its resources, and a journal of decisions per stream.
 *
 * <p>A store knows no domain type. Bodies are text whose meaning belongs to the caller, and a
 * stream is a name with a gapless sequence of entries. Decisions are journalled before they are
 * acted upon, so {@link #commit} is all or nothing and survives a power cut once it has returned.
 *
 * <p>Implementations take calls from any thread and run them one at a time.
 */
public interface Store extends AutoCloseable {

  /**
   * Everything a server needs to resume: resources, newest snapshots, and the entries after them.
   */
  Loaded load() throws StoreException;

  /**
   * Writes one batch in one durable transaction.
   *
   * <p>Refused as {@link StoreException.Kind#CONFLICT}, with nothing changed, when another writer
   * has been here: an entry is not the next of its stream, a snapshot lies beyond its stream's last
   * entry or behind the stored snapshot, or a resource's revision is behind the stored one or has
   * another body under the same revision. A delete of a resource that is not there does nothing.
   * Entries are never deleted with a resource: they are the audit log.
   *
   * <p>After {@link StoreException.Kind#UNAVAILABLE} nothing of the batch is visible to this store,
   * and the same batch may be tried again. A server that ends before it tries again may find the
   * batch there or not, but never a part of it.
   */
  void commit(Batch batch) throws StoreException;

  /**
   * The entries of one stream with a sequence number above {@code afterSeq}, ascending.
   *
   * @param afterSeq 0 for the beginning
   * @param limit the most entries to return, at least 1
   */
  ImmutableList<Entry> history(String stream, long afterSeq, int limit) throws StoreException;

  /**
   * Keeps a short text where it can be written although {@link #commit} cannot: it needs no room
   * that was not there before, and waits for no commit that is under way. It takes the place of
   * what was kept before; empty is nothing.
   *
   * @param text at most 60,000 bytes
   */
  void keepAside(String text) throws StoreException;

  /** What was kept aside last; empty when nothing was. */
  String aside() throws StoreException;

  /** Releases the store for another server. Calls after this one fail as UNAVAILABLE. */
  @Override
  void close();
}
