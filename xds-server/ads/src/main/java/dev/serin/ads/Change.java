package dev.serin.ads;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import org.jspecify.annotations.Nullable;

/**
 * What leads from one set of resources to another. Immutable; refers to neither set.
 *
 * @param names that are in one only, or have another content
 * @param one where just one resource has another content; else null
 */
record Change(ImmutableSortedSet<String> names, @Nullable OneResource one) {
  static final Change NONE = new Change(ImmutableSortedSet.of(), null);

  /**
   * One resource has another content, and that is all: so it is with every weight of a rollout, and
   * ten thousand streams share what follows from it.
   *
   * @param held what a client that had everything of the earlier set has otherwise in the later one
   * @param wanted what it has to be sent
   */
  record OneResource(ImmutableMap<String, Held> held, ImmutableSortedMap<String, Resource> wanted) {
    String name() {
      return wanted.firstKey();
    }
  }

  static Change of(TypeResources from, TypeResources to, ImmutableSortedSet<String> names) {
    if (names.size() != 1) {
      return new Change(names, null);
    }
    String name = names.first();
    Resource before = from.get(name);
    Resource after = to.get(name);
    return before == null || after == null
        ? new Change(names, null)
        : new Change(
            names,
            new OneResource(
                ImmutableMap.of(name, Held.of(before)), ImmutableSortedMap.of(name, after)));
  }
}
