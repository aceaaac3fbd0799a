package dev.serin.spi;

import com.google.common.collect.ImmutableList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What one transaction writes, all or nothing.
 *
 * @param entries new journal entries, those of one stream with consecutive numbers
 * @param snapshots new states of streams; may include the entries of this batch
 * @param puts resources to create or replace
 * @param deletes resources to remove; none of them also put
 */
public record Batch(
    ImmutableList<Entry> entries,
    ImmutableList<StreamSnapshot> snapshots,
    ImmutableList<StoredResource> puts,
    ImmutableList<ResourceKey> deletes) {

  /** A batch that contradicts itself is the caller's mistake, never a conflict. */
  public Batch {
    Map<String, Long> last = new HashMap<>();
    for (Entry entry : entries) {
      Long before = last.put(entry.stream(), entry.seq());
      if (before != null && entry.seq() != before + 1) {
        throw new IllegalArgumentException(
            "entry %d of %s follows %d (expected: %d)"
                .formatted(entry.seq(), entry.stream(), before, before + 1));
      }
    }
    requireOnce("snapshot of", snapshots.stream().map(StreamSnapshot::stream).toList());
    requireOnce(
        "put or delete of",
        ImmutableList.<ResourceKey>builder()
            .addAll(puts.stream().map(StoredResource::key).iterator())
            .addAll(deletes)
            .build());
  }

  /** A batch of journal entries alone. */
  public static Batch of(ImmutableList<Entry> entries) {
    return new Batch(entries, ImmutableList.of(), ImmutableList.of(), ImmutableList.of());
  }

  public boolean isEmpty() {
    return entries.isEmpty() && snapshots.isEmpty() && puts.isEmpty() && deletes.isEmpty();
  }

  private static void requireOnce(String what, Iterable<?> keys) {
    Set<Object> seen = new HashSet<>();
    for (Object key : keys) {
      if (!seen.add(key)) {
        throw new IllegalArgumentException(
            what + " " + key + " twice in one batch (expected: once)");
      }
    }
  }
}
