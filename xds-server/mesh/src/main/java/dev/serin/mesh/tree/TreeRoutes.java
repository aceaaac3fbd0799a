package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.has;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.RouteSimulator;
import dev.serin.mesh.overlay.RouteEdit;
import dev.serin.mesh.overlay.RouteForm;
import dev.serin.mesh.overlay.RouteView;
import dev.serin.mesh.overlay.RouteView.Target;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Optional;
import java.util.function.Function;

/**
 * Route tables as trees of JSON. Whatever no class of ours knows stays as it is, and so do the
 * spelling of keys and their order.
 */
public final class TreeRoutes implements RouteForm<ObjectNode> {
  public static final TreeRoutes FORM = new TreeRoutes();

  /** What a route became. */
  interface Watcher {
    void replaced(ObjectNode route, List<ObjectNode> by);
  }

  private final Watcher watcher;

  private TreeRoutes() {
    this((route, by) -> {});
  }

  /**
   * The same form, which tells somebody what it replaces.
   *
   * @param watcher is told before the table is complete
   */
  TreeRoutes(Watcher watcher) {
    this.watcher = watcher;
  }

  @Override
  public ImmutableList<RouteView> views(ObjectNode table) {
    ImmutableList.Builder<RouteView> views = ImmutableList.builder();
    for (ObjectNode host : maps(table, "virtual_hosts")) {
      maps(host, "routes").forEach(route -> views.add(view(host, route, false)));
      TreeMatcherTrees.routes(get(host, "matcher"))
          .forEach(route -> views.add(view(host, route, true)));
    }
    return views.build();
  }

  /** Answers from a table, whatever fields of no class of ours it has. */
  public static RouteSimulator simulator(ObjectNode table) {
    return TreeHost.simulator(table);
  }

  private static RouteView view(ObjectNode host, ObjectNode route, boolean inTree) {
    JsonNode action = get(route, "route");
    return new RouteView(
        text(host, "name"),
        text(route, "name"),
        target(action),
        has(get(route, "match"), "runtime_fraction"),
        !get(action, "hash_policy").isEmpty(),
        maps(action, "request_mirror_policies").stream()
            .map(mirror -> text(mirror, "cluster"))
            .collect(ImmutableList.toImmutableList()),
        inTree,
        has(action, "retry_policy") || has(host, "retry_policy"));
  }

  private static Target target(JsonNode action) {
    if (has(action, "cluster")) {
      return new Target.One(text(action, "cluster"));
    }
    if (has(action, "weighted_clusters")) {
      JsonNode weighted = get(action, "weighted_clusters");
      return new Target.Divided(
          maps(weighted, "clusters").stream()
              .map(entry -> text(entry, "name"))
              .collect(ImmutableList.toImmutableList()),
          text(weighted, "header_name"));
    }
    return has(action, "cluster_header")
        ? new Target.FromHeader(text(action, "cluster_header"))
        : new Target.Other();
  }

  @Override
  public ObjectNode replace(
      ObjectNode table, Function<RouteView, Optional<ImmutableList<RouteEdit>>> edits) {
    KeyStyle style = KeyStyle.of(table).orElse(KeyStyle.SNAKE);
    IdentityHashMap<JsonNode, JsonNode> hosts = new IdentityHashMap<>();
    for (ObjectNode host : maps(table, "virtual_hosts")) {
      TreeHosts.replace(
              host, (route, inTree) -> edits.apply(view(host, route, inTree)), watcher, style)
          .ifPresent(replaced -> hosts.put(host, replaced));
    }
    return hosts.isEmpty() ? table : (ObjectNode) Trees.replace(table, hosts);
  }

  @Override
  public ObjectNode strippedAtEdge(ObjectNode table, String header) {
    for (JsonNode present : get(table, "internal_only_headers")) {
      if (present.asText().equalsIgnoreCase(header)) {
        return table;
      }
    }
    KeyStyle style = KeyStyle.of(table).orElse(KeyStyle.SNAKE);
    ObjectNode stripped = Written.copy(table);
    Trees.append(
        stripped,
        "internal_only_headers",
        List.of(JsonNodeFactory.instance.textNode(header)),
        style);
    return stripped;
  }
}
