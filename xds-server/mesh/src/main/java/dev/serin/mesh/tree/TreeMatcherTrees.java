package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.protobuf.Descriptors.Descriptor;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteList;
import io.envoyproxy.envoy.type.matcher.v3.HttpRequestHeaderMatchInput;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/** The routes inside the matcher tree of a virtual host, in trees of JSON. */
final class TreeMatcherTrees {
  private static final String TYPE = "@type";
  private static final String PREFIX = "type.googleapis.com/";

  private TreeMatcherTrees() {}

  /** All routes that the tree's actions hold. */
  static List<ObjectNode> routes(JsonNode matcher) {
    List<ObjectNode> routes = new ArrayList<>();
    ways(matcher).forEach(way -> routes.addAll(routesOf(way)));
    return routes;
  }

  /**
   * The list that a request is led to, by Envoy's rules; of none where the tree leads nowhere.
   *
   * @param header a header's value in the request
   * @throws IllegalArgumentException for a tree that is not by an exact value of a header
   */
  static List<ObjectNode> find(JsonNode matcher, Function<String, Optional<String>> header) {
    JsonNode tree = get(matcher, "matcher_tree");
    JsonNode map = get(get(tree, "exact_match_map"), "map");
    if (!(get(get(tree, "input"), "typed_config") instanceof ObjectNode input)
        || !is(input, HttpRequestHeaderMatchInput.getDescriptor())
        || !map.isObject()) {
      throw new IllegalArgumentException("a matcher tree of another kind (expected: by header)");
    }
    JsonNode way =
        header
            .apply(TreeFields.text(input, "header_name"))
            .map(map::path)
            .filter(JsonNode::isObject)
            .orElseGet(() -> get(matcher, "on_no_match"));
    JsonNode inner = get(way, "matcher");
    if (inner.isObject()) {
      return find(inner, header);
    }
    return way instanceof ObjectNode end ? routesOf(end) : List.of();
  }

  /** The ends of a matcher's ways: what is done on a match. */
  private static List<ObjectNode> ways(JsonNode matcher) {
    List<ObjectNode> ways = new ArrayList<>();
    for (JsonNode one : get(get(matcher, "matcher_list"), "matchers")) {
      way(get(one, "on_match"), ways);
    }
    JsonNode tree = get(matcher, "matcher_tree");
    for (String map : List.of("exact_match_map", "prefix_match_map")) {
      get(get(tree, map), "map").forEach(way -> way(way, ways));
    }
    way(get(matcher, "on_no_match"), ways);
    return ways;
  }

  private static void way(JsonNode way, List<ObjectNode> ways) {
    JsonNode inner = get(way, "matcher");
    if (inner.isObject()) {
      ways.addAll(ways(inner));
    } else if (way instanceof ObjectNode end) {
      ways.add(end);
    }
  }

  /** A route alone has its type beside its fields. */
  private static List<ObjectNode> routesOf(ObjectNode way) {
    if (!(get(get(way, "action"), "typed_config") instanceof ObjectNode config)) {
      return List.of();
    }
    if (is(config, Route.getDescriptor())) {
      return List.of(config);
    }
    return is(config, RouteList.getDescriptor()) ? TreeFields.maps(config, "routes") : List.of();
  }

  private static boolean is(ObjectNode config, Descriptor type) {
    return ResourceTypes.named(config)
        .filter(url -> url.endsWith("/" + type.getFullName()))
        .isPresent();
  }

  /**
   * The tree with the lists of its actions replaced; the tree itself where none is.
   *
   * @param replaced the list that a list becomes; empty where it stays
   */
  static JsonNode replace(
      JsonNode matcher,
      Function<List<ObjectNode>, Optional<List<ObjectNode>>> replaced,
      KeyStyle style) {
    IdentityHashMap<JsonNode, JsonNode> ways = new IdentityHashMap<>();
    for (ObjectNode way : ways(matcher)) {
      replaced
          .apply(routesOf(way))
          .ifPresent(routes -> {
            ObjectNode other = Written.copy(way);
            Trees.set(other, "action", action(routes, style), style);
            ways.put(way, other);
          });
    }
    return ways.isEmpty() ? matcher : Trees.replace(matcher, ways);
  }

  /** A tree that tells requests apart by the value of one header. */
  static ObjectNode byHeader(
      String header,
      Map<String, ImmutableList<ObjectNode>> byValue,
      ImmutableList<ObjectNode> otherwise,
      KeyStyle style) {
    ObjectNode config = map();
    config.put(TYPE, PREFIX + HttpRequestHeaderMatchInput.getDescriptor().getFullName());
    config.put(style.key("header_name"), header);
    ObjectNode input = map();
    input.put("name", "envoy.matching.inputs.request_headers");
    input.set(style.key("typed_config"), config);
    IdentityHashMap<ImmutableList<ObjectNode>, ObjectNode> made = new IdentityHashMap<>();
    ObjectNode values = map();
    byValue.forEach((value, routes) ->
        values.set(value, made.computeIfAbsent(routes, list -> onMatch(list, style))));
    ObjectNode tree = map();
    tree.set("input", input);
    tree.set(style.key("exact_match_map"), map().set("map", values));
    ObjectNode matcher = map();
    matcher.set(style.key("matcher_tree"), tree);
    matcher.set(style.key("on_no_match"), onMatch(otherwise, style));
    return matcher;
  }

  private static ObjectNode onMatch(List<ObjectNode> routes, KeyStyle style) {
    return map().set("action", action(routes, style));
  }

  private static ObjectNode action(List<ObjectNode> routes, KeyStyle style) {
    ObjectNode list = map();
    list.put(TYPE, PREFIX + RouteList.getDescriptor().getFullName());
    list.set("routes", Trees.list(routes.stream().map(TreeMatcherTrees::untyped).toList()));
    ObjectNode action = map();
    action.put("name", "routes");
    action.set(style.key("typed_config"), list);
    return action;
  }

  /** A route as one of a list. */
  static ObjectNode untyped(ObjectNode route) {
    if (!route.has(TYPE)) {
      return route;
    }
    ObjectNode untyped = Written.copy(route);
    untyped.remove(TYPE);
    return untyped;
  }

  private static ObjectNode map() {
    return JsonNodeFactory.instance.objectNode();
  }
}
