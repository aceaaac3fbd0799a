package dev.serin.store.sqlite;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Loaded;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What is left when the process, or the disk, ends in the middle of commits. */
final class CrashTest {

  @TempDir Path folder;

  private Path file() {
    return folder.resolve("serin.db");
  }

  private static List<String> writer(Path file, int bodyLength) {
    return ImmutableList.of(
        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
        "-XX:+UseSerialGC",
        "-XX:TieredStopAtLevel=1",
        "-Xmx64m",
        "--enable-native-access=ALL-UNNAMED",
        "-cp",
        System.getProperty("java.class.path"),
        StoreWriterProcess.class.getName(),
        file.toString(),
        Integer.toString(bodyLength));
  }

  private static Process start(List<String> command) throws IOException {
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static BufferedReader reader(Process process) {
    return new BufferedReader(
        new InputStreamReader(process.getInputStream(), StandardCharsets.UTF_8));
  }

  @Test
  void everyAcknowledgedCommitSurvivesAHardKill() throws Exception {
    long acknowledged = 0;
    // Each round goes on where the one before was killed.
    for (int kills = 0; kills < 3; kills++) {
      Process process = start(writer(file(), 200));
      try (BufferedReader lines = reader(process)) {
        long killAfter = acknowledged + 20 + 7L * kills;
        for (String line = lines.readLine(); line != null; line = lines.readLine()) {
          acknowledged = Long.parseLong(line);
          if (acknowledged == killAfter) {
            // Process.destroyForcibly would also close the pipe and lose the last lines.
            process.toHandle().destroyForcibly();
          }
        }
      } finally {
        process.destroyForcibly().waitFor();
      }
      assertThat(acknowledged).isPositive();
      // One commit may have been finished and not yet been printed.
      assertThat(batchesIn(file())).isBetween(acknowledged, acknowledged + 1);
    }
  }

  @Test
  void fullDiskIsUnavailableAndWhatWasAcknowledgedStaysReadable() throws Exception {
    assumeTrue(Files.isExecutable(Path.of("/bin/sh")), "needs a shell that can limit file sizes");
    // Four megabytes a file: room for SQLite's library to unpack, then the store's end.
    List<String> command =
        new ArrayList<>(ImmutableList.of("/bin/sh", "-c", "ulimit -f 8192; exec \"$@\"", "sh"));
    command.addAll(writer(file(), 5_000));
    Process process = start(command);
    long acknowledged = 0;
    String end = "";
    try (BufferedReader lines = reader(process)) {
      for (String line = lines.readLine(); line != null; line = lines.readLine()) {
        if (line.contains(" ")) {
          end = line;
        } else {
          acknowledged = Long.parseLong(line);
        }
      }
      assertThat(process.waitFor()).isZero();
    } finally {
      process.destroyForcibly().waitFor();
    }
    assertThat(acknowledged).isPositive();
    assertThat(end).startsWith("UNAVAILABLE " + acknowledged + " cannot write ");
    assertThat(batchesIn(file())).isEqualTo(acknowledged);
  }

  /** Opens a store as the next server does, and returns how many whole batches it has. */
  private static long batchesIn(Path file) throws StoreException {
    try (Store store = SqliteStore.open(file)) {
      Loaded loaded = store.load();
      long batches = loaded.entries().size() / 3;
      assertThat(loaded.entries()).hasSize((int) batches * 3);
      assertThat(loaded.resources()).extracting("revision").containsExactly(batches);
      return batches;
    }
  }
}
