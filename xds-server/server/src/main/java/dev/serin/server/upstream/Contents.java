package dev.serin.server.upstream;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Resource;
import dev.serin.mesh.TypeResources;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** The resources of one type for one proxy, shared with equal proxies. Confined to its type. */
final class Contents {
  private final BaseSnapshots shared;
  private TypeResources resources = TypeResources.NONE;
  private boolean wildcard;
  private ImmutableSortedSet<String> names = ImmutableSortedSet.of();

  /** The versions that the proxy has rejected as they came from here, with its words, by name. */
  private final Map<String, Rejection> rejections = new HashMap<>();

  private record Rejection(String version, String message) {}

  Contents(BaseSnapshots shared) {
    this.shared = shared;
  }

  TypeResources resources() {
    return resources;
  }

  boolean wildcard() {
    return wildcard;
  }

  ImmutableSortedSet<String> names() {
    return names;
  }

  boolean covers(String name) {
    return wildcard || names.contains(name);
  }

  /** What nobody asks for any more is let go. Returns whether that is other than before. */
  boolean want(boolean everything, ImmutableSortedSet<String> asked) {
    if (everything == wildcard && asked.equals(names)) {
      return false;
    }
    wildcard = everything;
    names = asked;
    if (!wildcard) {
      List<String> gone = new ArrayList<>();
      resources.forEach(resource -> {
        if (!names.contains(resource.name())
            && resource.aliases().stream().noneMatch(names::contains)) {
          gone.add(resource.name());
        }
      });
      resources = shared.changed(resources, List.of(), gone, Optional.empty());
    }
    return true;
  }

  /** Takes all there is; returns whether that is other than before. */
  boolean replace(Collection<Resource> all, String versionInfo) {
    return become(shared.set(all, told(versionInfo)));
  }

  /** Takes some changes. */
  boolean change(Collection<Resource> changed, Collection<String> removed, String versionInfo) {
    return become(shared.changed(resources, changed, removed, told(versionInfo)));
  }

  private boolean become(TypeResources next) {
    boolean other = !next.equals(resources);
    resources = next;
    rejections.entrySet().removeIf(entry -> !isAs(entry.getKey(), entry.getValue().version()));
    return other;
  }

  private static Optional<String> told(String versionInfo) {
    return versionInfo.isEmpty() ? Optional.empty() : Optional.of(versionInfo);
  }

  private boolean isAs(String name, String version) {
    Resource present = resources.get(name);
    return present != null && present.version().equals(version);
  }

  /** Notes a rejection; returns whether it is of what came from here, and news. */
  boolean reject(String name, String version, String message) {
    return isAs(name, version)
        && !new Rejection(version, message)
            .equals(rejections.put(name, new Rejection(version, message)));
  }

  /** The words to send the other control plane; null where nothing of it is rejected now. */
  @Nullable String rejection() {
    return rejections.isEmpty()
        ? null
        : rejections.entrySet().stream()
            .map(entry -> entry.getKey() + ": " + entry.getValue().message())
            .sorted()
            .limit(3)
            .reduce((a, b) -> a + "; " + b)
            .orElse(null);
  }
}
