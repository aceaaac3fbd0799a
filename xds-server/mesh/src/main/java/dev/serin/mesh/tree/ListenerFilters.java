package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableMap;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.HttpFilters;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;

/** Which HTTP filters the listeners of a base have that use a route table. */
final class ListenerFilters {
  /** What the listeners have in common that ask for a table by its name. */
  private final Map<String, HttpFilters> byName = new HashMap<>();

  /** Of the listener that a table stands in. */
  private final IdentityHashMap<ObjectNode, HttpFilters> inline = new IdentityHashMap<>();

  ListenerFilters(List<EnvoyResource> resources) {
    for (EnvoyResource resource : resources) {
      if (resource.typeUrl().equals(TypeUrls.LISTENER)) {
        managers(resource.tree());
      }
    }
  }

  /** The filters that a table may set. A table that no listener of the base names has none. */
  HttpFilters of(ObjectNode table) {
    HttpFilters around = inline.get(table);
    return around != null ? around : byName.getOrDefault(text(table, "name"), HttpFilters.NONE);
  }

  private void managers(JsonNode node) {
    if (node instanceof ObjectNode fields && RouteTables.isManager(fields)) {
      HttpFilters filters = filters(fields);
      RouteTables.inManager(fields).forEach(table -> inline.put(table, filters));
      String name = text(get(fields, "rds"), "route_config_name");
      if (!name.isEmpty()) {
        byName.merge(name, filters, HttpFilters::and);
      }
    } else if (node.isContainerNode()) {
      node.forEach(this::managers);
    }
  }

  private static HttpFilters filters(ObjectNode manager) {
    Map<String, String> names = new HashMap<>();
    for (ObjectNode filter : maps(manager, "http_filters")) {
      if (get(filter, "typed_config") instanceof ObjectNode config) {
        ResourceTypes.named(config)
            .ifPresent(url ->
                names.putIfAbsent(url.substring(url.lastIndexOf('/') + 1), text(filter, "name")));
      }
    }
    return new HttpFilters(ImmutableMap.copyOf(names));
  }
}
