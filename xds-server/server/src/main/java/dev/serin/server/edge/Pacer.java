package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;

/**
 * Lets in so many a second, lets others wait their turn, and turns away whom it could not let in
 * soon. Those who wait are let in by turns of where they are from, and none of these places may
 * have more of the room than it leaves free: a place that comes with thousands delays itself and
 * finds nobody else's place taken. Knows no clock; not thread-safe.
 *
 * @param <P> where one is from
 * @param <T> who comes; compared by identity or as its class says
 */
final class Pacer<P, T> {

  /** So long a wait a peer bears: Envoy gives up a connection after 5 s. */
  static final int LONGEST_WAIT_SECONDS = 4;

  private static final long LONGEST_WAIT = LONGEST_WAIT_SECONDS * 1_000_000_000L;

  private final Rate rate;
  private final int room;

  /** Who waits, the one who came first first. */
  private final LinkedHashMap<T, Ticket<P>> arrivals = new LinkedHashMap<>();

  /** The same by places, the place whose turn is next first. */
  private final LinkedHashMap<P, LinkedHashSet<T>> turns = new LinkedHashMap<>();

  private record Ticket<P>(P place, long since) {}

  /** What comes of somebody. */
  enum Entry {
    LET_IN,
    WAITS,
    TURNED_AWAY
  }

  Pacer(int perSecond, long now) {
    this.rate = new Rate(perSecond, perSecond, now);
    this.room = perSecond * LONGEST_WAIT_SECONDS;
  }

  Entry enter(P place, T who, long now) {
    if (arrivals.isEmpty() && rate.take(now)) {
      return Entry.LET_IN;
    }
    LinkedHashSet<T> same = turns.get(place);
    int fromThere = same == null ? 0 : same.size();
    if (fromThere >= room - arrivals.size()) {
      return Entry.TURNED_AWAY;
    }
    arrivals.put(who, new Ticket<>(place, now));
    turns.computeIfAbsent(place, p -> new LinkedHashSet<>()).add(who);
    return Entry.WAITS;
  }

  /** Somebody does not want to wait any longer. */
  void leave(T who) {
    Ticket<P> ticket = arrivals.remove(who);
    if (ticket != null) {
      forget(ticket.place(), who);
    }
  }

  /** Who has waited for as long as one bears; they wait no longer, and are not let in. */
  ImmutableList<T> overdue(long now) {
    ImmutableList.Builder<T> overdue = ImmutableList.builder();
    while (!arrivals.isEmpty()) {
      Map.Entry<T, Ticket<P>> first = arrivals.firstEntry();
      if (now - first.getValue().since() < LONGEST_WAIT) {
        break;
      }
      leave(first.getKey());
      overdue.add(first.getKey());
    }
    return overdue.build();
  }

  /** Whose turn has come; they wait no longer. */
  ImmutableList<T> due(long now) {
    ImmutableList.Builder<T> due = ImmutableList.builder();
    while (!arrivals.isEmpty() && rate.take(now)) {
      P place = turns.firstEntry().getKey();
      LinkedHashSet<T> same = turns.pollFirstEntry().getValue();
      T who = same.removeFirst();
      arrivals.remove(who);
      due.add(who);
      if (!same.isEmpty()) {
        turns.putLast(place, same);
      }
    }
    return due.build();
  }

  /** Everybody who waits; they wait no longer. */
  ImmutableList<T> dismiss() {
    ImmutableList<T> all = ImmutableList.copyOf(arrivals.keySet());
    arrivals.clear();
    turns.clear();
    return all;
  }

  int waiting() {
    return arrivals.size();
  }

  /** How long until the next one's turn; 0 or less: it has come. */
  long nanosToNext(long now) {
    return rate.nanosToNext(now);
  }

  private void forget(P place, T who) {
    LinkedHashSet<T> same = turns.get(place);
    if (same != null && same.remove(who) && same.isEmpty()) {
      turns.remove(place);
    }
  }
}
