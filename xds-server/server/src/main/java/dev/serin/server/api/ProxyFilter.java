package dev.serin.server.api;

import com.google.common.collect.ImmutableSet;
import dev.serin.v1.Proxy;
import java.util.Collection;

/**
 * Which proxies are asked for.
 *
 * @param cluster a mesh cluster; empty: all
 * @param stale only those that are not in sync
 * @param states one of these; empty: all
 */
record ProxyFilter(String cluster, boolean stale, ImmutableSet<Proxy.State> states) {

  static ProxyFilter of(String cluster, boolean stale, Collection<Proxy.State> states) {
    for (Proxy.State state : states) {
      if (state == Proxy.State.STATE_UNSPECIFIED || state == Proxy.State.UNRECOGNIZED) {
        throw Replies.badField("states", state + " (expected: SYNCED, STALE, ERROR, DISCONNECTED)");
      }
    }
    return new ProxyFilter(cluster, stale, ImmutableSet.copyOf(states));
  }

  boolean matches(String ofCluster, Proxy.State state) {
    return (cluster.isEmpty() || cluster.equals(ofCluster))
        && (!stale || state != Proxy.State.SYNCED)
        && (states.isEmpty() || states.contains(state));
  }

  /** Whether it chooses every proxy. */
  boolean choosesAll() {
    return cluster.isEmpty() && !stale && states.isEmpty();
  }
}
