package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.has;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import dev.serin.mesh.overlay.RouteEdit;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import dev.serin.mesh.overlay.RouteForm;
import dev.serin.mesh.overlay.RouteView;
import dev.serin.mesh.overlay.RouteView.Target;
import java.util.ArrayList;
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

  /** Of these an action has one. */
  private static final ImmutableSet<String> SPECIFIERS =
      ImmutableSet.of(
          "cluster",
          "cluster_header",
          "weighted_clusters",
          "cluster_specifier_plugin",
          "inline_cluster_specifier_plugin");

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
      maps(host, "routes").forEach(route -> views.add(view(host, route)));
    }
    return views.build();
  }

  private static RouteView view(ObjectNode host, ObjectNode route) {
    JsonNode action = get(route, "route");
    return new RouteView(
        text(host, "name"),
        text(route, "name"),
        target(action),
        has(get(route, "match"), "runtime_fraction"),
        !get(action, "hash_policy").isEmpty(),
        maps(action, "request_mirror_policies").stream()
            .map(mirror -> text(mirror, "cluster"))
            .collect(ImmutableList.toImmutableList()));
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
    IdentityHashMap<JsonNode, JsonNode> lists = new IdentityHashMap<>();
    for (ObjectNode host : maps(table, "virtual_hosts")) {
      List<JsonNode> routes = new ArrayList<>();
      boolean changed = false;
      for (JsonNode route : get(host, "routes")) {
        Optional<ImmutableList<RouteEdit>> replacing =
            route instanceof ObjectNode fields ? edits.apply(view(host, fields)) : Optional.empty();
        if (replacing.isPresent() && route instanceof ObjectNode fields) {
          List<ObjectNode> by =
              replacing.get().stream().map(edit -> edited(fields, edit, style)).toList();
          watcher.replaced(fields, by);
          routes.addAll(by);
          changed = true;
        } else {
          routes.add(route);
        }
      }
      if (changed) {
        lists.put(get(host, "routes"), Trees.list(routes));
      }
    }
    return lists.isEmpty() ? table : (ObjectNode) Trees.replace(table, lists);
  }

  private static ObjectNode edited(ObjectNode base, RouteEdit edit, KeyStyle style) {
    ObjectNode route = Written.copy(base);
    if (!edit.suffix().isEmpty()) {
      route = named(route, text(base, "name") + edit.suffix(), style);
    }
    if (!edit.matchers().isEmpty()) {
      Trees.set(
          route,
          "match",
          TreeMatchers.add(Trees.copyOrNew(get(base, "match")), edit.matchers(), style),
          style);
    }
    ObjectNode action = Trees.copyOrNew(get(base, "route"));
    switch (edit.destination()) {
      case Destination.Same same -> {}
      case Destination.One(String cluster) ->
          action = destined(action, "cluster", JsonNodeFactory.instance.textNode(cluster), style);
      case Destination.Divided divided -> {
        TreeWeights.withoutVersion(route);
        JsonNode weighted = TreeWeights.of(get(action, "weighted_clusters"), divided, style);
        action = destined(action, "weighted_clusters", weighted, style);
      }
    }
    Trees.append(
        action,
        "hash_policy",
        edit.hashPolicies().stream().map(policy -> Trees.of(policy, style)).toList(),
        style);
    if (!edit.mirrors().isEmpty()) {
      Trees.set(action, "request_mirror_policies", mirrors(action, edit, style), style);
    }
    Trees.set(route, "route", action, style);
    return route;
  }

  /** A name goes where it stands, or else first, where a reader looks for it. */
  private static ObjectNode named(ObjectNode route, String name, KeyStyle style) {
    if (has(route, "name")) {
      return route.put(TreeFields.key(route, "name", style), name);
    }
    ObjectNode named = Written.copy(route).removeAll();
    named.put("name", name);
    route.remove("name");
    return named.setAll(route);
  }

  private static ObjectNode destined(
      ObjectNode action, String field, JsonNode value, KeyStyle style) {
    return Trees.choose(action, SPECIFIERS, field, value, style);
  }

  private static JsonNode mirrors(ObjectNode action, RouteEdit edit, KeyStyle style) {
    List<JsonNode> mirrors = new ArrayList<>();
    for (JsonNode mirror : get(action, "request_mirror_policies")) {
      String other = edit.mirrors().get(text(mirror, "cluster"));
      if (other != null && mirror instanceof ObjectNode fields) {
        ObjectNode moved = Written.copy(fields);
        Trees.set(moved, "cluster", JsonNodeFactory.instance.textNode(other), style);
        mirrors.add(moved);
      } else {
        mirrors.add(mirror);
      }
    }
    return Trees.list(mirrors);
  }
}
