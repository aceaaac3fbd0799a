package dev.serin.spi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import com.google.common.collect.ImmutableList;
import dev.serin.spi.StoreException.Kind;
import java.nio.file.Path;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.stream.LongStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What every {@link Store} does. An adapter's test subclasses this and says how to open one. */
public abstract class StoreContract {

  protected static final Instant AT = Instant.parse("2026-11-22T10:15:30.123456789Z");
  protected static final String CHECKOUT = "rollouts/default/checkout-v2";
  protected static final String CART = "rollouts/shop/cart-v5";

  @TempDir protected Path folder;
  protected Store store;

  /** Opens the store of a folder: a new one, or the one that was closed there before. */
  protected abstract Store open(Path folder) throws StoreException;

  @BeforeEach
  final void openEmptyStore() throws StoreException {
    store = open(folder);
  }

  @AfterEach
  final void closeStore() {
    store.close();
  }

  protected static Entry entry(String stream, long seq) {
    return new Entry(stream, seq, AT.plusNanos(seq), "judged", "{\"n\": " + seq + "}");
  }

  protected static Batch entries(String stream, long from, long to) {
    return Batch.of(
        LongStream.rangeClosed(from, to)
            .mapToObj(seq -> entry(stream, seq))
            .collect(ImmutableList.toImmutableList()));
  }

  protected static Batch snapshot(String stream, long seq) {
    return new Batch(
        ImmutableList.of(),
        ImmutableList.of(new StreamSnapshot(stream, seq, "state " + seq)),
        ImmutableList.of(),
        ImmutableList.of());
  }

  protected static StoredResource service(String name, long revision, String body) {
    return new StoredResource("MeshService", "default", name, revision, body);
  }

  protected static Batch puts(StoredResource... resources) {
    return new Batch(
        ImmutableList.of(),
        ImmutableList.of(),
        ImmutableList.copyOf(resources),
        ImmutableList.of());
  }

  private static Batch deletes(ResourceKey... keys) {
    return new Batch(
        ImmutableList.of(), ImmutableList.of(), ImmutableList.of(), ImmutableList.copyOf(keys));
  }

  private void reopen() throws StoreException {
    store.close();
    store = open(folder);
  }

  /** Commits and expects a conflict that leaves everything as it was. */
  private void assertRefused(Batch batch) throws StoreException {
    Loaded before = store.load();
    assertThatExceptionOfType(StoreException.class)
        .isThrownBy(() -> store.commit(batch))
        .satisfies(e -> assertThat(e.kind()).isEqualTo(Kind.CONFLICT));
    assertThat(store.load()).isEqualTo(before);
  }

  @Test
  void newStoreIsEmpty() throws StoreException {
    assertThat(store.load())
        .isEqualTo(new Loaded(ImmutableList.of(), ImmutableList.of(), ImmutableList.of()));
    assertThat(store.history(CHECKOUT, 0, 10)).isEmpty();
  }

  @Test
  void whatIsKeptAsideIsThereAfterReopening() throws StoreException {
    assertThat(store.aside()).isEmpty();
    for (int i = 0; i < 5; i++) {
      store.keepAside("größer " + i + "x".repeat(i * 10_000));
      assertThat(store.aside()).startsWith("größer " + i);
    }
    store.commit(entries(CHECKOUT, 1, 1));
    reopen();
    assertThat(store.aside()).isEqualTo("größer 4" + "x".repeat(40_000));
    assertThat(store.load().entries()).hasSize(1);
    store.keepAside("");
    assertThat(store.aside()).isEmpty();
    reopen();
    assertThat(store.aside()).isEmpty();
  }

