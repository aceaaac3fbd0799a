package dev.serin.server.api;

import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.server.api.FleetBoard.Change;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesResponse;
import java.util.HashSet;
import java.util.Set;
import java.util.function.Consumer;

/**
 * One open watch on proxies: a place on the board, and how far it is. Its lock is held only while
 * it compares and hands over, never while it waits.
 */
final class FleetWatcher {
  private final FleetBoard board;
  private final ProxyFilter filter;
  private final WatchReader<WatchProxiesResponse> reader;
  private final Consumer<FleetWatcher> ended;

  /** Whether its caller has something from before, of which this one knows the revision alone. */
  @GuardedBy("this")
  private boolean resumed;

  /**
   * Where not every proxy is chosen, who is not chosen any more is told: here are the names that
   * are shown, or of a watch that came back, which does not know them, those that are not.
   */
  @GuardedBy("this")
  private final Set<String> noted = new HashSet<>();

  @GuardedBy("this")
  private long seen;

  /** Everything up to this revision was there when the watch began; the rest is news. */
  @GuardedBy("this")
  private long syncedAt;

  @GuardedBy("this")
  private boolean begun;

  @GuardedBy("this")
  private boolean reset;

  @GuardedBy("this")
  private boolean synced;

  @GuardedBy("this")
  private boolean over;

  /**
   * @param from the revision that the caller has; 0: none
   * @param ended is told when nobody reads it any more
   */
  FleetWatcher(
      FleetBoard board,
      ProxyFilter filter,
      long from,
      WatchReader<WatchProxiesResponse> reader,
      Consumer<FleetWatcher> ended) {
    this.board = board;
    this.filter = filter;
    this.reader = reader;
    this.ended = ended;
    this.resumed = from != 0;
    this.seen = from;
  }

  /** The board is up to date: shows what is there. */
  synchronized void begin() {
    begun = true;
    syncedAt = board.revision();
    if (resumed && (seen < board.horizon() || seen > syncedAt)) {
      resumed = false;
      seen = 0;
      reset = true;
    }
    drain();
  }

  /** Goes on as far as the reader takes it. */
  synchronized void drain() {
    if (over || !begun || !reader.isReady()) {
      return;
    }
    if (reset) {
      reset = false;
      if (!send(WatchProxiesResponse.newBuilder().setReset(true), 0)) {
        return;
      }
    }
    for (Change change : board.after(seen).values()) {
      boolean news = change.revision() > syncedAt;
      if (!reader.isReady() || (news && !tellSynced()) || !reader.isReady() || !tell(change)) {
        return;
      }
      seen = change.revision();
    }
    if (reader.isReady()) {
      boolean unused = tellSynced();
    }
  }

  /** Ends the watch, because the server goes. */
  synchronized void end() {
    if (!over) {
      over = true;
      reader.end();
    }
  }

  /** False when nobody reads any more. */
  @GuardedBy("this")
  private boolean tellSynced() {
    if (synced) {
      return true;
    }
    synced = true;
    return send(WatchProxiesResponse.newBuilder().setSynced(true), syncedAt);
  }

  @GuardedBy("this")
  private boolean tell(Change change) {
    Proxy proxy = change.proxy();
    if (proxy != null && filter.matches(proxy.getCluster(), proxy.getState())) {
      show(change.name());
      return send(WatchProxiesResponse.newBuilder().setProxy(proxy), change.revision());
    }
    if (proxy == null && !change.isForgotten()) {
      return true; // it could not be looked at
    }
    return !mayBeShown(change.name())
        || send(WatchProxiesResponse.newBuilder().setForgotten(change.name()), change.revision());
  }

  @GuardedBy("this")
  private void show(String name) {
    if (filter.choosesAll()) {
      return;
    }
    if (resumed) {
      noted.remove(name);
    } else {
      noted.add(name);
    }
  }

  @GuardedBy("this")
  private boolean mayBeShown(String name) {
    if (filter.choosesAll()) {
      return resumed || synced;
    }
    return resumed ? noted.add(name) : noted.remove(name);
  }

  @GuardedBy("this")
  private boolean send(WatchProxiesResponse.Builder event, long revision) {
    if (reader.send(event.setRevision(revision).build())) {
      return true;
    }
    over = true;
    ended.accept(this);
    return false;
  }
}
