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
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Predicate;

/**
 * The open watches on rollouts. A watcher that reads slowly gets the latest state of each rollout,
 * not every one between: it costs no memory and delays nobody.
 */
public final class RolloutWatches {
  /** Deletions that a watch which comes back late may still be told of. */
  private static final int MAX_DELETIONS = 1_000;

  private final Set<Watcher> watchers = ConcurrentHashMap.newKeySet();
  private volatile Optional<Past> past = Optional.empty();

  /**
   * What a watch that goes on from a revision has to know of the past.
   *
   * @param latest the catalogue that this belongs to
   * @param deletions by name, with the revision of each
   * @param since the revision from which on every deletion is known
   */
  private record Past(
      Catalog latest, ImmutableSortedMap<ResourceName, Long> deletions, long since) {
    static final Past NONE = at(Catalog.EMPTY);

    static Past at(Catalog first) {
      return new Past(first, ImmutableSortedMap.of(), first.revision());
    }

    Past then(Catalog next) {
      TreeMap<ResourceName, Long> gone = new TreeMap<>(deletions);
      Sets.difference(latest.rollouts().keySet(), next.rollouts().keySet())
          .forEach(name -> gone.put(name, next.revision()));
      gone.keySet().removeAll(next.rollouts().keySet());
      long from = since;
      while (gone.size() > MAX_DELETIONS) {
        var oldest = Collections.min(gone.entrySet(), Map.Entry.comparingByValue());
        gone.remove(oldest.getKey());
        from = oldest.getValue();
      }
      return new Past(next, ImmutableSortedMap.copyOf(gone), from);
    }

    /** Whether all that happened after a revision can be told. */
    boolean reaches(long revision) {
      return revision >= since && revision <= latest.revision();
    }
  }

  /** Tells every watcher; called by the loop with each new catalogue, beginning with the first. */
  public void changed(Catalog catalog) {
    Past now = past.map(before -> before.then(catalog)).orElseGet(() -> Past.at(catalog));
    past = Optional.of(now);
    watchers.forEach(watcher -> watcher.offer(now));
  }

  /** Opens a watch: what is there, then every change, until the caller leaves. */
  void open(
      WatchRolloutsRequest request, ServerCallStreamObserver<WatchRolloutsResponse> observer) {
    Watcher watcher = new Watcher(selection(request), revision(request), new CallReader(observer));
    observer.setOnCancelHandler(() -> watchers.remove(watcher));
    observer.setOnReadyHandler(watcher::drain);
    watchers.add(watcher);
    watcher.offer(past.orElse(Past.NONE));
  }

  /** Opens a watch for another kind of reader; the answer ends it. */
  Runnable open(WatchRolloutsRequest request, Reader reader) {
    Watcher watcher = new Watcher(selection(request), revision(request), reader);
    watchers.add(watcher);
    watcher.offer(past.orElse(Past.NONE));
    return () -> watchers.remove(watcher);
  }

  private static long revision(WatchRolloutsRequest request) {
    if (request.getRevision() < 0) {
      throw Replies.badField("revision", request.getRevision() + " (expected: 0 or more)");
    }
    return request.getRevision();
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

  /**
   * What a watch is about.
   *
   * @param names told of deletions
   * @param rollouts told of changes
   */
  private record Selection(Predicate<ResourceName> names, Predicate<LiveRollout> rollouts) {}

  private static Selection selection(WatchRolloutsRequest request) {
    LabelFilter labels = LabelFilter.parse(request.getFilter());
    Predicate<ResourceName> names = names(request.getParent());
    return new Selection(
        names,
        live ->
            names.test(live.state().spec().name()) && labels.matches(live.state().spec().labels()));
  }

  private static Predicate<ResourceName> names(String parent) {
    if (parent.indexOf('/', "tenants/".length()) > 0) {
      return Names.parse(Names.ROLLOUTS, parent)::equals;
    }
    String tenant = Names.tenant(parent);
    return name -> tenant.equals(Names.ANY_TENANT) || name.tenant().equals(tenant);
  }

  /**
   * One open watch; its lock is held only while it compares and hands over, never while it waits.
   */
  private final class Watcher {
    private final Selection selection;
    private final Reader reader;
    private long sentRevision;
    private ImmutableSortedMap<ResourceName, LiveRollout> sent = ImmutableSortedMap.of();
    private Past latest = Past.NONE;
    private boolean synced;

    Watcher(Selection selection, long revision, Reader reader) {
      this.selection = selection;
      this.sentRevision = revision;
      this.reader = reader;
    }

    synchronized void offer(Past now) {
      if (now.latest().revision() >= latest.latest().revision()) {
        latest = now;
        drain();
      }
    }

    synchronized void drain() {
      if (!reader.isReady()) {
        return;
      }
      List<News> news = new ArrayList<>();
      boolean begins = !synced;
      if (begins && sentRevision > 0 && !latest.reaches(sentRevision)) {
        sentRevision = 0;
        news.add(new News(0, WatchRolloutsResponse.newBuilder().setReset(true)));
      }
      ImmutableSortedMap<ResourceName, LiveRollout> now =
          ImmutableSortedMap.copyOf(
              Maps.filterValues(latest.latest().rollouts(), selection.rollouts()::test));
      gone(now, begins, news);
      now.forEach((name, live) -> {
        LiveRollout before = sent.get(name);
        if (live.revision() > (before == null ? sentRevision : before.revision())) {
          news.add(
              new News(
                  live.revision(),
                  WatchRolloutsResponse.newBuilder().setRollout(RolloutView.of(live))));
        }
      });
      long revision = latest.latest().revision();
      if (begins) {
        synced = true;
        news.add(new News(revision, WatchRolloutsResponse.newBuilder().setSynced(true)));
      }
      sent = now;
      sentRevision = revision;
      tell(news);
    }

    /** What was there and is not: since the last event, or since a revision that is known of. */
    private void gone(
        ImmutableSortedMap<ResourceName, LiveRollout> now, boolean begins, List<News> news) {
      Set<ResourceName> names = new TreeSet<>(Sets.difference(sent.keySet(), now.keySet()));
      if (begins && sentRevision > 0) {
        latest
            .deletions()
            .forEach((name, revision) -> {
              if (revision > sentRevision && selection.names().test(name)) {
                names.add(name);
              }
            });
      }
      for (ResourceName name : names) {
        long at = latest.deletions().getOrDefault(name, latest.latest().revision());
        news.add(
            new News(
                at,
                WatchRolloutsResponse.newBuilder().setDeleted(Names.full(Names.ROLLOUTS, name))));
      }
    }

    /**
     * Each event with the revision to go on from after it: what follows it must be told again to
     * whoever stops reading there, so it is the one before where the next has the same.
     */
    private void tell(List<News> news) {
      news.sort(Comparator.comparingLong(News::revision));
      for (int i = 0; i < news.size(); i++) {
        long revision = news.get(i).revision();
        boolean more = i + 1 < news.size() && news.get(i + 1).revision() == revision;
        if (!reader.send(
            news.get(i).event().setRevision(more ? Math.max(0, revision - 1) : revision).build())) {
          watchers.remove(this);
          return;
        }
      }
    }
  }

  private record News(long revision, WatchRolloutsResponse.Builder event) {}
}
