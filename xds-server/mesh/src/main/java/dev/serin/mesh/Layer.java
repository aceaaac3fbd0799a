package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * What one proxy, or a few, have of their own above what all share: resources that are added, or
 * stand in for those of the same type and name. Everything else is shared, in memory and on its way
 * to proxies, and a change to what is shared costs no more than the types that changed.
 * Thread-safe.
 */
public final class Layer {
  private final ImmutableMap<String, ImmutableList<Resource>> own;

  /** What was asked for last, since nearly everybody asks for what is newest. */
  private volatile @Nullable Made last;

  private record Made(Snapshot below, Snapshot whole) {}

  public Layer(Collection<Resource> own) {
    TreeMap<String, List<Resource>> grouped = new TreeMap<>();
    for (Resource resource : own) {
      grouped.computeIfAbsent(resource.typeUrl(), type -> new ArrayList<>()).add(resource);
    }
    ImmutableMap.Builder<String, ImmutableList<Resource>> byType = ImmutableMap.builder();
    grouped.forEach((type, resources) -> byType.put(type, ImmutableList.copyOf(resources)));
    this.own = byType.buildOrThrow();
  }

  /** The shared snapshot with these; the same object as the last time for the same snapshot. */
  @SuppressWarnings("ReferenceEquality") // equal ones would be compared type by type
  public Snapshot over(Snapshot shared) {
    Made before = last;
    if (before != null && before.below == shared) {
      return before.whole;
    }
    TreeMap<String, TypeResources> layered = new TreeMap<>();
    own.forEach((type, resources) -> {
      TypeResources below = shared.ofType(type);
      layered.put(
          type,
          before != null && below == before.below.ofType(type)
              ? before.whole.ofType(type)
              : below.with(resources));
    });
    Snapshot whole = shared.withTypes(layered);
    last = new Made(shared, whole);
    return whole;
  }
}
