package dev.serin.store.sqlite;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.ResourceKey;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoreException.Kind;
import dev.serin.spi.StoredResource;
import dev.serin.spi.StreamSnapshot;
import java.sql.Connection;
import java.sql.PreparedStatement;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.util.HashMap;
import java.util.Map;

/** Writes a batch. The caller gives the connection its turn and its transaction. */
record StoreWriter(Connection connection) {

  void write(Batch batch) throws SQLException, StoreException {
    append(batch.entries());
    for (StreamSnapshot snapshot : batch.snapshots()) {
      keep(snapshot);
    }
    for (StoredResource put : batch.puts()) {
      put(put);
    }
    for (ResourceKey key : batch.deletes()) {
      delete(key);
    }
  }

  private void append(ImmutableList<Entry> entries) throws SQLException, StoreException {
    Map<String, Long> heads = new HashMap<>();
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT INTO entries (stream, seq, at, kind, body) VALUES (?, ?, ?, ?, ?)")) {
      for (Entry entry : entries) {
        Long known = heads.get(entry.stream());
        long expected = (known == null ? head(entry.stream()) : known) + 1;
        if (entry.seq() != expected) {
          throw conflict(
              "entry %d of %s (expected: %d, the next of its stream)"
                  .formatted(entry.seq(), entry.stream(), expected));
        }
        heads.put(entry.stream(), entry.seq());
        insert.setString(1, entry.stream());
        insert.setLong(2, entry.seq());
        insert.setString(3, entry.at().toString());
        insert.setString(4, entry.kind());
        insert.setString(5, entry.body());
        insert.executeUpdate();
      }
    }
    try (PreparedStatement update =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO streams (stream, head) VALUES (?, ?)")) {
      for (Map.Entry<String, Long> head : heads.entrySet()) {
        update.setString(1, head.getKey());
        update.setLong(2, head.getValue());
        update.executeUpdate();
      }
    }
  }

  private void keep(StreamSnapshot snapshot) throws SQLException, StoreException {
    long head = head(snapshot.stream());
    long stored = number("SELECT seq FROM snapshots WHERE stream = ?", snapshot.stream());
    if (snapshot.seq() > head || snapshot.seq() < stored) {
      throw conflict(
          "snapshot after entry %d of %s (expected: %d, the stored snapshot, to %d, the last entry)"
              .formatted(snapshot.seq(), snapshot.stream(), stored, head));
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO snapshots (stream, seq, body) VALUES (?, ?, ?)")) {
      insert.setString(1, snapshot.stream());
      insert.setLong(2, snapshot.seq());
      insert.setString(3, snapshot.body());
      insert.executeUpdate();
    }
  }

  private void put(StoredResource put) throws SQLException, StoreException {
    try (PreparedStatement query =
        connection.prepareStatement(
            "SELECT revision, body FROM resources WHERE kind = ? AND tenant = ? AND name = ?")) {
      name(query, put.key());
      try (ResultSet rows = query.executeQuery()) {
        if (rows.next()) {
          requireNewer(put, rows.getLong(1), rows.getString(2));
        }
      }
    }
    try (PreparedStatement insert =
        connection.prepareStatement(
            "INSERT OR REPLACE INTO resources (kind, tenant, name, revision, body)"
                + " VALUES (?, ?, ?, ?, ?)")) {
      name(insert, put.key());
      insert.setLong(4, put.revision());
      insert.setString(5, put.body());
      insert.executeUpdate();
    }
  }

  private static void requireNewer(StoredResource put, long revision, String body)
      throws StoreException {
    boolean same = put.revision() == revision && put.body().equals(body);
    if (!same && put.revision() <= revision) {
      throw conflict(
          "%s revision %d (expected: above %d, the stored one)"
              .formatted(put.key(), put.revision(), revision));
    }
  }

  private void delete(ResourceKey key) throws SQLException {
    try (PreparedStatement delete =
        connection.prepareStatement(
            "DELETE FROM resources WHERE kind = ? AND tenant = ? AND name = ?")) {
      name(delete, key);
      delete.executeUpdate();
    }
  }

  private static void name(PreparedStatement statement, ResourceKey key) throws SQLException {
    statement.setString(1, key.kind());
    statement.setString(2, key.tenant());
    statement.setString(3, key.name());
  }

  private long head(String stream) throws SQLException {
    return number("SELECT head FROM streams WHERE stream = ?", stream);
  }

  /** The number that a query for one stream finds, 0 for a stream that it does not know. */
  private long number(String sql, String stream) throws SQLException {
    try (PreparedStatement query = connection.prepareStatement(sql)) {
      query.setString(1, stream);
      try (ResultSet rows = query.executeQuery()) {
        return rows.next() ? rows.getLong(1) : 0;
      }
    }
  }

  private static StoreException conflict(String what) {
    return new StoreException(Kind.CONFLICT, what + "; another writer was here, load again");
  }
}
