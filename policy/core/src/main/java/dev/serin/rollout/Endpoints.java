package dev.serin.rollout;

/**
 * Healthy endpoints of both versions.
 *
 * @param known false where nobody can count them (names that Envoy resolves itself): then they are
 *     no reason to wait
 */
public record Endpoints(int canary, int stable, boolean known) {

  /** Nobody has counted. */
  public static final Endpoints UNKNOWN = new Endpoints(0, 0, false);

  public Endpoints {
    if (canary < 0 || stable < 0) {
      throw new IllegalArgumentException(
          "endpoints: canary " + canary + ", stable " + stable + " (expected: 0 or more)");
    }
  }

  boolean lacksAny() {
    return known && canary == 0;
  }
}
