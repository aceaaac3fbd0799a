package dev.serin.store.sqlite;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.Batch;
import dev.serin.spi.Entry;
import dev.serin.spi.StoreException;
import dev.serin.spi.StoredResource;
import java.io.PrintStream;
import java.nio.file.Path;
import java.time.Instant;

/**
 * A process that commits until it is killed or cannot, and prints each number once its commit has
 * returned. A batch is three entries and a resource whose revision is the batch's number.
 */
final class StoreWriterProcess {

  static final String STREAM = "rollouts/default/killed";

  private StoreWriterProcess() {}

  public static void main(String[] args) throws StoreException {
    PrintStream out = System.out;
    int bodyLength = Integer.parseInt(args[1]);
    try (SqliteStore store = SqliteStore.open(Path.of(args[0]))) {
      long written = store.load().entries().size();
      for (long batch = written / 3 + 1; ; batch++) {
        try {
          store.commit(batch(batch, "x".repeat(bodyLength)));
        } catch (StoreException e) {
          out.println(e.kind() + " " + store.load().entries().size() / 3 + " " + e.getMessage());
          return;
        }
        out.println(batch);
        out.flush();
      }
    }
  }

  private static Batch batch(long number, String body) {
    ImmutableList.Builder<Entry> entries = ImmutableList.builder();
    for (long seq = number * 3 - 2; seq <= number * 3; seq++) {
      entries.add(new Entry(STREAM, seq, Instant.ofEpochSecond(seq), "judged", body));
    }
    return new Batch(
        entries.build(),
        ImmutableList.of(),
        ImmutableList.of(new StoredResource("Rollout", "default", "killed", number, body)),
        ImmutableList.of());
  }
}
