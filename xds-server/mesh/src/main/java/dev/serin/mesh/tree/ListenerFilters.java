package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ArrayListMultimap;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ListMultimap;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.HttpFilters;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Which HTTP filters the listeners of a base have that use a route table. */
final class ListenerFilters {
  /** A listener, and the filters that requests pass there on their way to a table. */
  private record User(EnvoyResource listener, HttpFilters filters) {}

  /** The listeners that ask for a table by its name. */
  private final ListMultimap<String, User> byName = ArrayListMultimap.create();

  /** The listener that a table stands in. */
  private final IdentityHashMap<ObjectNode, User> inline = new IdentityHashMap<>();

  ListenerFilters(List<EnvoyResource> resources) {
    for (EnvoyResource resource : resources) {
      if (resource.typeUrl().equals(TypeUrls.LISTENER)) {
        managers(resource, resource.tree());
      }
    }
  }

  /** The filters that a table may set. A table that no listener of the base names has none. */
  HttpFilters of(ObjectNode table) {
    List<User> users = users(table);
    HttpFilters common =
        users.stream().map(User::filters).reduce(HttpFilters::and).orElse(HttpFilters.NONE);
    ImmutableMap.Builder<String, String> lacking = ImmutableMap.builder();
    for (String type : HttpFilters.ALL) {
      if (common.name(type).isEmpty()) {
        lacking.put(type, lack(table, users, type));
      }
    }
    return new HttpFilters(common.names(), lacking.buildOrThrow(), common.payloads());
  }

  private static String lack(ObjectNode table, List<User> users, String type) {
    if (users.isEmpty()) {
      return "no listener of the base names route table %s (expected: one with %s)"
          .formatted(text(table, "name"), type);
    }
    String without =
        users.stream()
            .filter(user -> user.filters().name(type).isEmpty())
            .map(User::listener)
            .map(listener ->
                "listener %s (%s:%d)".formatted(listener.name(), listener.file(), listener.line()))
            .collect(Collectors.joining(", "));
    return without.isEmpty()
        ? "listeners have the filter under several names (expected: %s under one)".formatted(type)
        : without + " without a filter for it (expected: " + type + ")";
  }

  private List<User> users(ObjectNode table) {
    User around = inline.get(table);
    return around != null ? List.of(around) : byName.get(text(table, "name"));
  }

  private void managers(EnvoyResource listener, JsonNode node) {
    if (node instanceof ObjectNode fields && RouteTables.isManager(fields)) {
      User user = new User(listener, filters(fields));
      RouteTables.inManager(fields).forEach(table -> inline.put(table, user));
      String name = text(get(fields, "rds"), "route_config_name");
      if (!name.isEmpty()) {
        byName.put(name, user);
      }
    } else if (node.isContainerNode()) {
      node.forEach(child -> managers(listener, child));
    }
  }

  private static HttpFilters filters(ObjectNode manager) {
    Map<String, String> names = new HashMap<>();
    ImmutableSet.Builder<String> payloads = ImmutableSet.builder();
    for (ObjectNode filter : maps(manager, "http_filters")) {
      if (get(filter, "typed_config") instanceof ObjectNode config) {
        ResourceTypes.named(config)
            .map(url -> url.substring(url.lastIndexOf('/') + 1))
            .ifPresent(type -> {
              names.putIfAbsent(type, text(filter, "name"));
              if (type.equals(HttpFilters.JWT)) {
                payloads.addAll(payloads(config));
              }
            });
      }
    }
    return new HttpFilters(ImmutableMap.copyOf(names), payloads.build());
  }

  private static List<String> payloads(ObjectNode tokens) {
    List<String> payloads = new ArrayList<>();
    for (JsonNode provider : get(tokens, "providers")) {
      String payload = text(provider, "payload_in_metadata");
      if (!payload.isEmpty() && text(provider, "clear_route_cache").equals("true")) {
        payloads.add(payload);
      }
    }
    return payloads;
  }
}
