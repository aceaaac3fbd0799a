package dev.serin.server.api;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import dev.serin.policy.ResourceName;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.LiveRollout;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The open watches on rollouts. A watcher that reads slowly gets the latest state of each rollout,
 * not every one between: it costs no memory and delays nobody.
 */
public final class RolloutWatches {
  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();

  /** Tells every watcher; called by the loop with each new catalogue. */
  public void changed(Catalog catalog) {
    watchers.forEach(watcher -> watcher.offer(catalog));
  }

  /** Opens a watch: what is there, then every change, until the caller leaves. */
  void open(
      WatchRolloutsRequest request,
      Catalog now,
      ServerCallStreamObserver<WatchRolloutsResponse> observer) {
    Watcher watcher =
        new Watcher(selection(request), request.getRevision(), new CallReader(observer));
    observer.setOnCancelHandler(() -> watchers.remove(watcher));
    observer.setOnReadyHandler(watcher::drain);
    watchers.add(watcher);
    watcher.offer(now);
  }

  /** Opens a watch for another kind of reader; the answer ends it. */
  Runnable open(WatchRolloutsRequest request, Catalog now, Reader reader) {
    Watcher watcher = new Watcher(selection(request), request.getRevision(), reader);
    watchers.add(watcher);
    watcher.offer(now);
    return () -> watchers.remove(watcher);
  }

  /** Who reads a watch. */
  interface Reader {
    /** Whether it takes an event now; one that does not gets what is newest later. */
    boolean isReady();

    /** Takes an event; false when it has gone. */
    boolean send(WatchRolloutsResponse event);
  }

  private record CallReader(ServerCallStreamObserver<WatchRolloutsResponse> observer)
      implements Reader {
    @Override
    public boolean isReady() {
      return !observer.isCancelled() && observer.isReady();
    }

    @Override
    public boolean send(WatchRolloutsResponse event) {
      observer.onNext(event);
      return true;
    }
  }

  private static Predicate<LiveRollout> selection(WatchRolloutsRequest request) {
    LabelFilter labels = LabelFilter.parse(request.getFilter());
    Predicate<LiveRollout> byLabel = live -> labels.matches(live.state().spec().labels());
    if (request.getParent().indexOf('/', "tenants/".length()) > 0) {
      ResourceName one = Names.parse(Names.ROLLOUTS, request.getParent());
      return byLabel.and(live -> live.state().spec().name().equals(one));
    }
    String tenant = Names.tenant(request.getParent());
    return byLabel.and(live ->
        tenant.equals(Names.ANY_TENANT) || live.state().spec().name().tenant().equals(tenant));
  }

  /**
   * One open watch; its lock is held only while it compares and hands over, never while it waits.
   */
  private final class Watcher {
    private final Predicate<LiveRollout> selection;
    private final Reader reader;
    private long sentRevision;
    private ImmutableSortedMap<ResourceName, LiveRollout> sent = ImmutableSortedMap.of();
    private Catalog latest = Catalog.EMPTY;
    private boolean synced;

    Watcher(Predicate<LiveRollout> selection, long revision, Reader reader) {
      this.selection = selection;
      this.sentRevision = revision;
      this.reader = reader;
    }

    private void send(WatchRolloutsResponse.Builder event) {
      if (!reader.send(event.setRevision(latest.revision()).build())) {
        watchers.remove(this);
      }
    }

    synchronized void offer(Catalog catalog) {
      if (catalog.revision() >= latest.revision()) {
        latest = catalog;
        drain();
      }
    }

    synchronized void drain() {
      if (!reader.isReady()) {
        return;
      }
      ImmutableSortedMap<ResourceName, LiveRollout> now =
          ImmutableSortedMap.copyOf(Maps.filterValues(latest.rollouts(), selection::test));
      for (ResourceName gone : Sets.difference(sent.keySet(), now.keySet())) {
        send(WatchRolloutsResponse.newBuilder().setDeleted(Names.full(Names.ROLLOUTS, gone)));
      }
      now.forEach((name, live) -> {
        LiveRollout before = sent.get(name);
        long known = before == null ? sentRevision : before.revision();
        boolean news = live.revision() > known;
        if (news) {
          send(WatchRolloutsResponse.newBuilder().setRollout(RolloutView.of(live)));
        }
      });
      sent = now;
      sentRevision = latest.revision();
      if (!synced) {
        synced = true;
        send(WatchRolloutsResponse.newBuilder().setSynced(true));
      }
    }
  }
}
