package dev.serin.mesh;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.Maps;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Everything that one group of equal proxies is served, by type URL and resource name. Immutable.
 */
public final class Snapshot {
  /** Serves nothing. */
  public static final Snapshot EMPTY = new Snapshot(ImmutableMap.of(), Unsaid.Types.NONE);

  /** In the order of the type URLs; found by hash, since every stream asks at every push. */
  private final ImmutableMap<String, TypeResources> byType;

  private final Unsaid.Types unsaid;

  private Snapshot(ImmutableMap<String, TypeResources> byType, Unsaid.Types unsaid) {
    this.byType = byType;
    this.unsaid = unsaid;
  }

  /** A snapshot of these resources; of two with one type and name the later one counts. */
  public static Snapshot of(Collection<Resource> resources) {
    TreeMap<String, List<Resource>> grouped = new TreeMap<>();
    for (Resource resource : resources) {
      grouped.computeIfAbsent(resource.typeUrl(), t -> new ArrayList<>()).add(resource);
    }
    return of(Maps.transformValues(grouped, TypeResources::of));
  }

  /** A snapshot that shares what other snapshots hold already. */
  static Snapshot of(Map<String, TypeResources> byType) {
    return of(byType, Unsaid.Types.NONE);
  }

  /** The same where of some types not everything has been said yet. */
  static Snapshot of(Map<String, TypeResources> byType, Unsaid.Types unsaid) {
    return new Snapshot(
        ImmutableMap.copyOf(
            ImmutableSortedMap.copyOf(Maps.filterValues(byType, type -> !type.isEmpty()))),
        unsaid);
  }

  /** The same with all that is served of some types replaced. */
  Snapshot withTypes(Map<String, TypeResources> replaced) {
    if (!byType.keySet().containsAll(replaced.keySet())) {
      TreeMap<String, TypeResources> all = new TreeMap<>(byType);
      all.putAll(replaced);
      return of(all, unsaid);
    }
    ImmutableMap.Builder<String, TypeResources> all =
        ImmutableMap.builderWithExpectedSize(byType.size());
    byType.forEach((type, resources) -> all.put(type, replaced.getOrDefault(type, resources)));
    return new Snapshot(all.buildOrThrow(), unsaid);
  }

  /** The resources of a type by name; empty for a type that is not served. */
  public ImmutableSortedMap<String, Resource> resources(String typeUrl) {
    return ofType(typeUrl).byName();
  }

  public Optional<Resource> resource(String typeUrl, String name) {
    return Optional.ofNullable(ofType(typeUrl).get(name));
  }

  /** The version of all resources of a type together, as state-of-the-world responses carry it. */
  public String version(String typeUrl) {
    return ofType(typeUrl).version();
  }

  /**
   * The resources of a type and their common version. What did not change between two snapshots of
   * one configuration is the same object in both.
   */
  public TypeResources ofType(String typeUrl) {
    return byType.getOrDefault(typeUrl, TypeResources.NONE);
  }

  /** What of a type is not known: it must not be answered, nor taken for gone. */
  public Unsaid unsaid(String typeUrl) {
    return unsaid.of(typeUrl);
  }

  /** The types that have at least one resource. */
  public java.util.Set<String> typeUrls() {
    return byType.keySet();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Snapshot that && versions().equals(that.versions());
  }

  @Override
  public int hashCode() {
    return versions().hashCode();
  }

  @Override
  public String toString() {
    return "Snapshot" + versions();
  }

  private Map<String, String> versions() {
    return Maps.transformValues(byType, TypeResources::version);
  }
}
