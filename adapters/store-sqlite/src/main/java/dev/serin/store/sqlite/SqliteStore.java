package dev.serin.store.sqlite;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoreException.Kind;
import java.io.IOException;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import org.sqlite.SQLiteConfig;
import org.sqlite.SQLiteConfig.JournalMode;
import org.sqlite.SQLiteConfig.Pragma;
import org.sqlite.SQLiteConfig.SynchronousMode;
import org.sqlite.SQLiteConfig.TempStore;

/**
 * A {@link Store} in one SQLite file.
 *
 * <p>Durability rests on {@code journal_mode=WAL} with {@code synchronous=FULL}: a commit returns
 * when its frames of the write-ahead log are synced, and a tail torn by a power cut fails its
 * checksum and is left out as a whole (sqlite.org/wal.html,
 * sqlite.org/pragma.html#pragma_synchronous).
 */
public final class SqliteStore implements Store {

  private static final Logger log = LoggerFactory.getLogger(SqliteStore.class);

  /**
   * How long to wait for someone who holds the file with the sqlite3 shell: the caller decides on
   * rollouts, and a way down acts without the store once it is told that the store does not answer.
   */
  private static final Duration BUSY = Duration.ofSeconds(1);

  private final Path file;
  private final StoreLock lock;
  private final Connection connection;
  private final AsideFile aside;
  private final ReentrantLock turn = new ReentrantLock();
  private boolean closed;

  private SqliteStore(Path file, StoreLock lock, Connection connection, AsideFile aside) {
    this.file = file;
    this.lock = lock;
    this.connection = connection;
    this.aside = aside;
  }

  /**
   * Opens a store, and makes it where there is none: the file with mode 0600, its folder with 0700.
   *
   * @throws StoreException UNAVAILABLE when another server has the file or it cannot be reached;
   *     CORRUPT when it fails SQLite's check, is not Serin's, or is of a newer release
   */
  public static SqliteStore open(Path file) throws StoreException {
    Path absolute = file.toAbsolutePath().normalize();
    StoreLock lock = null;
    Connection connection = null;
    AsideFile aside = null;
    boolean opened = false;
    try {
      Path parent = absolute.getParent();
      if (parent == null) {
        throw new StoreException(Kind.UNAVAILABLE, file + " is a folder (expected: a file)");
      }
      PrivateFiles.createFolderIfMissing(parent);
      PrivateFiles.createIfMissing(absolute);
      // Two paths to one file must meet at one lock.
      Path real = absolute.toRealPath();
      lock = StoreLock.acquire(real);
      connection = connect(real);
      verify(connection, real);
      Schema.migrate(connection, real);
      aside = AsideFile.open(real);
      opened = true;
      return new SqliteStore(real, lock, connection, aside);
    } catch (IOException e) {
      throw new StoreException(Kind.UNAVAILABLE, "cannot open " + absolute + ": " + e, e);
    } catch (SQLException e) {
      throw SqliteFailure.of(absolute, "cannot open", e);
    } finally {
      if (!opened) {
        release(connection, lock, aside);
      }
    }
  }

  private static Connection connect(Path file) throws SQLException {
    SQLiteConfig config = new SQLiteConfig();
    config.setJournalMode(JournalMode.WAL);
    config.setSynchronous(SynchronousMode.FULL);
    config.setBusyTimeout((int) BUSY.toMillis());
    // Where fsync stops at the drive's cache (macOS) ask for the sync that does not.
    config.setPragma(Pragma.FULL_SYNC, "true");
    // Sorting a long journal must not need room on a disk that may be full.
    config.setTempStore(TempStore.MEMORY);
    return config.createConnection("jdbc:sqlite:" + file);
  }

  private static void verify(Connection connection, Path file) throws SQLException, StoreException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA quick_check(3)")) {
      StringBuilder problems = new StringBuilder();
      while (rows.next()) {
        problems.append(problems.isEmpty() ? "" : "; ").append(rows.getString(1));
      }
      if (!problems.toString().equals("ok")) {
        throw SqliteFailure.corrupt(file, "integrity check: " + problems);
      }
    }
  }

  /** One use of the connection. */
  @FunctionalInterface
  private interface Work<T> {
    T run() throws SQLException, StoreException;
  }

  private <T> T inTurn(String doing, Work<T> work) throws StoreException {
    turn.lock();
    try {
      if (closed) {
        throw new StoreException(Kind.UNAVAILABLE, file + " is closed (expected: an open store)");
      }
      return work.run();
    } catch (SQLException e) {
      throw SqliteFailure.of(file, doing, e);
    } finally {
      turn.unlock();
    }
  }

  private <T> T inTransaction(String begin, Work<T> work) throws SQLException, StoreException {
    boolean done = false;
    execute(begin);
    try {
      T result = work.run();
      execute("COMMIT");
      done = true;
      return result;
    } finally {
      if (!done) {
        rollback();
      }
    }
  }

  @Override
  public Loaded load() throws StoreException {
    return inTurn(
        "cannot read",
        () -> inTransaction("BEGIN", () -> new StoreReader(connection, file).load()));
  }

  @Override
  public ImmutableList<Entry> history(String stream, long afterSeq, int limit)
      throws StoreException {
    if (limit < 1) {
      throw new IllegalArgumentException("limit: " + limit + " (expected: >= 1)");
    }
    return inTurn(
        "cannot read", () -> new StoreReader(connection, file).history(stream, afterSeq, limit));
  }

  @Override
  public void commit(Batch batch) throws StoreException {
    if (batch.isEmpty()) {
      return;
    }
    inTurn(
        "cannot write",
        () ->
            inTransaction(
                "BEGIN IMMEDIATE",
                () -> {
                  new StoreWriter(connection).write(batch);
                  return batch;
                }));
  }

  @Override
  public void keepAside(String text) throws StoreException {
    try {
      aside.keep(text);
    } catch (IOException e) {
      throw new StoreException(Kind.UNAVAILABLE, "cannot keep aside " + file + ": " + e, e);
    }
  }

  @Override
  public String aside() {
    return aside.text();
  }

  private void execute(String sql) throws SQLException {
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate(sql);
    }
  }

  private void rollback() {
    try {
      execute("ROLLBACK");
    } catch (SQLException e) {
      // A full disk and a failed write have already rolled back (sqlite.org/lang_transaction.html).
      log.debug("rollback of {}: {}", file, e.getMessage());
    }
  }

  @Override
  public void close() {
    turn.lock();
    try {
      if (!closed) {
        closed = true;
        release(connection, lock, aside);
      }
    } finally {
      turn.unlock();
    }
  }

  private static void release(
      @Nullable Connection connection, @Nullable StoreLock lock, @Nullable AsideFile aside) {
    try {
      if (aside != null) {
        aside.close();
      }
    } catch (IOException e) {
      log.warn("closing what was kept aside: {}", e.getMessage());
    }
    try {
      if (connection != null) {
        connection.close();
      }
    } catch (SQLException e) {
      log.warn("closing the store: {}", e.getMessage());
    }
    try {
      if (lock != null) {
        lock.close();
      }
    } catch (IOException e) {
      log.warn("releasing the store's lock: {}", e.getMessage());
    }
  }
}
