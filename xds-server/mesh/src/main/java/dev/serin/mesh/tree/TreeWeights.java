package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.ImmutableList;
import com.google.common.collect.Lists;
import dev.serin.mesh.overlay.OwnShare;
import dev.serin.mesh.overlay.RouteEdit.Arm;
import dev.serin.mesh.overlay.RouteEdit.Destination;
import dev.serin.mesh.overlay.VersionHeader;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Predicate;

/** Writes a division between clusters, and takes the version header from where it would harm. */
final class TreeWeights {
  private static final ImmutableList<String> HEADERS =
      ImmutableList.of("request_headers_to_add", "response_headers_to_add");

  private TreeWeights() {}

  /**
   * Neither the base's runtime prefix, which could override the weights, nor an old total survives.
   */
  static ObjectNode of(JsonNode base, Destination.Divided divided, KeyStyle style) {
    List<JsonNode> clusters = new ArrayList<>();
    List<ObjectNode> entries = maps(base, "clusters");
    Predicate<ObjectNode> own = entry -> divided.own().contains(text(entry, "name"));
    if (entries.stream().allMatch(own)) {
      divided.arms().forEach(arm -> clusters.add(entry(base, arm, arm.ppm(), style)));
    } else {
      OwnShare shares = OwnShare.of(total(entries, entry -> true));
      List<Long> arms = shares.arms(total(entries, own), Lists.transform(divided.arms(), Arm::ppm));
      boolean written = false;
      for (ObjectNode entry : entries) {
        if (!own.test(entry)) {
          ObjectNode other = Written.copy(entry);
          clusters.add(other.put("weight", shares.other(weight(entry))));
        } else if (!written) {
          for (int i = 0; i < arms.size(); i++) {
            clusters.add(entry(base, divided.arms().get(i), arms.get(i), style));
          }
          written = true;
        }
      }
    }
    ObjectNode weighted = JsonNodeFactory.instance.objectNode();
    weighted.set("clusters", Trees.list(clusters));
    if (divided.byHash() || get(base, "use_hash_policy").asBoolean()) {
      weighted.put(style.key("use_hash_policy"), true);
    } else if (!text(base, "header_name").isEmpty()) {
      weighted.put(style.key("header_name"), text(base, "header_name"));
    }
    divided
        .runtimeKeys()
        .ifPresent(prefix -> weighted.put(style.key("runtime_key_prefix"), prefix));
    return weighted;
  }

  private static long total(List<ObjectNode> entries, Predicate<ObjectNode> which) {
    return entries.stream().filter(which).mapToLong(TreeWeights::weight).sum();
  }

  private static long weight(ObjectNode entry) {
    return get(entry, "weight").asLong();
  }

  private static ObjectNode entry(JsonNode base, Arm arm, long weight, KeyStyle style) {
    ObjectNode entry = Trees.copyOrNew(like(base, arm));
    withoutVersion(entry);
    entry.put("name", arm.cluster());
    entry.put("weight", weight);
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
    return entry;
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
