package dev.serin.mesh.tree;

import static dev.serin.mesh.tree.TreeFields.get;
import static dev.serin.mesh.tree.TreeFields.has;
import static dev.serin.mesh.tree.TreeFields.maps;
import static dev.serin.mesh.tree.TreeFields.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.common.collect.Lists;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.RouteSimulator;
import dev.serin.mesh.SimulatedHost;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/**
 * A virtual host of a table of JSON, to be simulated. Only what decides where requests go is read
 * of its routes: whatever else they have, known to this build or not, is no matter.
 */
final class TreeHost implements SimulatedHost {
  private static final String ROUTE = "type.googleapis.com/" + Route.getDescriptor().getFullName();

  private static final Set<String> OF_ACTION =
      Set.of("cluster", "cluster_header", "cluster_specifier_plugin", "hash_policy");
  private static final Set<String> OF_WEIGHTED = Set.of("header_name", "use_hash_policy");
  private static final Set<String> OF_CLUSTER = Set.of("name", "weight");

  private final ObjectNode host;

  private TreeHost(ObjectNode host) {
    this.host = host;
  }

  /** Answers from a table; which other tables there are is no matter. */
  static RouteSimulator simulator(ObjectNode table) {
    return new RouteSimulator(maps(table, "virtual_hosts").stream().map(TreeHost::new).toList());
  }

  @Override
  public String name() {
    return text(host, "name");
  }

  @Override
  public List<String> domains() {
    return StreamSupport.stream(get(host, "domains").spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  @Override
  public List<Candidate> candidates(Function<String, Optional<String>> header) {
    List<ObjectNode> routes =
        has(host, "matcher")
            ? TreeMatcherTrees.find(get(host, "matcher"), header)
            : maps(host, "routes");
    return Lists.transform(routes, TreeHost::candidate);
  }

  private static Candidate candidate(ObjectNode route) {
    String name = text(route, "name");
    List<String> unread = new ArrayList<>();
    ResourceEncoder.Encoded encoded =
        ResourceEncoder.encode(
            new EnvoyResource(
                "", 0, ROUTE, name, deciding(route, unread), KeyStyle.SNAKE, Optional.empty()));
    try {
      return encoded.value().isEmpty()
          ? new Candidate(
              name,
              Optional.empty(),
              encoded.problems().stream()
                  .map(DocumentProblem::message)
                  .collect(Collectors.joining("; ")))
          : new Candidate(
              name, Optional.of(Route.parseFrom(encoded.value().get())), String.join("; ", unread));
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("what was just encoded", e);
    }
  }

  /**
   * What of a route decides where requests go.
   *
   * @param unread told of what else may decide it
   */
  private static ObjectNode deciding(ObjectNode route, List<String> unread) {
    ObjectNode deciding = JsonNodeFactory.instance.objectNode();
    deciding.put("name", text(route, "name"));
    if (get(route, "match") instanceof ObjectNode match) {
      deciding.set("match", known(match, unread));
    }
    for (String other :
        List.of("redirect", "direct_response", "filter_action", "non_forwarding_action")) {
      if (has(route, other)) {
        deciding.set(other, JsonNodeFactory.instance.objectNode());
      }
    }
    if (get(route, "route") instanceof ObjectNode action) {
      ObjectNode kept = kept(action, OF_ACTION);
      if (get(action, "weighted_clusters") instanceof ObjectNode weighted) {
        ObjectNode divided = kept(weighted, OF_WEIGHTED);
        divided.set(
            "clusters",
            Trees.list(
                maps(weighted, "clusters").stream().map(one -> kept(one, OF_CLUSTER)).toList()));
        kept.set("weighted_clusters", divided);
      }
      deciding.set("route", kept);
    }
    return deciding;
  }

  private static ObjectNode known(ObjectNode match, List<String> unread) {
    Descriptor type = RouteMatch.getDescriptor();
    ObjectNode known = JsonNodeFactory.instance.objectNode();
    for (var field : match.properties()) {
      String key = DocumentParts.snake(field.getKey());
      if (type.findFieldByName(key) != null || NewerParts.isKnown(type.getFullName(), key)) {
        known.set(key, field.getValue());
      } else {
        unread.add("field " + field.getKey() + " of RouteMatch, newer than this build");
      }
    }
    return known;
  }

  private static ObjectNode kept(ObjectNode tree, Set<String> fields) {
    ObjectNode kept = JsonNodeFactory.instance.objectNode();
    for (String field : fields) {
      if (has(tree, field)) {
        kept.set(field, get(tree, field));
      }
    }
    return kept;
  }
}
