package dev.serin.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.collect.Interner;
import com.google.common.collect.Interners;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;

/**
 * Makes what bases have, once for equal content: resources, sets of them, snapshots. What nobody
 * holds any more is forgotten. Thread-safe.
 */
public final class BaseSnapshots {
  private final Interner<Resource> resources = Interners.newWeakInterner();
  private final Interner<BaseSnapshot> snapshots = Interners.newWeakInterner();
  private final Interner<Base> bases = Interners.newWeakInterner();
  private final Cache<String, TypeResources> sets = CacheBuilder.newBuilder().weakValues().build();

  /** From a set and what changes in it to the next: found out once for all equal proxies. */
  private final Cache<TypeResources, Cache<String, TypeResources>> steps =
      CacheBuilder.newBuilder().weakKeys().build();

  /** The one instance of an equal resource. */
  public Resource one(Resource resource) {
    return resources.intern(resource);
  }

  /**
   * All resources of one type.
   *
   * @param versionInfo what their origin calls all of them together, if it does
   */
  public TypeResources set(Collection<Resource> all, Optional<String> versionInfo) {
    return shared(TypeResources.of(all.stream().map(this::one).toList()), versionInfo);
  }

  /** The set with some resources replaced or added, and some names taken out. */
  public TypeResources changed(
      TypeResources before,
      Collection<Resource> changed,
      Collection<String> removed,
      Optional<String> versionInfo) {
    if (changed.isEmpty() && removed.isEmpty()) {
      return shared(before, versionInfo);
    }
    try {
      return steps
          .get(before, () -> CacheBuilder.newBuilder().weakValues().build())
          .get(
              step(changed, removed, versionInfo),
              () -> {
                TreeMap<String, Resource> all = new TreeMap<>(before.byName());
                removed.forEach(all::remove);
                changed.forEach(resource -> all.put(resource.name(), one(resource)));
                return shared(TypeResources.of(all.values()), versionInfo);
              });
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private static String step(
      Collection<Resource> changed, Collection<String> removed, Optional<String> versionInfo) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (String name : ImmutableSortedSet.copyOf(removed)) {
      hasher.putString(name, StandardCharsets.UTF_8).putByte((byte) 0);
    }
    hasher.putByte((byte) 1);
    TreeMap<String, Resource> sorted = new TreeMap<>();
    changed.forEach(resource -> sorted.put(resource.name(), resource));
    sorted.forEach((name, resource) ->
        hasher
            .putString(name, StandardCharsets.UTF_8)
            .putByte((byte) 0)
            .putString(resource.version(), StandardCharsets.UTF_8)
            .putByte((byte) 0));
    return hasher.hash() + versionInfo.map(told -> "/" + told).orElse("");
  }

  private TypeResources shared(TypeResources made, Optional<String> versionInfo) {
    if (made.isEmpty()) {
      return TypeResources.NONE;
    }
    TypeResources told = made.told(versionInfo.orElse(made.version()));
    String type = made.byName().values().iterator().next().typeUrl();
    try {
      return sets.get(String.join("\n", type, told.version(), told.versionInfo()), () -> told);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  /** What a base has that has said everything. */
  public BaseSnapshot snapshot(Map<String, TypeResources> byType) {
    return snapshot(byType, Unsaid.Types.NONE);
  }

  /** What a base has so far. */
  public BaseSnapshot snapshot(Map<String, TypeResources> byType, Unsaid.Types unsaid) {
    return snapshots.intern(new BaseSnapshot(byType, unsaid));
  }

  /**
   * Bases around Serin's own services; of two resources with one type and name the first counts.
   *
   * @param before the services
   * @param after the services
   */
  public Base around(ImmutableList<BaseSnapshot> before, ImmutableList<BaseSnapshot> after) {
    return bases.intern(Base.of(before, after));
  }
}
