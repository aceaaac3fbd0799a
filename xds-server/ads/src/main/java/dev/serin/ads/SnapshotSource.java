package dev.serin.ads;

import dev.serin.mesh.Snapshot;

/**
 * What each proxy is to be served. It is asked once a proxy and change, from many threads at a
 * time: it must be thread-safe, must not block, and should hand equal proxies one shared snapshot.
 */
@FunctionalInterface
public interface SnapshotSource {
  Snapshot snapshot(Proxy proxy);
}
