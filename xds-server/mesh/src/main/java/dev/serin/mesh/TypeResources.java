package dev.serin.mesh;

import com.google.common.cache.Cache;
import com.google.common.cache.CacheBuilder;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.collect.ImmutableSortedSet;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.concurrent.ExecutionException;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one type in a snapshot. Immutable, and shared: by all proxies of a group, and by
 * the snapshots between which the type did not change. Equality is identity, so that "nothing has
 * changed" costs one comparison however many resources there are.
 *
 * <p>Proxies that differ in a little share a set and have a layer each above it, {@link #with}: a
 * thousand proxies with a cluster of their own and a thousand in common are two thousand resources
 * in memory, not a million.
 */
public final class TypeResources {
  /** No resources. */
  public static final TypeResources NONE =
      new TypeResources(null, ImmutableSortedMap.of(), "s1-empty", "s1-empty");

  /** What this is a layer above; null for a set of its own, and never a layer itself. */
  private final @Nullable TypeResources base;

  /** Beside the base's, and instead of those of the same name. */
  private final ImmutableSortedMap<String, Resource> own;

  private final String version;
  private final String versionInfo;
  private final int size;
  private final Differences differences = new Differences();

  // Made when first needed. A race makes an equal one twice, which does no harm.
  private @Nullable Map<String, Resource> byAlias;
  private @Nullable Cache<String, TypeResources> layers;
  private @Nullable ImmutableSortedSet<String> names;

  private TypeResources(
      @Nullable TypeResources base,
      ImmutableSortedMap<String, Resource> own,
      String version,
      String versionInfo) {
    this.base = base;
    this.own = own;
    this.version = version;
    this.versionInfo = versionInfo;
    this.size =
        base == null
            ? own.size()
            : base.size + (int) own.keySet().stream().filter(n -> base.get(n) == null).count();
  }

  /** Of two with one name the later one counts. */
  static TypeResources of(Collection<Resource> resources) {
    TreeMap<String, Resource> named = new TreeMap<>();
    resources.forEach(resource -> named.put(resource.name(), resource));
    if (named.isEmpty()) {
      return NONE;
    }
    String version = versionOf("", named.values());
    return new TypeResources(null, ImmutableSortedMap.copyOf(named), version, version);
  }

  /**
   * The same resources under the version that their origin gave to all of them together. It is what
   * proxies are told; whether two sets are equal is a matter of {@link #version} all the same.
   */
  TypeResources told(String wanted) {
    if (base != null) {
      throw new IllegalStateException("a layer is nobody's but ours (expected: a set of its own)");
    }
    return versionInfo.equals(wanted) ? this : new TypeResources(null, own, version, wanted);
  }

  /**
   * These and some more, which stand in for those of the same name. Shares everything with this
   * set, and is the same object for equal additions as long as somebody holds it.
   */
  public TypeResources with(Collection<Resource> more) {
    TreeMap<String, Resource> named = new TreeMap<>();
    TypeResources below = this;
    if (base != null) {
      below = base;
      named.putAll(own);
    }
    more.forEach(resource -> named.put(resource.name(), resource));
    TypeResources root = below;
    named.values().removeIf(resource -> Objects.equals(resource, root.get(resource.name())));
    if (named.isEmpty()) {
      return root;
    }
    if (root.isEmpty()) {
      return of(named.values());
    }
    String key = versionOf(root.version, named.values());
    try {
      return root.layers()
          .get(
              key, () -> new TypeResources(root, ImmutableSortedMap.copyOfSorted(named), key, key));
    } catch (ExecutionException e) {
      throw new IllegalStateException(e);
    }
  }

  private synchronized Cache<String, TypeResources> layers() {
    if (layers == null) {
      layers = CacheBuilder.newBuilder().weakValues().build();
    }
    return layers;
  }

  /** All by name. Where this is a layer it is put together anew, so prefer {@link #forEach}. */
  public ImmutableSortedMap<String, Resource> byName() {
    if (base == null) {
      return own;
    }
    TreeMap<String, Resource> all = new TreeMap<>(base.own);
    all.putAll(own);
    return ImmutableSortedMap.copyOfSorted(all);
  }

  public @Nullable Resource get(String name) {
    Resource found = own.get(name);
    return found != null || base == null ? found : base.get(name);
  }

  /** The resource that is also known by this alias; null where there is none. */
  public @Nullable Resource byAlias(String alias) {
    Resource found = aliases().get(alias);
    return found != null || base == null ? found : base.byAlias(alias);
  }

  /** Whether one of them has another name. */
  public boolean aliased() {
    return !aliases().isEmpty() || (base != null && base.aliased());
  }

  private Map<String, Resource> aliases() {
    Map<String, Resource> known = byAlias;
    if (known == null) {
      Map<String, Resource> found = new HashMap<>();
      for (Resource resource : own.values()) {
        resource.aliases().forEach(alias -> found.put(alias, resource));
      }
      known = Map.copyOf(found);
      byAlias = known;
    }
    return known;
  }

  /**
   * Whether these are the names of all. Told at once of the set that was asked about before, which
   * a fleet shares.
   */
  @SuppressWarnings("ReferenceEquality") // equal sets are compared name by name
  public boolean isJust(ImmutableSortedSet<String> asked) {
    if (asked == names) {
      return true;
    }
    boolean same = asked.size() == size && asked.stream().allMatch(name -> get(name) != null);
    if (same) {
      names = asked;
    }
    return same;
  }

  public void forEach(Consumer<Resource> action) {
    if (base != null) {
      base.own.forEach((name, resource) -> {
        if (!own.containsKey(name)) {
          action.accept(resource);
        }
      });
    }
    own.values().forEach(action);
  }

  /** Whether one of them passes. */
  public boolean any(Predicate<Resource> test) {
    return own.values().stream().anyMatch(test)
        || (base != null
            && base.own.values().stream()
                .anyMatch(resource -> !own.containsKey(resource.name()) && test.test(resource)));
  }

  /**
   * What leads from an earlier set to this one. Worked out once for all who ask; between layers it
   * is what their roots share, and a look at what stands above them.
   */
  public Change since(TypeResources earlier) {
    return Differences.between(earlier, this);
  }

  /** Those that have been worked out. */
  Differences differences() {
    return differences;
  }

  public int size() {
    return size;
  }

  public boolean isEmpty() {
    return size == 0;
  }

  /** The set that this is a layer above; itself where it is none. */
  public TypeResources root() {
    return base == null ? this : base;
  }

  /** What stands above the root: everything where this is no layer. */
  public ImmutableSortedMap<String, Resource> own() {
    return own;
  }

  /**
   * Of all resources together, as state-of-the-world responses carry it: equal where the layers
   * are, which they are on every replica that is given the same.
   */
  public String version() {
    return version;
  }

  /** The version of all together as proxies are told it: {@link #version}, or their origin's. */
  public String versionInfo() {
    return versionInfo;
  }

  private static String versionOf(String below, Collection<Resource> resources) {
    Hasher hasher = Hashing.sha256().newHasher();
    if (!below.isEmpty()) {
      // No resource's name begins so: a layer never has the version of a set.
      hasher.putByte((byte) 0).putString(below, StandardCharsets.UTF_8).putByte((byte) 0);
    }
    for (Resource resource : resources) {
      hasher.putString(resource.name(), StandardCharsets.UTF_8).putByte((byte) 0);
      hasher.putString(resource.version(), StandardCharsets.UTF_8).putByte((byte) 0);
    }
    return "s1-" + hasher.hash().toString().substring(0, 32);
  }
}
