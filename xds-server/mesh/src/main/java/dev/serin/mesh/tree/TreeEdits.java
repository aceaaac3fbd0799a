package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.has;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.MessageOrBuilder;
import dev.serin.mesh.overlay.RouteEdit;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;

/** Writes one edit into a copy of a route. */
final class TreeEdits {
  /** Of these an action has one. */
  private static final ImmutableSet<String> SPECIFIERS =
      ImmutableSet.of(
          "cluster",
          "cluster_header",
          "weighted_clusters",
          "cluster_specifier_plugin",
          "inline_cluster_specifier_plugin");

  private TreeEdits() {}

  static ObjectNode apply(ObjectNode host, ObjectNode base, RouteEdit edit, KeyStyle style) {
    ObjectNode route = Written.copy(TreeMatcherTrees.untyped(base));
    if (!edit.suffix().isEmpty()) {
      route = named(route, text(base, "name") + edit.suffix());
    }
    ObjectNode match = Trees.copyOrNew(get(base, "match"));
    Trees.set(route, "match", TreeMatchers.add(match, edit.matchers(), style), style);
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
    Trees.append(action, "hash_policy", trees(edit.hashPolicies(), style), style);
    if (!edit.mirrors().isEmpty()) {
      Trees.set(action, "request_mirror_policies", mirrors(action, edit, style), style);
    }
    Trees.append(action, "request_mirror_policies", trees(edit.shadows(), style), style);
    if (edit.retry().isPresent()) {
      JsonNode inForce = get(has(action, "retry_policy") ? action : host, "retry_policy");
      ObjectNode retry = Trees.copyOrNew(inForce);
      Trees.merge(retry, (ObjectNode) Trees.of(edit.retry().get(), style), style);
      Trees.set(action, "retry_policy", retry, style);
    }
    Trees.set(route, "route", action, style);
    return route;
  }

  private static List<JsonNode> trees(
      Collection<? extends MessageOrBuilder> messages, KeyStyle style) {
    return messages.stream().map(message -> Trees.of(message, style)).toList();
  }

  /** A name goes where it stands, or else first, where a reader looks for it. */
  private static ObjectNode named(ObjectNode route, String name) {
    if (has(route, "name")) {
      return route.put("name", name);
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
