package dev.serin.rollout;

/**
 * How far the proxies of one mesh cluster have come with one split.
 *
 * @param want connected proxies that subscribe to something the split changes
 * @param acked of those, the ones that acknowledged it
 * @param nacked refused it, or are kept from it because their probe refused it
 * @param silent were sent it and did not answer in time
 * @param unreachable seen within the last hour and not connected; not part of {@code want}
 */
public record ClusterConvergence(int want, int acked, int nacked, int silent, int unreachable) {
  public ClusterConvergence {
    if (want < 0 || acked < 0 || nacked < 0 || silent < 0 || unreachable < 0) {
      throw new IllegalArgumentException(
          "want %d, acked %d, nacked %d, silent %d, unreachable %d (expected: 0 or more)"
              .formatted(want, acked, nacked, silent, unreachable));
    }
    if ((long) acked + nacked + silent > want) {
      throw new IllegalArgumentException(
          "acked %d, nacked %d and silent %d of %d wanted proxies (expected: no more than wanted)"
              .formatted(acked, nacked, silent, want));
    }
  }
}
