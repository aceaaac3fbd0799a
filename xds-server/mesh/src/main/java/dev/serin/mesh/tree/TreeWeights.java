package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.overlay.RouteEdit.Arm;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import dev.serin.mesh.overlay.VersionHeader;
import java.util.ArrayList;
import java.util.List;

/** Writes a division between clusters, and takes the version header from where it would harm. */
final class TreeWeights {
  private static final ImmutableList<String> HEADERS =
      ImmutableList.of("request_headers_to_add", "response_headers_to_add");

  private TreeWeights() {}

  /** Neither a runtime prefix, which could override the weights, nor an old total survives. */
  static ObjectNode of(JsonNode base, Destination.Divided divided, KeyStyle style) {
    ObjectNode weighted = JsonNodeFactory.instance.objectNode();
    List<JsonNode> clusters = new ArrayList<>();
    for (Arm arm : divided.arms()) {
      ObjectNode entry = Trees.copyOrNew(like(base, arm));
      withoutVersion(entry);
      entry.put(TreeFields.key(entry, "name", style), arm.cluster());
      entry.put(TreeFields.key(entry, "weight", style), arm.ppm());
      arm.header()
          .ifPresent(header -> {
            for (String field : HEADERS) {
              Trees.append(entry, field, List.of(Trees.of(header, style)), style);
            }
          });
      if (!arm.filters().isEmpty()) {
        ObjectNode filters = Trees.copyOrNew(get(entry, "typed_per_filter_config"));
        arm.filters().forEach((name, config) -> filters.set(name, Trees.of(config, style)));
        Trees.set(entry, "typed_per_filter_config", filters, style);
      }
      clusters.add(entry);
    }
    weighted.set("clusters", Trees.list(clusters));
    if (divided.byHash()) {
      weighted.put(style.key("use_hash_policy"), true);
    } else if (!text(base, "header_name").isEmpty()) {
      weighted.put(style.key("header_name"), text(base, "header_name"));
    }
    return weighted;
  }

  private static JsonNode like(JsonNode base, Arm arm) {
    List<ObjectNode> entries = maps(base, "clusters");
    return arm.like().stream()
        .flatMap(name -> entries.stream().filter(entry -> text(entry, "name").equals(name)))
        .map(entry -> (JsonNode) entry)
        .findFirst()
        .orElseGet(JsonNodeFactory.instance::missingNode);
  }

  /** Of a route or a cluster's entry, which is a copy of its own. */
  static void withoutVersion(ObjectNode tree) {
    for (String field : HEADERS) {
      JsonNode headers = get(tree, field);
      List<JsonNode> kept = new ArrayList<>();
      for (JsonNode option : headers) {
        if (!text(get(option, "header"), "key").equalsIgnoreCase(VersionHeader.NAME)) {
          kept.add(option);
        }
      }
      if (kept.size() < headers.size()) {
        if (kept.isEmpty()) {
          Trees.remove(tree, field);
        } else {
          Trees.set(tree, field, Trees.list(kept), KeyStyle.SNAKE);
        }
      }
    }
  }
}
