package dev.serin.server.api;

import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Outcome;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What a caller read, as it says; a change that was made on another reading is refused with
 * ABORTED. The etag of a stored document is the revision of its last change.
 */
final class Etags {
  private Etags() {}

  static Optional<Outcome.Refused<?>> check(@Nullable Versioned<?> stored, String etag) {
    return stored == null ? Optional.empty() : compare(Long.toString(stored.revision()), etag);
  }

  static Optional<Outcome.Refused<?>> check(@Nullable LiveRollout live, String etag) {
    return live == null ? Optional.empty() : compare(RolloutView.etag(live), etag);
  }

  private static Optional<Outcome.Refused<?>> compare(String current, String etag) {
    return etag.isEmpty() || etag.equals(current)
        ? Optional.empty()
        : Optional.of(
            Outcome.refused(
                Outcome.Kind.CONFLICT,
                "etag: " + etag + " (expected: " + current + "); read it again"));
  }
}
