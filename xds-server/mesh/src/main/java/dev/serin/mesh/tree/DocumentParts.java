package dev.serin.mesh.tree;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.tree.EnvoyDocument.Form;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** Finds the resources of one document, whichever form it has. */
final class DocumentParts {
  private static final String TYPES = "type.googleapis.com/";

  /** The fields of an admin dump under which a resource stands. */
  private static final ImmutableMap<String, String> DUMPED =
      ImmutableMap.<String, String>builder()
          .put("cluster", TypeUrls.CLUSTER)
          .put("listener", TypeUrls.LISTENER)
          .put("route_config", TypeUrls.ROUTES)
          .put("scoped_route_configs", TypeUrls.SCOPED_ROUTES)
          .put("endpoint_config", TypeUrls.ENDPOINTS)
          .put("secret", TypeUrls.SECRET)
          .put("ecds_filter", TypeUrls.EXTENSION)
          .buildOrThrow();

  /**
   * The fields of a dump under which those stand. Not among them: the bootstrap, whose resources
   * stand in the static sections again, what a listener drains, and what Envoy refused.
   */
  private static final ImmutableSet<String> SECTIONS =
      ImmutableSet.of(
          "static_clusters",
          "dynamic_active_clusters",
          "dynamic_warming_clusters",
          "static_listeners",
          "dynamic_listeners",
          "active_state",
          "warming_state",
          "static_route_configs",
          "dynamic_route_configs",
          "inline_scoped_route_configs",
          "dynamic_scoped_route_configs",
          "static_endpoint_configs",
          "dynamic_endpoint_configs",
          "static_secrets",
          "dynamic_active_secrets",
          "dynamic_warming_secrets",
          "ecds_filters");

  private final TreeBudget budget;
  private final JsonNode document;
  private final List<EnvoyResource> found = new ArrayList<>();
  private KeyStyle style;

  private DocumentParts(TreeBudget budget, JsonNode document, KeyStyle style) {
    this.budget = budget;
    this.document = document;
    this.style = style;
  }

  /**
   * Reads a document.
   *
   * @param otherwise the style where the document itself shows none
   */
  static Optional<EnvoyDocument> of(JsonNode document, TreeBudget budget, KeyStyle otherwise) {
    KeyStyle style = KeyStyle.of(document).orElse(otherwise);
    DocumentParts parts = new DocumentParts(budget, document, style);
    return parts
        .read()
        .map(form ->
            new EnvoyDocument(budget.file(), form, document, ImmutableList.copyOf(parts.found)));
  }

  private Optional<Form> read() {
    if (document.isArray()) {
      list();
      return Optional.of(Form.LIST);
    }
    if (!(document instanceof ObjectNode fields)) {
      budget.problem(
          budget.line(document),
          "\"" + TreeBudget.shown(document.asText()) + "\" (expected: a resource, or a list)");
      return Optional.empty();
    }
    if (fields.path("configs").isArray()) {
      fields.path("configs").forEach(this::dumped);
      return Optional.of(Form.CONFIG_DUMP);
    }
    if (fields.path("resources").isArray()) {
      response(fields);
      return Optional.of(Form.DISCOVERY_RESPONSE);
    }
    resource(fields, Optional.empty(), Optional.empty());
    return Optional.of(Form.RESOURCE);
  }

  private void list() {
    // A resource of nothing but its name is what its neighbours are.
    Optional<String> common = Optional.empty();
    for (JsonNode item : document) {
      if (common.isEmpty() && item instanceof ObjectNode tree) {
        ImmutableList<String> shapes = ResourceTypes.byShape(tree);
        common = shapes.size() == 1 ? Optional.of(shapes.getFirst()) : Optional.empty();
      }
    }
    for (JsonNode item : document) {
      item(item, common, Optional.empty());
    }
  }

  private void response(ObjectNode response) {
    String version = TreeFields.text(response, "version_info");
    Optional<String> type =
        Optional.of(TreeFields.text(response, "type_url")).filter(url -> !url.isEmpty());
    for (JsonNode item : response.path("resources")) {
      JsonNode wrapped = TreeFields.get(item, "resource");
      boolean wraps = item.path("@type").asText().endsWith("/envoy.service.discovery.v3.Resource");
      item(wraps ? wrapped : item, type, Optional.of(version).filter(v -> !v.isEmpty()));
    }
  }

  private void item(JsonNode item, Optional<String> type, Optional<String> version) {
    if (item instanceof ObjectNode tree) {
      resource(tree, type, version);
    } else {
      budget.problem(
          budget.line(item.isContainerNode() ? item : document),
          (item.isArray() ? "a list" : "\"" + TreeBudget.shown(item.asText()) + "\"")
              + " in a list of resources (expected: a resource)");
    }
  }

  private void dumped(JsonNode part) {
    if (!(part instanceof ObjectNode fields)) {
      return;
    }
    for (var field : fields.properties()) {
      String name = snake(field.getKey());
      String type = DUMPED.get(name);
      if (SECTIONS.contains(name)) {
        each(field.getValue(), this::dumped);
      } else if (type != null) {
        each(
            field.getValue(),
            node -> {
              if (node instanceof ObjectNode tree) {
                resource(tree, Optional.of(type), Optional.empty());
              }
            });
      }
    }
  }

  private static void each(JsonNode node, java.util.function.Consumer<JsonNode> action) {
    if (node.isArray()) {
      node.forEach(action);
    } else {
      action.accept(node);
    }
  }

  /** A key as the proto files spell it. */
  static String snake(String key) {
    StringBuilder snake = new StringBuilder(key.length() + 4);
    for (int i = 0; i < key.length(); i++) {
      char c = key.charAt(i);
      if (c >= 'A' && c <= 'Z') {
        snake.append('_').append((char) (c + 'a' - 'A'));
      } else {
        snake.append(c);
      }
    }
    return snake.toString();
  }

  private void resource(ObjectNode tree, Optional<String> otherwise, Optional<String> version) {
    Optional<String> type = ResourceTypes.named(tree).or(() -> byShape(tree, otherwise));
    if (type.isEmpty()) {
      budget.problem(
          budget.line(tree),
          "a map of "
              + TreeBudget.shown(String.join(", ", names(tree)))
              + " (expected: a resource of Envoy; name its kind with @type)");
      return;
    }
    String url = type.get();
    // A type without its prefix is the same to Envoy.
    String full = url.startsWith("envoy.") ? TYPES + url : url;
    style = KeyStyle.of(tree).orElse(style);
    found.add(
        new EnvoyResource(
            budget.file(),
            budget.line(tree),
            full,
            ResourceTypes.name(full, tree),
            tree,
            style,
            version));
  }

  private static Optional<String> byShape(ObjectNode tree, Optional<String> otherwise) {
    ImmutableList<String> shapes = ResourceTypes.byShape(tree);
    if (otherwise.isPresent() && (shapes.isEmpty() || shapes.contains(otherwise.get()))) {
      return otherwise;
    }
    return shapes.size() == 1 ? Optional.of(shapes.getFirst()) : Optional.empty();
  }

  private static List<String> names(ObjectNode tree) {
    List<String> names = new ArrayList<>();
    tree.fieldNames().forEachRemaining(names::add);
    return names;
  }
}
