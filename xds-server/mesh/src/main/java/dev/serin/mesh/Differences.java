package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import java.lang.ref.WeakReference;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * In what one set of resources differs from earlier ones, worked out once for all who ask. It is a
 * part of the later set and goes with it; of an earlier one it keeps nothing alive, so that what a
 * fleet has left behind is garbage at once. Thread-safe.
 */
final class Differences {
  private volatile ImmutableList<Known> known = ImmutableList.of();

  private record Known(WeakReference<TypeResources> from, Change change) {}

  /** What leads from one set to another, of which one may be a layer or both. */
  static Change between(TypeResources from, TypeResources to) {
    if (from == to) {
      return Change.NONE;
    }
    TypeResources below = from.root();
    TypeResources above = to.root();
    if (from == below && to == above) {
      return to.differences().from(from, to);
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

  private static void addOwn(TypeResources resources, Set<String> names) {
    if (resources.root() != resources) {
      names.addAll(resources.own().keySet());
    }
  }

  private Change from(TypeResources earlier, TypeResources later) {
    Change found = find(earlier);
    return found == null ? compare(earlier, later) : found;
  }

  private @Nullable Change find(TypeResources earlier) {
    for (Known candidate : known) {
      if (candidate.from.refersTo(earlier)) {
        return candidate.change;
      }
    }
    return null;
  }

  private synchronized Change compare(TypeResources earlier, TypeResources later) {
    Change found = find(earlier);
    if (found != null) {
      return found; // by another thread, while this one waited for it
    }
    Change change = Change.of(earlier, later, names(earlier, later));
    ImmutableList.Builder<Known> next = ImmutableList.builder();
    for (Known candidate : known) {
      if (!candidate.from.refersTo(null)) {
        next.add(candidate);
      }
    }
    known = next.add(new Known(new WeakReference<>(earlier), change)).build();
    return change;
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
