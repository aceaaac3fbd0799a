package dev.serin.mesh;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import java.nio.charset.StandardCharsets;
import java.util.Collection;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one type in a snapshot. Immutable, and shared: by all proxies of a group, and by
 * the snapshots between which the type did not change. Equality is identity, so that "nothing has
 * changed" costs one comparison however many resources there are.
 */
public final class TypeResources {
  /** No resources. */
  public static final TypeResources NONE = new TypeResources(ImmutableSortedMap.of(), "s1-empty");

  private final ImmutableSortedMap<String, Resource> byName;
  private final String version;

  private TypeResources(ImmutableSortedMap<String, Resource> byName, String version) {
    this.byName = byName;
    this.version = version;
  }

  /** Of two with one name the later one counts. */
  static TypeResources of(Collection<Resource> resources) {
    TreeMap<String, Resource> named = new TreeMap<>();
    resources.forEach(resource -> named.put(resource.name(), resource));
    return named.isEmpty()
        ? NONE
        : new TypeResources(ImmutableSortedMap.copyOf(named), versionOf(named.values()));
  }

  public ImmutableSortedMap<String, Resource> byName() {
    return byName;
  }

  public @Nullable Resource get(String name) {
    return byName.get(name);
  }

  /** Of all resources together, as state-of-the-world responses carry it. */
  public String version() {
    return version;
  }

  private static String versionOf(Collection<Resource> resources) {
    Hasher hasher = Hashing.sha256().newHasher();
    for (Resource resource : resources) {
      hasher.putString(resource.name(), StandardCharsets.UTF_8).putByte((byte) 0);
      hasher.putString(resource.version(), StandardCharsets.UTF_8).putByte((byte) 0);
    }
    return "s1-" + hasher.hash().toString().substring(0, 32);
  }
}
