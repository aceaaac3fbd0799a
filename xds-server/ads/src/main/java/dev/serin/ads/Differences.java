package dev.serin.ads;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.TypeResources;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.atomic.LongAdder;

/**
 * In what two sets of resources differ, computed once for the whole fleet. Neither set is kept
 * alive by it. Thread-safe.
 */
final class Differences {
  private final Cache<TypeResources, ConcurrentLinkedQueue<Known>> byTarget =
      CacheBuilder.newBuilder().weakKeys().build();

  private final LongAdder compared = new LongAdder();

  private record Known(WeakReference<TypeResources> from, Change change) {}

  Change between(TypeResources from, TypeResources to) {
    if (from == to) {
      return Change.NONE;
    }
    TypeResources below = from.root();
    TypeResources above = to.root();
    if (from == below && to == above) {
      return betweenRoots(from, to);
    }
    // What one proxy has of its own is looked at for it alone, what lies below once for the fleet.
    Change shared = between(below, above);
    TreeSet<String> own = new TreeSet<>();
    addOwn(from, own);
    addOwn(to, own);
    TreeSet<String> names = new TreeSet<>(shared.names());
    for (String name : own) {
      if (Objects.equals(from.get(name), to.get(name))) {
        names.remove(name);
      } else {
        names.add(name);
      }
    }
    boolean apart = own.stream().noneMatch(shared.names()::contains);
    return apart && names.equals(shared.names())
        ? shared
        : Change.of(from, to, ImmutableSortedSet.copyOfSorted(names));
  }

  /** How often two sets were looked through. */
  long compared() {
    return compared.sum();
  }

  private static void addOwn(TypeResources resources, Set<String> names) {
    if (resources.root() != resources) {
      names.addAll(resources.own().keySet());
    }
  }

  private Change betweenRoots(TypeResources from, TypeResources to) {
    ConcurrentLinkedQueue<Known> known = known(to);
    for (Known candidate : known) {
      if (candidate.from().refersTo(from)) {
        return candidate.change();
      }
    }
    compared.increment();
    Change change = Change.of(from, to, names(from, to));
    known.removeIf(candidate -> candidate.from().refersTo(null));
    known.add(new Known(new WeakReference<>(from), change));
    return change;
  }

  private ConcurrentLinkedQueue<Known> known(TypeResources to) {
    try {
      return byTarget.get(to, ConcurrentLinkedQueue::new);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static ImmutableSortedSet<String> names(TypeResources from, TypeResources to) {
    TreeSet<String> names = new TreeSet<>();
    from.forEach(resource -> {
      if (!Objects.equals(resource, to.get(resource.name()))) {
        names.add(resource.name());
      }
    });
    to.forEach(resource -> {
      if (from.get(resource.name()) == null) {
        names.add(resource.name());
      }
    });
    return ImmutableSortedSet.copyOfSorted(names);
  }
}
