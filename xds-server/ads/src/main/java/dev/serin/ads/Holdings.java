package dev.serin.ads;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import java.lang.ref.WeakReference;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * What a client has of one type: a set of resources that it shares with the fleet, and what differs
 * from it at this client. A client that is up to date differs in nothing, so a stream's memory does
 * not grow with the number of resources. Immutable.
 *
 * <p>The base may hold names that the client never asked for. Whoever asks filters by the
 * subscription, and a name that is newly asked for is set to {@link Held#NOTHING} first.
 */
record Holdings(TypeResources base, ImmutableMap<String, Held> others) {
  static final Holdings NONE = new Holdings(TypeResources.NONE, ImmutableMap.of());

  /**
   * What one resource was before a push, as all streams of a fleet in step still have it: they
   * share it, and when the last of them has gone on nothing keeps it.
   */
  private static volatile WeakReference<ImmutableMap<String, Held>> lately =
      new WeakReference<>(ImmutableMap.of());

  /** Of a client that has all of a set, but of one resource still what it was. */
  @SuppressWarnings("ReferenceEquality") // an equal one of another fleet is only made anew
  static Holdings allBut(Resource before, TypeResources served) {
    ImmutableMap<String, Held> known = lately.get();
    Held held = known == null ? null : known.get(before.name());
    if (known == null || held == null || held.body() != before) {
      known = ImmutableMap.of(before.name(), Held.of(before));
      lately = new WeakReference<>(known);
    }
    return new Holdings(served, known);
  }

  Held get(String name) {
    Held other = others.get(name);
    if (other != null) {
      return other;
    }
    Resource resource = base.get(name);
    return resource == null ? Held.NOTHING : Held.of(resource);
  }

  Holdings with(Map<String, Held> changed) {
    if (changed.isEmpty()) {
      return this;
    }
    Map<String, Held> next = new HashMap<>(others);
    next.putAll(changed);
    return new Holdings(base, ImmutableMap.copyOf(next));
  }

  /** After the client has accepted these, all of which it asks for. */
  Holdings accepting(Map<String, Resource> offered) {
    Map<String, Held> left = new HashMap<>();
    others.forEach((name, held) -> {
      if (!offered.containsKey(name)) {
        left.put(name, held);
      }
    });
    for (Resource resource : offered.values()) {
      Resource same = base.get(resource.name());
      if (same == null || !same.version().equals(resource.version())) {
        left.put(resource.name(), Held.of(resource));
      }
    }
    return new Holdings(base, ImmutableMap.copyOf(left));
  }

  /** Without what is said of names that are no longer asked for. */
  Holdings covered(Predicate<String> covers) {
    if (others.isEmpty() || others.keySet().stream().allMatch(covers)) {
      return this;
    }
    Map<String, Held> next = new HashMap<>(others);
    next.keySet().removeIf(covers.negate());
    return new Holdings(base, ImmutableMap.copyOf(next));
  }

  /** The same without a base: of what it holds only the names that {@code covers} covers. */
  Holdings spelledOut(Predicate<String> covers) {
    Map<String, Held> next = new HashMap<>();
    base.forEach(resource -> {
      if (covers.test(resource.name())) {
        next.put(resource.name(), Held.of(resource));
      }
    });
    next.putAll(others);
    next.keySet().removeIf(covers.negate());
    return new Holdings(TypeResources.NONE, ImmutableMap.copyOf(next));
  }

  /** A newly asked for name is not held, whatever the base has under it. */
  Holdings forgetting(Set<String> names) {
    if (base.isEmpty()) {
      return this;
    }
    Map<String, Held> forgotten = new HashMap<>();
    for (String name : names) {
      if (base.get(name) != null && !others.containsKey(name)) {
        forgotten.put(name, Held.NOTHING);
      }
    }
    return with(forgotten);
  }

  /**
   * The same, told as differences from {@code target}. Costs what the two bases differ in, not what
   * they hold.
   */
  Holdings rebased(TypeResources target, Set<String> changed, Predicate<String> covers) {
    if (base == target && others.isEmpty()) {
      return this;
    }
    Map<String, Held> next = new HashMap<>();
    for (String name : changed) {
      addDifference(name, target, covers, next);
    }
    for (String name : others.keySet()) {
      addDifference(name, target, covers, next);
    }
    return new Holdings(target, ImmutableMap.copyOf(next));
  }

  private void addDifference(
      String name, TypeResources target, Predicate<String> covers, Map<String, Held> next) {
    if (!covers.test(name)) {
      return;
    }
    Held held = get(name);
    Resource wanted = target.get(name);
    boolean same = wanted == null ? held.equals(Held.NOTHING) : held.isJust(wanted);
    if (!same) {
      next.put(name, held);
    }
  }

  /** What is certain of it: every other name is not held. */
  Holdings settled() {
    Map<String, Held> next = new HashMap<>();
    others.forEach((name, held) -> {
      Resource body = held.body();
      if (body != null) {
        next.put(name, Held.of(body));
      } else if (base.get(name) != null) {
        next.put(name, Held.NOTHING);
      }
    });
    return new Holdings(base, ImmutableMap.copyOf(next));
  }

  /** Whether the client is known to hold anything at all. */
  boolean any(Predicate<String> covers) {
    return anyBody(covers, body -> true);
  }

  /** Whether some body that the client holds passes; an unknown body is handed over as null. */
  boolean anyBody(Predicate<String> covers, Predicate<@Nullable Resource> test) {
    return anyOther(test)
        || base.any(resource ->
            !others.containsKey(resource.name())
                && covers.test(resource.name())
                && test.test(resource));
  }

  /** The same of what differs at this client from what others have. */
  boolean anyOther(Predicate<@Nullable Resource> test) {
    return others.values().stream().anyMatch(held -> held.exists() && test.test(held.body()));
  }

  /** The names under which the client has something. */
  ImmutableSortedSet<String> names(Predicate<String> covers) {
    ImmutableSortedSet.Builder<String> names = ImmutableSortedSet.naturalOrder();
    others.forEach((name, held) -> {
      if (held.exists()) {
        names.add(name);
      }
    });
    base.forEach(resource -> {
      if (!others.containsKey(resource.name()) && covers.test(resource.name())) {
        names.add(resource.name());
      }
    });
    return names.build();
  }
}