  @Test
  void everythingCommittedIsThereAfterReopening() throws StoreException {
    StoredResource checkout = service("checkout", 7, "größer: \"ü\"\n\u0001 🐤");
    store.commit(
        new Batch(
            ImmutableList.of(entry(CHECKOUT, 1), entry(CART, 1), entry(CHECKOUT, 2)),
            ImmutableList.of(new StreamSnapshot(CART, 1, "cart after 1")),
            ImmutableList.of(checkout),
            ImmutableList.of()));

    reopen();

    assertThat(store.load())
        .isEqualTo(
            new Loaded(
                ImmutableList.of(checkout),
                ImmutableList.of(new StreamSnapshot(CART, 1, "cart after 1")),
                ImmutableList.of(entry(CHECKOUT, 1), entry(CHECKOUT, 2))));
  }

  @Test
  void entriesComeInCommitOrderAcrossStreams() throws StoreException {
    store.commit(entries(CHECKOUT, 1, 2));
    store.commit(entries(CART, 1, 1));
    store.commit(entries(CHECKOUT, 3, 3));

    assertThat(store.load().entries())
        .containsExactly(
            entry(CHECKOUT, 1), entry(CHECKOUT, 2), entry(CART, 1), entry(CHECKOUT, 3));
  }

  @Test
  void loadStartsAtTheNewestSnapshotAndHistoryAtTheFirstEntry() throws StoreException {
    store.commit(entries(CHECKOUT, 1, 10));
    store.commit(snapshot(CHECKOUT, 4));
    store.commit(snapshot(CHECKOUT, 8));

    Loaded loaded = store.load();
    assertThat(loaded.snapshots()).containsExactly(new StreamSnapshot(CHECKOUT, 8, "state 8"));
    assertThat(loaded.entries()).containsExactly(entry(CHECKOUT, 9), entry(CHECKOUT, 10));
    assertThat(store.history(CHECKOUT, 0, 100)).hasSize(10);
  }

  @Test
  void streamContinuesAfterASnapshotOfItsLastEntryAndReopening() throws StoreException {
    store.commit(entries(CHECKOUT, 1, 3));
    store.commit(snapshot(CHECKOUT, 3));
    reopen();

    assertRefused(entries(CHECKOUT, 1, 1));
    assertRefused(entries(CHECKOUT, 3, 3));
    store.commit(entries(CHECKOUT, 4, 4));
    assertThat(store.load().entries()).containsExactly(entry(CHECKOUT, 4));
  }

  @Test
  void historyIsPagedBySequenceNumber() throws StoreException {
    store.commit(entries(CHECKOUT, 1, 25));
    store.commit(entries(CART, 1, 5));

    assertThat(store.history(CHECKOUT, 0, 10)).isEqualTo(entries(CHECKOUT, 1, 10).entries());
    assertThat(store.history(CHECKOUT, 20, 10)).isEqualTo(entries(CHECKOUT, 21, 25).entries());
    assertThat(store.history(CHECKOUT, 25, 10)).isEmpty();
  }

  @Test
  void entryThatIsNotTheNextOfItsStreamIsRefused() throws StoreException {
    assertRefused(entries(CHECKOUT, 2, 2));
    store.commit(entries(CHECKOUT, 1, 3));
    assertRefused(entries(CHECKOUT, 3, 3));
    assertRefused(entries(CHECKOUT, 5, 5));
  }

  @Test
  void refusedEntryTakesTheWholeBatchWithIt() throws StoreException {
    store.commit(entries(CHECKOUT, 1, 1));
    store.commit(puts(service("checkout", 1, "old")));

    assertRefused(
        new Batch(
            ImmutableList.of(entry(CART, 1), entry(CHECKOUT, 3)),
            ImmutableList.of(new StreamSnapshot(CART, 1, "state")),
            ImmutableList.of(service("checkout", 2, "new"), service("cart", 1, "new")),
            ImmutableList.of()));
    assertThat(store.history(CART, 0, 10)).isEmpty();
  }

