package dev.serin.mesh;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import org.jspecify.annotations.Nullable;

/**
 * What leads from an earlier set of resources to a later one. Immutable; holds nothing of the
 * earlier set.
 *
 * @param names that are in one only, or have another content
 * @param one where just one resource has another content, and that is all, what it is now; else
 *     null. So it is with every weight of a rollout, and ten thousand streams share it.
 */
public record Change(
    ImmutableSortedSet<String> names, @Nullable ImmutableSortedMap<String, Resource> one) {
  static final Change NONE = new Change(ImmutableSortedSet.of(), null);

  static Change of(TypeResources from, TypeResources to, ImmutableSortedSet<String> names) {
    if (names.size() != 1) {
      return new Change(names, null);
    }
    String name = names.first();
    Resource after = to.get(name);
    return new Change(
        names, from.get(name) == null || after == null ? null : ImmutableSortedMap.of(name, after));
  }
}
