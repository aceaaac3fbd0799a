package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import java.util.ArrayList;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.function.UnaryOperator;

/**
 * The route tables of a resource: a RouteConfiguration, or one inside a listener's
 * HttpConnectionManager, a scope, or a virtual host that is asked for on its own.
 */
final class RouteTables {
  private static final String MANAGER =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

  private RouteTables() {}

  /** In their order; none for resources without routes. */
  static ImmutableList<ObjectNode> of(EnvoyResource resource) {
    return resource.typeUrl().equals(TypeUrls.VIRTUAL_HOST)
        ? ImmutableList.of(tableOf(resource.tree()))
        : ImmutableList.copyOf(in(resource));
  }

  /** The resource's tree with its tables edited; the tree itself where none is. */
  @SuppressWarnings("ReferenceEquality") // the very table, not an equal one
  static ObjectNode edit(EnvoyResource resource, UnaryOperator<ObjectNode> edit) {
    if (resource.typeUrl().equals(TypeUrls.VIRTUAL_HOST)) {
      ObjectNode table = tableOf(resource.tree());
      ObjectNode edited = edit.apply(table);
      return edited == table
          ? resource.tree()
          : (ObjectNode) TreeFields.get(edited, "virtual_hosts").get(0);
    }
    IdentityHashMap<JsonNode, JsonNode> replaced = new IdentityHashMap<>();
    for (ObjectNode table : in(resource)) {
      ObjectNode edited = edit.apply(table);
      if (edited != table) {
        replaced.put(table, edited);
      }
    }
    return replaced.isEmpty()
        ? resource.tree()
        : (ObjectNode) Trees.replace(resource.tree(), replaced);
  }

  private static ObjectNode tableOf(ObjectNode virtualHost) {
    ObjectNode table = JsonNodeFactory.instance.objectNode();
    table.set("virtual_hosts", Trees.list(List.of(virtualHost)));
    return table;
  }

  private static List<ObjectNode> in(EnvoyResource resource) {
    List<ObjectNode> tables = new ArrayList<>();
    switch (resource.typeUrl()) {
      case TypeUrls.ROUTES -> tables.add(resource.tree());
      case TypeUrls.SCOPED_ROUTES -> inline(resource.tree(), "route_configuration", tables);
      case TypeUrls.LISTENER, TypeUrls.EXTENSION -> managers(resource.tree(), tables);
      default -> {}
    }
    return tables;
  }

  private static void managers(JsonNode node, List<ObjectNode> tables) {
    if (node instanceof ObjectNode fields && isManager(fields)) {
      tables.addAll(inManager(fields));
    } else if (node.isContainerNode()) {
      node.forEach(child -> managers(child, tables));
    }
  }

  static List<ObjectNode> inManager(ObjectNode manager) {
    List<ObjectNode> tables = new ArrayList<>();
    inline(manager, "route_config", tables);
    JsonNode scopes =
        TreeFields.get(
            TreeFields.get(manager, "scoped_routes"), "scoped_route_configurations_list");
    for (ObjectNode scope : TreeFields.maps(scopes, "scoped_route_configurations")) {
      inline(scope, "route_configuration", tables);
    }
    return tables;
  }

  static boolean isManager(ObjectNode fields) {
    return ResourceTypes.named(fields).filter(type -> type.endsWith(MANAGER)).isPresent();
  }

  private static void inline(JsonNode holder, String field, List<ObjectNode> tables) {
    if (TreeFields.get(holder, field) instanceof ObjectNode table) {
      tables.add(table);
    }
  }
}
