package dev.serin.server.api;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import com.google.common.collect.Sets;
import com.google.errorprone.annotations.concurrent.GuardedBy;
import dev.serin.policy.ResourceName;
import dev.serin.server.api.RolloutWatches.Past;
import dev.serin.server.control.LiveRollout;
import dev.serin.v1.WatchRolloutsRequest;
import dev.serin.v1.WatchRolloutsResponse;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import java.util.function.Predicate;

/**
 * One open watch on rollouts: what its reader has, compared with what is. It tells as much as the
 * reader has room for and compares again when there is more. Its lock is held only while it
 * compares and hands over, never while it waits.
 */
final class RolloutWatcher {
  private final Selection selection;
  private final WatchReader<WatchRolloutsResponse> reader;
  private final Consumer<RolloutWatcher> ended;

  /** What the reader has; the rollouts that it had before this watch included. */
  @GuardedBy("this")
  private final TreeMap<ResourceName, LiveRollout> told = new TreeMap<>();

  /** What it had before this watch and may not know to be gone. */
  @GuardedBy("this")
  private final TreeSet<ResourceName> gone = new TreeSet<>();

  /** The revision that the reader came with; 0: none. */
  private final long from;

  @GuardedBy("this")
  private Past latest = Past.NONE;

  @GuardedBy("this")
  private Stage stage = Stage.OPENED;

  private enum Stage {
    OPENED,
    CATCHING_UP,
    SYNCED,
    OVER
  }

  /**
   * What a watch is about.
   *
   * @param names told of deletions
   * @param rollouts told of changes
   */
  private record Selection(Predicate<ResourceName> names, Predicate<LiveRollout> rollouts) {
    static Selection of(WatchRolloutsRequest request) {
      LabelFilter labels = LabelFilter.parse(request.getFilter());
      Predicate<ResourceName> names = names(request.getParent());
      return new Selection(
          names,
          live ->
              names.test(live.state().spec().name())
                  && labels.matches(live.state().spec().labels()));
    }

    private static Predicate<ResourceName> names(String parent) {
      if (parent.indexOf('/', "tenants/".length()) > 0) {
        return Names.parse(Names.ROLLOUTS, parent)::equals;
      }
      String tenant = Names.tenant(parent);
      return name -> Names.isOf(tenant, name);
    }
  }

  private record News(ResourceName name, long revision, Optional<LiveRollout> rollout) {
    WatchRolloutsResponse.Builder event() {
      return rollout
          .map(live -> WatchRolloutsResponse.newBuilder().setRollout(RolloutView.of(live)))
          .orElseGet(() ->
              WatchRolloutsResponse.newBuilder().setDeleted(Names.full(Names.ROLLOUTS, name)));
    }
  }

  /**
   * @param ended is told when nobody reads it any more
   */
  RolloutWatcher(
      WatchRolloutsRequest request,
      WatchReader<WatchRolloutsResponse> reader,
      Consumer<RolloutWatcher> ended) {
    if (request.getRevision() < 0) {
      throw Replies.badField("revision", request.getRevision() + " (expected: 0 or more)");
    }
    this.selection = Selection.of(request);
    this.from = request.getRevision();
    this.reader = reader;
    this.ended = ended;
  }

  /** There is something newer. */
  synchronized void offer(Past now) {
    if (now.latest().revision() >= latest.latest().revision()) {
      latest = now;
      drain();
    }
  }

  /** Tells what is new, as far as the reader takes it. */
  synchronized void drain() {
    if (stage == Stage.OVER || !reader.isReady()) {
      return;
    }
    if (stage == Stage.OPENED && !begin()) {
      return;
    }
    List<News> news = news();
    for (int i = 0; i < news.size(); i++) {
      if (!reader.isReady() || !tell(news, i)) {
        return;
      }
    }
    if (stage == Stage.CATCHING_UP && reader.isReady()) {
      stage = Stage.SYNCED;
      boolean unused =
          send(WatchRolloutsResponse.newBuilder().setSynced(true), latest.latest().revision());
    }
  }

  /** Ends the watch, because the server goes. */
  synchronized void end() {
    if (stage != Stage.OVER) {
      stage = Stage.OVER;
      reader.end();
    }
  }

  /** Notes what the reader has from before; false when nobody reads any more. */
  @GuardedBy("this")
  private boolean begin() {
    stage = Stage.CATCHING_UP;
    boolean forgotten = from > 0 && !latest.reaches(from);
    if (forgotten && !send(WatchRolloutsResponse.newBuilder().setReset(true), 0)) {
      return false;
    }
    if (from > 0 && !forgotten) {
      told.putAll(Maps.filterValues(selected(), live -> live.revision() <= from));
      latest
          .deletions()
          .forEach((name, revision) -> {
            if (revision > from && selection.names().test(name)) {
              gone.add(name);
            }
          });
    }
    return true;
  }

  @GuardedBy("this")
  private ImmutableSortedMap<ResourceName, LiveRollout> selected() {
    return ImmutableSortedMap.copyOf(
        Maps.filterValues(latest.latest().rollouts(), selection.rollouts()::test));
  }

  /** What the reader does not have, by revision. */
  @GuardedBy("this")
  private List<News> news() {
    ImmutableSortedMap<ResourceName, LiveRollout> now = selected();
    List<News> news = new ArrayList<>();
    gone.removeAll(now.keySet());
    for (ResourceName name : Sets.union(gone, Sets.difference(told.keySet(), now.keySet()))) {
      long at = latest.deletions().getOrDefault(name, latest.latest().revision());
      news.add(new News(name, at, Optional.empty()));
    }
    now.forEach((name, live) -> {
      LiveRollout before = told.get(name);
      if (before == null || live.revision() > before.revision()) {
        news.add(new News(name, live.revision(), Optional.of(live)));
      }
    });
    news.sort(Comparator.comparingLong(News::revision));
    return news;
  }

  /**
   * Each event with the revision to go on from after it: what follows it must be told again to
   * whoever stops reading there, so it is the one before where the next has the same.
   */
  @GuardedBy("this")
  private boolean tell(List<News> news, int index) {
    News one = news.get(index);
    boolean more = index + 1 < news.size() && news.get(index + 1).revision() == one.revision();
    if (!send(one.event(), more ? Math.max(0, one.revision() - 1) : one.revision())) {
      return false;
    }
    one.rollout()
        .ifPresentOrElse(live -> told.put(one.name(), live), () -> told.remove(one.name()));
    gone.remove(one.name());
    return true;
  }

  @GuardedBy("this")
  private boolean send(WatchRolloutsResponse.Builder event, long revision) {
    if (reader.send(event.setRevision(revision).build())) {
      return true;
    }
    stage = Stage.OVER;
    ended.accept(this);
    return false;
  }
}
