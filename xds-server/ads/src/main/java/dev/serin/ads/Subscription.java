package dev.serin.ads;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import com.google.common.collect.Sets;
import java.util.Collection;
import java.util.TreeSet;

/** The names of one type that one stream asks for. Confined to its stream. */
final class Subscription {
  static final String WILDCARD = "*";

  /** Proxies that ask for the same names share them. */
  private static final Interner<ImmutableSortedSet<String>> SHARED = Interners.newWeakInterner();

  /** Lists without the wildcard, by their hash: a fleet that comes at once brings one list. */
  private static final Cache<Long, ImmutableSortedSet<String>> PLAIN =
      CacheBuilder.newBuilder().weakValues().build();

  private boolean wildcard;

  /**
   * Whether an empty list is no wildcard any more: any name, the wildcard's included, was asked for
   * on this stream, or in the incremental variant anything at all.
   */
  private boolean begun;

  private ImmutableSortedSet<String> names = ImmutableSortedSet.of();

  /** The names by which the resources go that are asked for under an alias. */
  private ImmutableSortedMap<String, String> aliases = ImmutableSortedMap.of();

  /** Of the names in the last state-of-the-world request; nothing before the first. */
  private long lastHash;

  private boolean replaced;

  boolean wildcard() {
    return wildcard;
  }

  ImmutableSortedSet<String> names() {
    return names;
  }

  boolean covers(String name) {
    return wildcard || names.contains(name) || (!aliases.isEmpty() && aliases.containsValue(name));
  }

  boolean coversAll(Collection<String> all) {
    if (!wildcard) {
      for (String name : all) {
        if (!covers(name)) {
          return false;
        }
      }
    }
    return true;
  }

  /** Resources by the aliases that they are asked for under. */
  ImmutableSortedMap<String, String> aliases() {
    return aliases;
  }

  /** What of the names is an alias is known from the resources alone, and may change with them. */
  void aliases(ImmutableSortedMap<String, String> known) {
    aliases = known;
  }

  /** Whether a state-of-the-world request asks for what the one before it asked for. */
  boolean repeats(NameList asked) {
    return replaced && asked.hash() == lastHash;
  }

  /** Takes a state-of-the-world request, which holds all names asked for; returns the new ones. */
  ImmutableSortedSet<String> replace(NameList list) {
    lastHash = list.hash();
    replaced = true;
    if (list.count() == 0 && !begun) {
      // "How the client specifies what resources to return": whoever has named nothing yet gets
      // everything.
      wildcard = true;
      return ImmutableSortedSet.of();
    }
    // The same section: after a first name an empty list takes back what was asked for.
    begun = true;
    ImmutableSortedSet<String> before = names;
    ImmutableSortedSet<String> known = PLAIN.getIfPresent(list.hash());
    if (known != null) {
      wildcard = false;
      names = known;
    } else {
      ImmutableList<String> asked = list.strings();
      wildcard = asked.contains(WILDCARD);
      names = shared(withoutWildcard(asked));
      if (!wildcard) {
        PLAIN.put(list.hash(), names);
      }
    }
    return before.isEmpty()
        ? names
        : ImmutableSortedSet.copyOf(Sets.difference(names, before).iterator());
  }

  /**
   * Takes the two lists of an incremental request; returns the names subscribed to in it. A list of
   * names without any is the wildcard in the first request alone ("How the client specifies what
   * resources to return"); a later one adds nothing.
   */
  ImmutableSortedSet<String> change(Collection<String> added, Collection<String> removed) {
    wildcard |= added.contains(WILDCARD) || (!begun && added.isEmpty());
    begun = true;
    ImmutableSortedSet<String> subscribed = withoutWildcard(added);
    if (!added.isEmpty() || !removed.isEmpty()) {
      TreeSet<String> left = new TreeSet<>(names);
      left.addAll(subscribed);
      removed.forEach(left::remove);
      names = shared(ImmutableSortedSet.copyOf(left));
    }
    wildcard &= !removed.contains(WILDCARD);
    return subscribed;
  }

  private static ImmutableSortedSet<String> shared(ImmutableSortedSet<String> names) {
    return names.isEmpty() ? names : SHARED.intern(names);
  }

  private static ImmutableSortedSet<String> withoutWildcard(Collection<String> asked) {
    return ImmutableSortedSet.copyOf(
        ImmutableList.copyOf(asked).stream().filter(n -> !n.equals(WILDCARD)).iterator());
  }
}
