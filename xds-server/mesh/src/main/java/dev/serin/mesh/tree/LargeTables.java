package dev.serin.mesh.tree;

import java.util.Locale;
import java.util.Optional;

/** Route tables that are large beside the one route that a step changes in them. */
public final class LargeTables {
  /** From this many bytes on. */
  static final int LARGE = 256_000;

  private LargeTables() {}

  /** What a reader has to know before steps change this table; empty for one of usual size. */
  public static Optional<String> warning(EnvoyResource table) {
    // The text is the longer form: what is small as text need not be encoded to know.
    int text = table.tree().toString().length();
    if (text < LARGE) {
      return Optional.empty();
    }
    Optional<Integer> encoded = ResourceEncoder.encode(table).value().map(bytes -> bytes.size());
    return encoded.orElse(text) < LARGE
        ? Optional.empty()
        : Optional.of(
            table
                .problem(
                    "%s %s: %s%s (expected: less than %s): every step sends all of it to each proxy"
                            .formatted(
                                table.type(),
                                table.name(),
                                size(encoded.orElse(text)),
                                encoded.isPresent() ? "" : " as JSON",
                                size(LARGE))
                        + " that uses it; scoped routes, or one RouteConfiguration a service, make"
                        + " a step as small as what it changes, a runtime layer in the proxies"
                        + " (serin bootstrap --runtime-layer) as small as a few numbers")
                .toString());
  }

  private static String size(int bytes) {
    return bytes < 1_000_000
        ? "%d kB".formatted(bytes / 1_000)
        : String.format(Locale.ROOT, "%.1f MB", bytes / 1e6);
  }
}
