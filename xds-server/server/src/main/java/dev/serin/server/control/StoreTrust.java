package dev.serin.server.control;

import dev.serin.spi.Entry;
import dev.serin.spi.Loaded;
import java.util.Optional;

/**
 * Whether the store is the one that the proxies' configuration was made from. An empty store is
 * that of a first start, or what is left of a lost one; serving it to proxies that run what Serin
 * made would take their clusters and routes away. What was found out is an entry of the journal, so
 * that a restart, or a first resource that is applied again, does not forget it.
 *
 * @param doubtful whether the store is empty, or was found lost, and nobody has accepted that
 * @param lost what was found, in a sentence for people
 */
record StoreTrust(boolean doubtful, Optional<String> lost) {
  static final String STREAM = "store";
  static final String LOST = "Lost";
  static final String ACCEPTED = "Accepted";

  /** The body of an entry. */
  record Note(String what) {}

  static StoreTrust of(Loaded loaded) {
    Optional<Entry> last =
        loaded.entries().stream()
            .filter(entry -> entry.stream().equals(STREAM))
            .reduce((before, after) -> after);
    boolean empty =
        loaded.resources().isEmpty() && loaded.entries().isEmpty() && loaded.snapshots().isEmpty();
    Optional<String> lost =
        last.filter(entry -> entry.kind().equals(LOST))
            .map(entry -> "STORE_LOST, found at " + entry.at() + ": " + remedy());
    return new StoreTrust(empty || lost.isPresent(), lost);
  }

  StoreTrust lose(String what) {
    return new StoreTrust(true, Optional.of("STORE_LOST: " + what + "; " + remedy()));
  }

  static StoreTrust accepted() {
    return new StoreTrust(false, Optional.empty());
  }

  private static String remedy() {
    return "proxies keep what they run and are served nothing; stop this server and put the store"
        + " back, or apply the resources again and restart once with --store.acceptLoss";
  }
}
