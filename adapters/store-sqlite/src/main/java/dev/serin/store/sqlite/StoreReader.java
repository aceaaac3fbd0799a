package dev.serin.store.sqlite;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoredResource;
import dev.serin.spi.StreamSnapshot;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.TreeMap;

/** The queries. The caller gives the connection its turn and its transaction. */
record StoreReader(Connection connection, Path file) {

  Loaded load() throws SQLException, StoreException {
    return new Loaded(resources(), snapshots(), tails());
  }

  ImmutableList<Entry> history(String stream, long afterSeq, int limit)
      throws SQLException, StoreException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT stream, seq, at, kind, body FROM entries"
                + " WHERE stream = ? AND seq > ? ORDER BY seq LIMIT ?")) {
      query.setString(1, stream);
      query.setLong(2, afterSeq);
      query.setInt(3, limit);
      return entries(query);
    }
  }

  private ImmutableList<StoredResource> resources() throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement(
                "SELECT kind, tenant, name, revision, body FROM resources"
                    + " ORDER BY kind, tenant, name");
        ResultSet rows = query.executeQuery()) {
      ImmutableList.Builder<StoredResource> found = ImmutableList.builder();
      while (rows.next()) {
        found.add(
            new StoredResource(
                rows.getString(1),
                rows.getString(2),
                rows.getString(3),
                rows.getLong(4),
                rows.getString(5)));
      }
      return found.build();
    }
  }

  private ImmutableList<StreamSnapshot> snapshots() throws SQLException {
    try (PreparedStatement query =
            connection.prepareStatement("SELECT stream, seq, body FROM snapshots ORDER BY stream");
        ResultSet rows = query.executeQuery()) {
      ImmutableList.Builder<StreamSnapshot> found = ImmutableList.builder();
      while (rows.next()) {
        found.add(new StreamSnapshot(rows.getString(1), rows.getLong(2), rows.getString(3)));
      }
      return found.build();
    }
  }

  /** Goes by the streams, so that a long history costs nothing at a start. */
  private ImmutableList<Entry> tails() throws SQLException, StoreException {
    ImmutableList<Entry> tails;
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT e.stream, e.seq, e.at, e.kind, e.body FROM streams t"
                + " LEFT JOIN snapshots s ON s.stream = t.stream"
                + " CROSS JOIN entries e ON e.stream = t.stream AND e.seq > coalesce(s.seq, 0)"
                + " ORDER BY e.position")) {
      tails = entries(query);
    }
    requireGapless(tails);
    return tails;
  }

  /** A check of SQLite's pages does not notice a row that is gone as a whole. */
  private void requireGapless(ImmutableList<Entry> tails) throws SQLException, StoreException {
    TreeMap<String, Long> last = new TreeMap<>();
    try (PreparedStatement query =
            connection.prepareStatement("SELECT stream, seq FROM snapshots");
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        last.put(rows.getString(1), rows.getLong(2));
      }
    }
    for (Entry entry : tails) {
      long expected = last.getOrDefault(entry.stream(), 0L) + 1;
      requireSeq(entry.stream(), entry.seq(), expected);
      last.put(entry.stream(), entry.seq());
    }
    try (PreparedStatement query = connection.prepareStatement("SELECT stream, head FROM streams");
        ResultSet rows = query.executeQuery()) {
      while (rows.next()) {
        requireSeq(rows.getString(1), last.getOrDefault(rows.getString(1), 0L), rows.getLong(2));
      }
    }
  }

  private void requireSeq(String stream, long seq, long expected) throws StoreException {
    if (seq != expected) {
      throw SqliteFailure.corrupt(
          file, "journal of %s has entry %d (expected: %d)".formatted(stream, seq, expected));
    }
  }

  private ImmutableList<Entry> entries(PreparedStatement query)
      throws SQLException, StoreException {
    try (ResultSet rows = query.executeQuery()) {
      ImmutableList.Builder<Entry> found = ImmutableList.builder();
      while (rows.next()) {
        found.add(
            new Entry(
                rows.getString(1),
                rows.getLong(2),
                instant(rows.getString(3)),
                rows.getString(4),
                rows.getString(5)));
      }
      return found.build();
    }
  }

  private Instant instant(String text) throws StoreException {
    try {
      return Instant.parse(text);
    } catch (DateTimeException e) {
      throw SqliteFailure.corrupt(file, "time " + text + " (expected: ISO 8601 in UTC)");
    }
  }
}
