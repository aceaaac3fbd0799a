package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;

/**
 * Whether the server can do its work.
 *
 * @param reasons what it waits for; empty: it is ready
 */
public record Readiness(ImmutableList<String> reasons) {

  /** Ready. */
  public static final Readiness READY = new Readiness(ImmutableList.of());

  /** Not ready, for these reasons. */
  public static Readiness waitingFor(String... reasons) {
    return new Readiness(ImmutableList.copyOf(reasons));
  }

  /** Whether there is nothing to wait for. */
  public boolean ready() {
    return reasons.isEmpty();
  }
}
