package dev.serin.store.sqlite;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.StoreException;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;

/**
 * Brings a file to the present layout. Migrations are numbered files beside this class; the file's
 * {@code user_version} is the number of the last one it has had. A migration, once released, is
 * never edited.
 */
final class Schema {

  /** "Serin" as SQLite's {@code application_id}, so that another program's file is not touched. */
  static final int APPLICATION_ID = 0x5345524e;

  private Schema() {}

  static void migrate(Connection connection, Path file) throws SQLException, StoreException {
    ImmutableList<String> migrations = migrations();
    int version = pragma(connection, "user_version");
    int application = pragma(connection, "application_id");
    if (application != APPLICATION_ID && !isEmpty(connection)) {
      throw SqliteFailure.corrupt(
          file,
          "application_id %#x (expected: %#x, a store that Serin made)"
              .formatted(application, APPLICATION_ID));
    }
    if (version > migrations.size()) {
      throw SqliteFailure.corrupt(
          file,
          "schema %d was written by a newer Serin (expected: at most %d; start that release again)"
              .formatted(version, migrations.size()));
    }
    if (version == migrations.size()) {
      return;
    }
    try (Statement statement = connection.createStatement()) {
      statement.executeUpdate("BEGIN IMMEDIATE");
      statement.executeUpdate("PRAGMA application_id = " + APPLICATION_ID);
      for (int next = version + 1; next <= migrations.size(); next++) {
        statement.executeUpdate(migrations.get(next - 1));
      }
      statement.executeUpdate("PRAGMA user_version = " + migrations.size());
      statement.executeUpdate("COMMIT");
      // The layout never depends on the log's tail.
      statement.executeUpdate("PRAGMA wal_checkpoint(TRUNCATE)");
    }
  }

  private static boolean isEmpty(Connection connection) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("SELECT count(*) FROM sqlite_schema")) {
      return rows.getInt(1) == 0;
    }
  }

  private static int pragma(Connection connection, String name) throws SQLException {
    try (Statement statement = connection.createStatement();
        ResultSet rows = statement.executeQuery("PRAGMA " + name)) {
      return rows.getInt(1);
    }
  }

  private static ImmutableList<String> migrations() {
    ImmutableList.Builder<String> found = ImmutableList.builder();
    for (int number = 1; ; number++) {
      String name = "%03d.sql".formatted(number);
      try (InputStream in = Schema.class.getResourceAsStream(name)) {
        if (in == null) {
          return found.build();
        }
        found.add(new String(in.readAllBytes(), StandardCharsets.UTF_8));
      } catch (IOException e) {
        throw new UncheckedIOException(name, e);
      }
    }
  }
}
