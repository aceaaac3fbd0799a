package dev.serin.mesh;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.overlay.Refusal;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * The clusters and endpoints of all services together; the same for every proxy. A step that only
 * moves weights keeps the object.
 */
record PublishedClusters(
    ImmutableList<ImmutableList<Resource>> parts,
    ImmutableList<ImmutableSortedMap<String, ClusterRole>> roleParts,
    TypeResources clusters,
    TypeResources endpoints,
    ImmutableSortedMap<String, ClusterRole> roles,
    ImmutableList<Refusal> problems) {

  static PublishedClusters of(
      ImmutableCollection<ServicePart> services, @Nullable PublishedClusters before) {
    ImmutableList.Builder<ImmutableList<Resource>> parts = ImmutableList.builder();
    for (ServicePart service : services) {
      parts.add(service.versionClusters()).add(service.addedClusters());
    }
    ImmutableList<ImmutableSortedMap<String, ClusterRole>> roleParts =
        services.stream().map(ServicePart::roles).collect(ImmutableList.toImmutableList());
    // Parts that did not change are the same objects: comparing costs a look at each.
    return before != null
            && before.roleParts.equals(roleParts)
            && before.parts.equals(parts.build())
        ? before
        : of(parts.build(), roleParts);
  }

  private static PublishedClusters of(
      ImmutableList<ImmutableList<Resource>> parts,
      ImmutableList<ImmutableSortedMap<String, ClusterRole>> roleParts) {
    TreeMap<String, ClusterRole> roles = new TreeMap<>();
    ImmutableList.Builder<Refusal> problems = ImmutableList.builder();
    for (ImmutableSortedMap<String, ClusterRole> part : roleParts) {
      part.forEach((cluster, role) -> {
        ClusterRole owner = roles.putIfAbsent(cluster, role);
        if (owner != null) {
          problems.add(
              new Refusal(
                  role.service(),
                  "version "
                      + role.version()
                      + " is in cluster "
                      + cluster
                      + " of version "
                      + owner.version()
                      + " of "
                      + owner.service()
                      + " (expected: a cluster of its own)"));
        }
      });
    }
    ImmutableList.Builder<Resource> clusters = ImmutableList.builder();
    ImmutableList.Builder<Resource> endpoints = ImmutableList.builder();
    for (ImmutableList<Resource> part : parts) {
      for (Resource resource : part) {
        (resource.typeUrl().equals(TypeUrls.CLUSTER) ? clusters : endpoints).add(resource);
      }
    }
    return new PublishedClusters(
        parts,
        roleParts,
        TypeResources.of(clusters.build()),
        TypeResources.of(endpoints.build()),
        ImmutableSortedMap.copyOf(roles),
        problems.build());
  }
}
