package dev.serin.store.sqlite;

import com.google.common.base.Throwables;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoreException.Kind;
import java.nio.file.Path;
import java.sql.SQLException;
import org.sqlite.SQLiteException;

/** Turns SQLite's result codes (sqlite.org/rescode.html) into what a caller can do about them. */
final class SqliteFailure {

  private SqliteFailure() {}

  static StoreException of(Path file, String doing, SQLException e) {
    Kind kind = kindOf(e);
    String next =
        switch (kind) {
          case CONFLICT -> "another writer changed it first";
          case UNAVAILABLE -> "free disk space or repair the device; it will be tried again";
          case CORRUPT -> advice(file);
        };
    return new StoreException(
        kind,
        doing + " " + file + ": " + Throwables.getRootCause(e).getMessage() + " (" + next + ")",
        e);
  }

  static StoreException corrupt(Path file, String what) {
    return new StoreException(Kind.CORRUPT, file + ": " + what + " (" + advice(file) + ")");
  }

  private static String advice(Path file) {
    return "move "
        + file.getFileName()
        + ", its -wal and its -shm aside together and put a backup in their place;"
        + " `sqlite3 FILE .recover` saves what can be read";
  }

  private static Kind kindOf(SQLException e) {
    if (!(e instanceof SQLiteException sqlite)) {
      return Kind.UNAVAILABLE;
    }
    // An extended code carries its primary code in the low byte.
    return switch (sqlite.getResultCode().code & 0xff) {
      // ERROR is a statement that does not fit the schema, which this program wrote.
      case 1, 11, 24, 26 -> Kind.CORRUPT; // ERROR CORRUPT FORMAT NOTADB
      case 19 -> Kind.CONFLICT; // CONSTRAINT
      default -> Kind.UNAVAILABLE; // PERM BUSY LOCKED NOMEM READONLY IOERR FULL CANTOPEN ...
    };
  }
}
