package dev.serin.server.api;

import dev.serin.server.control.Catalog.Versioned;
import io.grpc.Status;
import org.jspecify.annotations.Nullable;

/** The etag of a stored document is the revision of its last change. */
final class Etags {
  private Etags() {}

  /** Refuses with ABORTED when {@code etag} is given and the stored one is another. */
  static void check(@Nullable Versioned<?> stored, String etag) {
    if (stored == null || etag.isEmpty()) {
      return;
    }
    String current = Long.toString(stored.revision());
    if (!current.equals(etag)) {
      throw Status.ABORTED
          .withDescription("etag: " + etag + " (expected: " + current + "); read it again")
          .asRuntimeException();
    }
  }
}
