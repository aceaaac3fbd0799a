package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.RouteSimulator;
import dev.serin.mesh.RouteSimulator.Answer;
import dev.serin.mesh.SimulatedRequest;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.Refusal;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * A base after the overlay: its resources in their places, and what was added to them.
 *
 * @param edited the trees of all resources of the base in order; those that nothing concerns are
 *     the base's own
 * @param added clusters, and then endpoints, that the routes need and the base has not
 * @param becomes what each of the base's routes became that is not as it was
 * @param refusals the rollouts that are left out, with the reason
 */
public record PlannedBase(
    EnvoyDocuments base,
    ImmutableList<ObjectNode> edited,
    ImmutableList<Added> added,
    Becomes becomes,
    ImmutableList<Refusal> refusals) {

  /** A resource that the base has not. */
  public record Added(String type, String name, ObjectNode tree) {}

  /** What routes became, told by identity. */
  public static final class Becomes {
    private final IdentityHashMap<ObjectNode, List<ObjectNode>> routes = new IdentityHashMap<>();

    /** By which route of the base a new one came to be. */
    private final IdentityHashMap<ObjectNode, ObjectNode> origins = new IdentityHashMap<>();

    void replaced(ObjectNode route, List<ObjectNode> by) {
      ObjectNode origin = origins.getOrDefault(route, route);
      by.forEach(one -> origins.put(one, origin));
      List<ObjectNode> now = new ArrayList<>();
      for (ObjectNode before : routes.getOrDefault(origin, List.of(origin))) {
        now.addAll(isSame(before, route) ? by : List.of(before));
      }
      routes.put(origin, now);
    }

    @SuppressWarnings("ReferenceEquality") // the very route, not an equal one
    private static boolean isSame(ObjectNode one, ObjectNode other) {
      return one == other;
    }

    private List<ObjectNode> of(ObjectNode route) {
      return routes.getOrDefault(route, List.of(route));
    }

    /** How many routes of the base are not the same in both. */
    int differences(Becomes other) {
      IdentityHashMap<ObjectNode, Boolean> touched = new IdentityHashMap<>();
      routes.keySet().forEach(route -> touched.put(route, true));
      other.routes.keySet().forEach(route -> touched.put(route, true));
      return (int)
          touched.keySet().stream().filter(route -> !of(route).equals(other.of(route))).count();
    }
  }

  /**
   * How much differs between two steps.
   *
   * @param routes all of the base's
   * @param resources all of the base's
   */
  public record Difference(
      int changedRoutes, int routes, int changedResources, int resources, int added, int removed) {
    public boolean isNothing() {
      return changedRoutes == 0 && changedResources == 0 && added == 0 && removed == 0;
    }
  }

  /** What is different from another step on the same base. */
  public Difference since(PlannedBase before) {
    int changed = 0;
    for (int i = 0; i < edited.size(); i++) {
      changed += edited.get(i).equals(before.edited.get(i)) ? 0 : 1;
    }
    int routes =
        base.resources().stream()
            .flatMap(resource -> RouteTables.of(resource).stream())
            .mapToInt(table -> TreeRoutes.FORM.views(table).size())
            .sum();
    return new Difference(
        becomes.differences(before.becomes),
        routes,
        changed,
        edited.size(),
        (int) added.stream().filter(one -> !before.added.contains(one)).count(),
        (int) before.added.stream().filter(one -> !added.contains(one)).count());
  }

  /** The RouteConfigurations of the base that are not as they were. */
  public ImmutableList<EnvoyResource> changedTables() {
    ImmutableList.Builder<EnvoyResource> changed = ImmutableList.builder();
    for (int i = 0; i < edited.size(); i++) {
      EnvoyResource resource = base.resources().get(i);
      if (resource.typeUrl().equals(TypeUrls.ROUTES) && !edited.get(i).equals(resource.tree())) {
        changed.add(resource);
      }
    }
    return changed.build();
  }

  /**
   * Where a request goes.
   *
   * @param resource of the base, that the table is or is in
   */
  public record Way(EnvoyResource resource, Answer answer) {}

  /** Where a request goes by each of the tables that have a virtual host for it. */
  public ImmutableList<Way> ask(SimulatedRequest request) {
    ImmutableList.Builder<Way> ways = ImmutableList.builder();
    for (int i = 0; i < edited.size(); i++) {
      EnvoyResource resource = base.resources().get(i);
      for (ObjectNode table : RouteTables.of(resource.with(edited.get(i)))) {
        RouteSimulator routes = TreeRoutes.simulator(table);
        if (routes.hasHost(request.host())) {
          ways.add(new Way(resource, routes.ask(request)));
        }
      }
    }
    return ways.build();
  }

  /** The base's documents with the resources in their places, and what was added behind them. */
  public ImmutableList<JsonNode> documents() {
    IdentityHashMap<ObjectNode, ObjectNode> byTree = new IdentityHashMap<>();
    ImmutableList<EnvoyResource> resources = base.resources();
    for (int i = 0; i < resources.size(); i++) {
      byTree.put(resources.get(i).tree(), edited.get(i));
    }
    ImmutableList.Builder<JsonNode> documents = ImmutableList.builder();
    base.documents()
        .forEach(document ->
            documents.add(
                document.with(resource -> Objects.requireNonNull(byTree.get(resource.tree())))));
    added.forEach(one -> documents.add(one.tree()));
    return documents.build();
  }

  /** The added resources by what they are called, for a reader. */
  public Map<String, ObjectNode> addedByName() {
    Map<String, ObjectNode> named = new java.util.LinkedHashMap<>();
    added.forEach(one -> named.put(one.type() + " " + one.name(), one.tree()));
    return named;
  }
}
