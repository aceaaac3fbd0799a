package dev.serin.ads;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.TreeSet;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;

/**
 * In what two sets of resources differ, computed once for the whole fleet. Neither set is kept
 * alive by it. Thread-safe.
 */
final class Differences {
  private final Cache<TypeResources, ConcurrentLinkedQueue<Known>> byTarget =
      CacheBuilder.newBuilder().weakKeys().build();

  private record Known(WeakReference<TypeResources> from, Change change) {}

  Change between(TypeResources from, TypeResources to) {
    if (from == to) {
      return Change.NONE;
    }
    ConcurrentLinkedQueue<Known> known = known(to);
    for (Known candidate : known) {
      if (candidate.from().refersTo(from)) {
        return candidate.change();
      }
    }
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
    for (Resource resource : from.byName().values()) {
      if (!Objects.equals(resource, to.get(resource.name()))) {
        names.add(resource.name());
      }
    }
    for (String name : to.byName().keySet()) {
      if (from.get(name) == null) {
        names.add(name);
      }
    }
    return ImmutableSortedSet.copyOfSorted(names);
  }
}
