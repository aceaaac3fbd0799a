package dev.serin.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Loaded;
import dev.serin.spi.Store;
import dev.serin.spi.StoreContract;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoreException.Kind;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.sql.Connection;
import java.sql.DriverManager;
import java.sql.SQLException;
import java.sql.Statement;
import java.time.Duration;
import org.junit.jupiter.api.Test;

final class SqliteStoreTest extends StoreContract {

  @Override
  protected Store open(Path folder) throws StoreException {
    return SqliteStore.open(file(folder));
  }

  private static Path file(Path folder) {
    return folder.resolve("state").resolve("serin.db");
  }

  private static Path wal(Path file) {
    return file.resolveSibling(file.getFileName() + "-wal");
  }

  private void assertDoesNotOpen(Path file, Kind kind, String... words) {
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> SqliteStore.open(file).close())
        .satisfies(e -> assertThat(e.kind()).isEqualTo(kind))
        .satisfies(e -> assertThat(e.getMessage()).contains(words));
  }

  private static void sql(Path file, String... statements) throws SQLException {
    try (Connection connection = DriverManager.getConnection("jdbc:sqlite:" + file);
        Statement statement = connection.createStatement()) {
      for (String sql : statements) {
        statement.executeUpdate(sql);
      }
    }
  }

  @Test
  void filesAreTheOwnersAlone() throws Exception {
    store.commit(entries(CHECKOUT, 1, 1));
    Path state = folder.resolve("state");
    assertThat(permissions(state)).isEqualTo("rwx------");
    try (var files = Files.list(state)) {
      assertThat(files.toList())
          .hasSize(5)
          .allSatisfy(f -> assertThat(permissions(f)).isEqualTo("rw-------"));
    }
  }

  /** Somebody's shell has the database: what is kept aside waits for nobody. */
  @Test
  void whatIsKeptAsideWaitsForNobodyWhoHoldsTheDatabase() throws Exception {
    try (Connection shell = DriverManager.getConnection("jdbc:sqlite:" + file(folder));
        Statement statement = shell.createStatement()) {
      statement.executeUpdate("BEGIN EXCLUSIVE");
      store.keepAside("lowered");
      assertThat(store.aside()).isEqualTo("lowered");
      statement.executeUpdate("ROLLBACK");
    }
  }

  /** A power cut in the middle of a write leaves what was there before it. */
  @Test
  void aTornTextIsTheOneBeforeIt() throws Exception {
    store.keepAside("first");
    store.keepAside("second");
    store.close();
    Path aside = file(folder).resolveSibling("serin.db.aside");
    try (FileChannel channel = FileChannel.open(aside, StandardOpenOption.WRITE)) {
      channel.write(ByteBuffer.wrap(new byte[] {'X'}), 20); // the second of two texts is here
    }
    store = open(folder);
    assertThat(store.aside()).isEqualTo("first");
    store.keepAside("third");
    store.close();
    store = open(folder);
    assertThat(store.aside()).isEqualTo("third");
  }

  private static String permissions(Path path) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(path));
  }

  /** The caller's thread decides on rollouts: a way down must not wait for somebody's shell. */
  @Test
  void whoHoldsTheFileDelaysAWriterForASecondOrTwoAndIsThenSaid() throws Exception {
    try (Connection shell = DriverManager.getConnection("jdbc:sqlite:" + file(folder));
        Statement statement = shell.createStatement()) {
      statement.executeUpdate("BEGIN IMMEDIATE");
      long began = System.nanoTime();
      assertThatExceptionOfType(StoreException.class)
          .isThrownBy(() -> store.commit(entries(CHECKOUT, 1, 1)))
          .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE));
      assertThat(Duration.ofNanos(System.nanoTime() - began)).isLessThan(Duration.ofSeconds(4));
      statement.executeUpdate("ROLLBACK");
    }
    store.commit(entries(CHECKOUT, 1, 1));
  }

  @Test
  void secondServerOnTheSameFileIsRefusedUntilTheFirstCloses() throws Exception {
    String pid = Long.toString(ProcessHandle.current().pid());
    assertDoesNotOpen(file(folder), Kind.UNAVAILABLE, "in use by another Serin server", pid);

    Path link = Files.createSymbolicLink(folder.resolve("link"), folder.resolve("state"));
    assertDoesNotOpen(link.resolve("serin.db"), Kind.UNAVAILABLE, "in use by another Serin server");

    store.close();
    SqliteStore.open(link.resolve("serin.db")).close();
  }

  @Test
  void closedStoreAnswersThatItIsClosed() {
    store.close();
    store.close();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(store::load)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.UNAVAILABLE))
        .withMessageContaining("is closed");
  }

  @Test
  void tornTailOfTheLogLosesWholeBatchesFromTheEndOnly() throws Exception {
    int batches = 12;
    for (int batch = 0; batch < batches; batch++) {
      store.commit(entries(CHECKOUT, batch * 3 + 1, batch * 3 + 3));
    }
    long whole = Files.size(wal(file(folder)));
    Path torn = folder.resolve("torn");
    long previous = -1;
    // A stride that is coprime to a frame cuts headers and pages at ever other places.
    for (long length = 0;
        length <= whole;
        length = length == whole ? whole + 1 : Math.min(whole, length + 4_099)) {
      long kept = entriesAfterCutting(torn, length);
      assertThat(kept % 3).as("entries kept of a log of %d bytes", length).isZero();
      assertThat(kept)
          .as("entries kept of a log of %d bytes", length)
          .isGreaterThanOrEqualTo(previous);
      previous = kept;
    }
    assertThat(previous).isEqualTo(batches * 3L);
    assertThat(entriesAfterCutting(torn, whole - 1)).isEqualTo((batches - 1) * 3L);
    assertThat(entriesAfterCutting(torn, 0)).isZero();
  }

  private long entriesAfterCutting(Path torn, long length) throws Exception {
    Path copy = torn.resolve("serin.db");
    Files.createDirectories(torn);
    Files.deleteIfExists(torn.resolve("serin.db-shm"));
    Files.copy(file(folder), copy, StandardCopyOption.REPLACE_EXISTING);
    Files.copy(wal(file(folder)), wal(copy), StandardCopyOption.REPLACE_EXISTING);
    try (FileChannel channel = FileChannel.open(wal(copy), StandardOpenOption.WRITE)) {
      channel.truncate(length);
    }
    try (Store reopened = SqliteStore.open(copy)) {
      Loaded loaded = reopened.load();
      long kept = loaded.entries().size();
      assertThat(loaded.entries()).isEqualTo(entries(CHECKOUT, 1, kept).entries());
      // What is left is writable, from the next number on.
      reopened.commit(entries(CHECKOUT, kept + 1, kept + 1));
      return kept;
    }
  }

  @Test
  void fileThatIsNotADatabaseIsRefusedWithAdviceAndLeftAlone() throws IOException {
    Path file = folder.resolve("notes.db");
    Files.writeString(file, "not a database, but someone's notes\n".repeat(100));
    String before = Files.readString(file);
    assertDoesNotOpen(file, Kind.CORRUPT, "not a database", "put a backup in their place");
    assertThat(Files.readString(file)).isEqualTo(before);
  }

  @Test
  void damagedPagesAreFoundAtOpening() throws Exception {
    store.commit(entries(CHECKOUT, 1, 2_000));
    store.close();
    try (FileChannel channel = FileChannel.open(file(folder), StandardOpenOption.WRITE)) {
      for (long page = 8; page * 4_096 < channel.size(); page += 3) {
        channel.write(ByteBuffer.allocate(4_096), page * 4_096);
      }
    }
    assertDoesNotOpen(file(folder), Kind.CORRUPT, "backup");
  }

  @Test
  void missingEntryIsFoundAtLoading() throws Exception {
    store.commit(entries(CHECKOUT, 1, 5));
    store.close();
    sql(file(folder), "DELETE FROM entries WHERE seq = 3");
    store = open(folder);
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(store::load)
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CORRUPT))
        .withMessageContaining("entry 4 (expected: 3)");
  }

  @Test
  void anotherProgramsDatabaseIsRefused() throws Exception {
    Path file = folder.resolve("theirs.db");
    sql(file, "CREATE TABLE theirs (a)");
    assertDoesNotOpen(file, Kind.CORRUPT, "application_id 0x0");
  }

  @Test
  void storeOfANewerReleaseIsRefused() throws Exception {
    store.close();
    sql(file(folder), "PRAGMA user_version = 99");
    assertDoesNotOpen(file(folder), Kind.CORRUPT, "schema 99", "newer Serin");
  }

  @Test
  void writerWaitsForSomeoneWhoReadsAlong() throws Exception {
    store.commit(entries(CHECKOUT, 1, 1));
    try (Connection reader = DriverManager.getConnection("jdbc:sqlite:" + file(folder));
        Statement statement = reader.createStatement()) {
      statement.executeUpdate("BEGIN");
      try (var rows = statement.executeQuery("SELECT count(*) FROM entries")) {
        assertThat(rows.getInt(1)).isEqualTo(1);
        store.commit(entries(CHECKOUT, 2, 2));
      }
    }
    assertThat(store.load().entries()).hasSize(2);
  }

  @Test
  void folderThatCannotBeMadeIsUnavailable() throws IOException {
    Path file = Files.writeString(folder.resolve("file"), "");
    assertDoesNotOpen(file.resolve("serin.db"), Kind.UNAVAILABLE, "file");
    assertThat(ImmutableList.of(file)).allSatisfy(f -> assertThat(f).isRegularFile());
  }
}
