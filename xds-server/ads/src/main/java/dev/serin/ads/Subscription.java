package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import com.google.common.collect.Sets;
import com.google.common.hash.HashCode;
import java.util.Collection;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/** The names of one type that one stream asks for. Confined to its stream. */
final class Subscription {
  static final String WILDCARD = "*";

  /** Proxies that ask for the same names share them. */
  private static final Interner<ImmutableSortedSet<String>> SHARED = Interners.newWeakInterner();

  private boolean wildcard;

  /** Whether any name, the wildcard's included, was ever asked for on this stream. */
  private boolean explicit;

  private ImmutableSortedSet<String> names = ImmutableSortedSet.of();

  /** Of the names in the last state-of-the-world request. */
  private @Nullable HashCode lastHash;

  boolean wildcard() {
    return wildcard;
  }

  ImmutableSortedSet<String> names() {
    return names;
  }

  boolean covers(String name) {
    return wildcard || names.contains(name);
  }

  /** Whether a state-of-the-world request asks for what the one before it asked for. */
  boolean repeats(NameList asked) {
    return asked.hash().equals(lastHash);
  }

  /** Takes a state-of-the-world request, which holds all names asked for; returns the new ones. */
  ImmutableSortedSet<String> replace(NameList list) {
    lastHash = list.hash();
    ImmutableList<String> asked = list.strings();
    if (asked.isEmpty() && !explicit) {
      // "the server should treat that identically to how it would treat the client having
      // explicitly subscribed to "*""
      wildcard = true;
      return ImmutableSortedSet.of();
    }
    // "once the client does explicitly subscribe to a resource name [...] clearing the list of
    // subscribed resources is interpretted as an unsubscription"
    explicit = true;
    wildcard = asked.contains(WILDCARD);
    ImmutableSortedSet<String> before = names;
    names = shared(withoutWildcard(asked));
    return ImmutableSortedSet.copyOf(Sets.difference(names, before));
  }

  /** Takes the two lists of an incremental request; returns the names subscribed to in it. */
  ImmutableSortedSet<String> change(Collection<String> added, Collection<String> removed) {
    if (added.isEmpty() && !explicit) {
      wildcard = true;
    }
    explicit |= !added.isEmpty();
    wildcard |= added.contains(WILDCARD);
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