  @Test
  void twoWritersOfOneStreamDoNotInterleave() throws Exception {
    int attempts = 50;
    CountDownLatch start = new CountDownLatch(1);
    try (ExecutorService writers = Executors.newFixedThreadPool(2)) {
      List<Future<Integer>> results =
          LongStream.range(0, 2)
              .mapToObj(writer ->
                  writers.submit(() -> {
                    start.await();
                    int accepted = 0;
                    for (long seq = 1; seq <= attempts; seq++) {
                      accepted += tryCommit(seq, "writer " + writer);
                    }
                    return accepted;
                  }))
              .toList();
      start.countDown();
      assertThat(results.get(0).get() + results.get(1).get()).isEqualTo(attempts);
    }
    assertThat(store.history(CHECKOUT, 0, 100))
        .extracting(Entry::seq)
        .containsExactlyElementsOf(LongStream.rangeClosed(1, attempts).boxed().toList());
  }

  private int tryCommit(long seq, String body) throws StoreException {
    Entry entry = new Entry(CHECKOUT, seq, AT, "raced", body);
    try {
      store.commit(Batch.of(ImmutableList.of(entry)));
      return 1;
    } catch (StoreException e) {
      if (e.kind() == Kind.CONFLICT) {
        return 0;
      }
      throw e;
    }
  }

  @Test
  void snapshotOfEntriesInTheSameBatchIsTaken() throws StoreException {
    Batch batch = entries(CHECKOUT, 1, 3);
    store.commit(
        new Batch(
            batch.entries(),
            ImmutableList.of(new StreamSnapshot(CHECKOUT, 3, "state 3")),
            ImmutableList.of(),
            ImmutableList.of()));

    assertThat(store.load().entries()).isEmpty();
    assertThat(store.load().snapshots()).extracting(StreamSnapshot::seq).containsExactly(3L);
  }

  @Test
  void snapshotBeyondTheLastEntryOrBehindTheStoredOneIsRefused() throws StoreException {
    assertRefused(snapshot(CHECKOUT, 1));
    store.commit(entries(CHECKOUT, 1, 5));
    assertRefused(snapshot(CHECKOUT, 6));
    store.commit(snapshot(CHECKOUT, 4));
    assertRefused(snapshot(CHECKOUT, 3));
  }

  @Test
  void resourcesAreReplacedDeletedAndOrderedByKey() throws StoreException {
    StoredResource policy = new StoredResource("CanaryPolicy", "shop", "standard", 1, "{}");
    store.commit(puts(service("pay", 1, "a"), service("cart", 1, "a"), policy));
    store.commit(puts(service("pay", 2, "b")));
    store.commit(deletes(service("cart", 1, "a").key(), new ResourceKey("Channel", "a", "gone")));

    assertThat(store.load().resources()).containsExactly(policy, service("pay", 2, "b"));
  }

  @Test
  void revisionNeverGoesBackAndNeverMeansTwoBodies() throws StoreException {
    store.commit(puts(service("pay", 5, "five")));
    assertRefused(puts(service("pay", 4, "four")));
    assertRefused(puts(service("pay", 5, "other five")));
    store.commit(puts(service("pay", 5, "five")));
    store.commit(puts(service("pay", 9, "nine")));
    assertThat(store.load().resources()).containsExactly(service("pay", 9, "nine"));
  }

  @Test
  void deletedResourceMayBeCreatedAgainFromTheFirstRevision() throws StoreException {
    store.commit(puts(service("pay", 5, "five")));
    store.commit(deletes(service("pay", 5, "five").key()));
    store.commit(puts(service("pay", 1, "one")));
    assertThat(store.load().resources()).containsExactly(service("pay", 1, "one"));
  }

  @Test
  void batchThatContradictsItselfIsNotBuilt() {
    assertThatIllegalArgumentException()
        .isThrownBy(() -> Batch.of(ImmutableList.of(entry(CART, 1), entry(CART, 3))))
        .withMessage("entry 3 of " + CART + " follows 1 (expected: 2)");
    assertThatIllegalArgumentException()
        .isThrownBy(() -> puts(service("pay", 1, "a"), service("pay", 2, "b")))
        .withMessageContaining("MeshService default/pay twice in one batch");
  }
}
