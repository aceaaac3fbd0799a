package dev.serin.e2e.features;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Assumptions;

/**
 * Real configurations of Envoy that lie beside the repository in {@code shared/corpus}, or where
 * the property or variable {@code SERIN_SHARED} says: files by case.
 */
final class Corpus {
  private static final ObjectMapper JSON = new ObjectMapper();

  private Corpus() {}

  /** Skips the test, loudly, where there is no corpus. */
  static Map<String, List<Path>> cases() throws IOException {
    String shared =
        Objects.requireNonNullElse(
            System.getProperty("SERIN_SHARED", System.getenv("SERIN_SHARED")), "../../../shared");
    Path folder = Path.of(shared).resolve("corpus").toAbsolutePath().normalize();
    if (!Files.isDirectory(folder)) {
      System.err.println("SKIPPED: no corpus at " + folder + " (set SERIN_SHARED)");
    }
    Assumptions.assumeTrue(
        Files.isDirectory(folder), "no corpus at " + folder + " (set SERIN_SHARED)");
    Map<String, List<Path>> cases = new TreeMap<>();
    try (Stream<Path> files = Files.walk(folder)) {
      files
          .filter(EnvoyDocuments::isResources)
          .sorted(Comparator.naturalOrder())
          .forEach(file -> {
            String name = folder.relativize(file).toString();
            String end = "\\.(listeners|routes|clusters|endpoints)\\.yaml$";
            cases.computeIfAbsent(name.replaceAll(end, ""), key -> new ArrayList<>()).add(file);
          });
    }
    return cases;
  }

  /** The resources as the static ones of a bootstrap, each listener with its routes in it. */
  static String bootstrap(List<EnvoyResource> resources, List<? extends JsonNode> trees)
      throws IOException {
    ArrayNode listeners = JsonNodeFactory.instance.arrayNode();
    ArrayNode clusters = JsonNodeFactory.instance.arrayNode();
    Map<String, JsonNode> routes = new HashMap<>();
    for (int i = 0; i < trees.size(); i++) {
      ObjectNode tree = trees.get(i).deepCopy();
      tree.remove("@type");
      String type = i < resources.size() ? resources.get(i).typeUrl() : typeOfAdded(tree);
      switch (type) {
        case TypeUrls.LISTENER -> listeners.add(tree);
        case TypeUrls.CLUSTER -> clusters.add(tree);
        case TypeUrls.ROUTES -> routes.put(tree.path("name").asText(), tree);
        default -> {}
      }
    }
    inline(listeners, routes);
    clusters.add(
        JSON.readTree(
            """
            {"name": "xds-of-the-test", "type": "STATIC", "connect_timeout": "1s",
             "load_assignment": {"cluster_name": "xds-of-the-test", "endpoints": [
               {"lb_endpoints": [{"endpoint": {"address": {"socket_address":
                 {"address": "127.0.0.1", "port_value": 1}}}}]}]}}
            """));
    ObjectNode bootstrap =
        (ObjectNode)
            JSON.readTree(
                """
                {"node": {"id": "test", "cluster": "test"},
                 "dynamic_resources": {"ads_config": {"api_type": "GRPC",
                   "transport_api_version": "V3",
                   "grpc_services": [{"envoy_grpc": {"cluster_name": "xds-of-the-test"}}]}}}
                """);
    bootstrap.putObject("static_resources").set("listeners", listeners);
    ((ObjectNode) bootstrap.get("static_resources")).set("clusters", clusters);
    return JSON.writerWithDefaultPrettyPrinter().writeValueAsString(bootstrap);
  }

  private static String typeOfAdded(ObjectNode tree) {
    return tree.has("name") ? TypeUrls.CLUSTER : TypeUrls.ENDPOINTS;
  }

  private static void inline(JsonNode node, Map<String, JsonNode> routes) {
    if (node instanceof ObjectNode fields && fields.has("rds")) {
      JsonNode rds = fields.get("rds");
      String name =
          rds.path(rds.has("routeConfigName") ? "routeConfigName" : "route_config_name").asText();
      JsonNode table = routes.get(name);
      if (table != null) {
        fields.remove("rds");
        fields.set("route_config", table);
      }
    }
    node.forEach(child -> inline(child, routes));
  }
}
