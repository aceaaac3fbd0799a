package dev.serin.mesh;

import com.google.common.collect.HashMultiset;
import com.google.common.collect.Multiset;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.overlay.ProtoRoutes;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** How far an overlay reaches, counted in the routes of a base. */
public final class RouteCounts {
  private RouteCounts() {}

  /** All routes in a resource; none in one that holds no routes. */
  public static int all(Resource resource) {
    return byHost(resource).values().stream().mapToInt(List::size).sum();
  }

  /** The routes of a resource that became something else, or have others before them now. */
  public static int changed(Resource before, Resource after) {
    Map<String, List<Route>> now = byHost(after);
    int changed = 0;
    for (Map.Entry<String, List<Route>> host : byHost(before).entrySet()) {
      changed += changed(host.getValue(), now.getOrDefault(host.getKey(), List.of()));
    }
    return changed;
  }

  /** What both begin and end with is the same, also where routes in it equal others. */
  private static int changed(List<Route> before, List<Route> after) {
    int least = Math.min(before.size(), after.size());
    int start = 0;
    while (start < least && before.get(start).equals(after.get(start))) {
      start++;
    }
    int end = 0;
    while (end < least - start
        && before.get(before.size() - 1 - end).equals(after.get(after.size() - 1 - end))) {
      end++;
    }
    return between(
        before.subList(start, before.size() - end),
        after.subList(start, after.size() - end),
        end > 0);
  }

  /**
   * What is new stands where the route was that it was made of, or before it.
   *
   * @param moreFollow whether a route that is in both comes after these
   */
  private static int between(List<Route> before, List<Route> after, boolean moreFollow) {
    Multiset<Route> left = HashMultiset.create(after);
    int changed = 0;
    int at = 0;
    boolean replaced = false;
    for (Route route : before) {
      if (!left.remove(route)) {
        changed++;
        replaced = true;
        continue;
      }
      int found = at;
      while (found < after.size() && !after.get(found).equals(route)) {
        found++;
      }
      changed += found > at && !replaced ? 1 : 0;
      at = found + 1;
      replaced = false;
    }
    return moreFollow && at < after.size() && !replaced ? changed + 1 : changed;
  }

  /** What does not parse has no routes that anybody could count. */
  private static Map<String, List<Route>> byHost(Resource resource) {
    Map<String, List<Route>> routes = new LinkedHashMap<>();
    try {
      RouteTables.rewritten(
          resource,
          (table, filters) -> {
            collect(table, routes);
            return table;
          });
    } catch (InvalidProtocolBufferException e) {
      return Map.of();
    }
    return routes;
  }

  private static void collect(RouteConfiguration table, Map<String, List<Route>> routes) {
    for (VirtualHost host : table.getVirtualHostsList()) {
      List<Route> own =
          routes.computeIfAbsent(table.getName() + "/" + host.getName(), h -> new ArrayList<>());
      ProtoRoutes.routes(host).forEach(own::add);
    }
  }
}
