package dev.serin.mesh;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSetMultimap;
import dev.serin.mesh.overlay.HttpFilters;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;

/** Which resources of a base hold routes to which cluster. Immutable. */
final class BaseRoutes {
  private static final ImmutableList<String> WITH_ROUTES =
      ImmutableList.of(
          TypeUrls.ROUTES, TypeUrls.LISTENER, TypeUrls.SCOPED_ROUTES, TypeUrls.VIRTUAL_HOST);

  private final ImmutableSetMultimap<String, Resource> byCluster;
  private final ImmutableMap<String, HttpFilters> filters;

  private BaseRoutes(
      ImmutableSetMultimap<String, Resource> byCluster, ImmutableMap<String, HttpFilters> filters) {
    this.byCluster = byCluster;
    this.filters = filters;
  }

  static BaseRoutes of(BaseSnapshot base) {
    ImmutableSetMultimap.Builder<String, Resource> byCluster = ImmutableSetMultimap.builder();
    for (String type : WITH_ROUTES) {
      base.ofType(type)
          .forEach(resource ->
              RouteTables.clusters(resource).forEach(cluster -> byCluster.put(cluster, resource)));
    }
    Map<String, HttpFilters> filters = new HashMap<>();
    base.ofType(TypeUrls.LISTENER)
        .forEach(listener ->
            RouteTables.filters(listener)
                .forEach((table, of) -> filters.merge(table, of, HttpFilters::and)));
    return new BaseRoutes(byCluster.build(), ImmutableMap.copyOf(filters));
  }

  /** What the listeners that ask for a RouteConfiguration have in common, by its name. */
  ImmutableMap<String, HttpFilters> filters() {
    return filters;
  }

  /** The resources that name one of these clusters. */
  ImmutableSet<Resource> naming(Collection<String> clusters) {
    return clusters.stream()
        .flatMap(cluster -> byCluster.get(cluster).stream())
        .collect(ImmutableSet.toImmutableSet());
  }
}
