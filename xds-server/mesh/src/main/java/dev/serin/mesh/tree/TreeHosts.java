package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.maps;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.overlay.Matcher;
import dev.serin.mesh.overlay.RouteEdit;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;

/** Replaces routes of one virtual host: in its list, or in the matcher tree that stands for it. */
final class TreeHosts {
  /** Gives what a route becomes; empty where it stays. */
  interface Edits {
    Optional<ImmutableList<RouteEdit>> of(ObjectNode route, boolean inTree);
  }

  /** A route that is or was replaced, with what it asks by way of the tree, if anything. */
  private record Edited(ObjectNode route, Optional<Matcher.OneOf> oneOf) {}

  private final ObjectNode host;
  private final Edits edits;
  private final TreeRoutes.Watcher watcher;
  private final KeyStyle style;

  private TreeHosts(ObjectNode host, Edits edits, TreeRoutes.Watcher watcher, KeyStyle style) {
    this.host = host;
    this.edits = edits;
    this.watcher = watcher;
    this.style = style;
  }

  /** The host after the edits; empty where none of its routes is replaced. */
  @SuppressWarnings("ReferenceEquality") // the tree itself where nothing is replaced
  static Optional<ObjectNode> replace(
      ObjectNode host, Edits edits, TreeRoutes.Watcher watcher, KeyStyle style) {
    TreeHosts hosts = new TreeHosts(host, edits, watcher, style);
    JsonNode matcher = get(host, "matcher");
    if (!matcher.isObject()) {
      return hosts.edited(maps(host, "routes"), false).map(hosts::with);
    }
    JsonNode tree =
        TreeMatcherTrees.replace(
            matcher,
            routes ->
                hosts
                    .edited(routes, true)
                    .map(edited -> edited.stream().map(Edited::route).toList()),
            style);
    if (tree == matcher) {
      return Optional.empty();
    }
    ObjectNode replaced = Written.copy(host);
    Trees.set(replaced, "matcher", tree, style);
    return Optional.of(replaced);
  }

  private Optional<List<Edited>> edited(List<ObjectNode> routes, boolean inTree) {
    ImmutableList.Builder<Edited> edited = ImmutableList.builder();
    boolean changed = false;
    for (ObjectNode route : routes) {
      Optional<ImmutableList<RouteEdit>> replacing = edits.of(route, inTree);
      if (replacing.isPresent()) {
        List<Edited> by =
            replacing.get().stream()
                .map(edit -> new Edited(TreeEdits.apply(host, route, edit, style), edit.oneOf()))
                .toList();
        watcher.replaced(route, by.stream().map(Edited::route).toList());
        edited.addAll(by);
        changed = true;
      } else {
        edited.add(new Edited(route, Optional.empty()));
      }
    }
    return changed ? Optional.of(edited.build()) : Optional.empty();
  }

  private ObjectNode with(List<Edited> routes) {
    ObjectNode replaced = Written.copy(host);
    Optional<String> header =
        routes.stream()
            .flatMap(route -> route.oneOf().stream())
            .map(Matcher.OneOf::header)
            .findFirst();
    if (header.isEmpty()) {
      List<ObjectNode> list = routes.stream().map(Edited::route).toList();
      Trees.set(replaced, "routes", Trees.list(list), style);
      return replaced;
    }
    Map<String, ImmutableList<ObjectNode>> byValue = new TreeMap<>();
    Map<ImmutableList<Matcher.OneOf>, ImmutableList<ObjectNode>> same = new HashMap<>();
    ImmutableList<Matcher.OneOf> all =
        routes.stream()
            .flatMap(route -> route.oneOf().stream())
            .distinct()
            .collect(ImmutableList.toImmutableList());
    for (Matcher.OneOf oneOf : all) {
      for (String value : oneOf.values()) {
        ImmutableList<Matcher.OneOf> holding =
            all.stream()
                .filter(other -> other.values().contains(value))
                .collect(ImmutableList.toImmutableList());
        byValue.put(value, same.computeIfAbsent(holding, those -> list(routes, those::contains)));
      }
    }
    return Trees.choose(
        replaced,
        java.util.Set.of("routes"),
        "matcher",
        TreeMatcherTrees.byHeader(header.get(), byValue, list(routes, oneOf -> false), style),
        style);
  }

  private static ImmutableList<ObjectNode> list(
      List<Edited> routes, Predicate<Matcher.OneOf> holds) {
    return routes.stream()
        .filter(route -> route.oneOf().filter(holds.negate()).isEmpty())
        .map(Edited::route)
        .collect(ImmutableList.toImmutableList());
  }
}
