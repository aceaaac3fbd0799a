package dev.serin.ads;

import java.time.Instant;

/**
 * Hears what happens in the fleet. Called from the queue of the stream that it happened on, with no
 * lock held; it must return at once, and calls for different proxies come at the same time.
 */
public interface FleetListener {
  /** The first stream of a proxy has named its node. */
  default void joined(Proxy proxy, Instant at) {}

  /** The last stream of a proxy has ended. */
  default void left(Proxy proxy, Instant at) {}

  /** The proxy uses this version of the resource from now on. */
  default void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {}

  /** The proxy refuses this version of the resource, and is not sent it again. */
  default void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {}
}
