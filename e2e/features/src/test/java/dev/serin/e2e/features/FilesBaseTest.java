package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.envoy.RequireEnvoy;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.DiffProxyResponse;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A folder of Envoy's resources, and a rollout of a service that its routes lead to. */
@RequireEnvoy
class FilesBaseTest {
  private static final String ENDLESS =
      """
      sticky: none
      cohorts: {staff: {any: [{header: {name: x-role, exact: staff}}]}}
      steps:
        - {name: staff, cohorts: {staff: 100%}, bake: 1h}
        - {weight: 50%, bake: 1h}
        - {weight: 100%, bake: 1h}
      analysis: off
      """;

  @Test
  void aRolloutIsLaidOverTheFoldersRoutesAndTakenOffAgain(EnvoyRunner runner, @TempDir Path folder)
      throws Exception {
    for (String form : List.of("rds", "inline")) {
      rollOut(runner, Files.createDirectory(folder.resolve(form)), form.equals("inline"));
    }
  }

  private static void rollOut(EnvoyRunner runner, Path folder, boolean inline) throws Exception {
    Path base = Files.createDirectory(folder.resolve("base"));
    try (Upstream v1 = BaseMesh.version("v1", 1);
        Upstream v2 = BaseMesh.version("v2", 2)) {
      replace(
          base,
          "clusters.yaml",
          cluster("shop-v1", v1.port()) + "---\n" + cluster("shop-v2", v2.port()));
      replace(base, "listener.yaml", listener(inline ? routes("first").indent(12) : ""));
      if (!inline) {
        replace(base, "routes.yaml", routes("first"));
      }
      try (BaseMesh mesh = new BaseMesh(runner, folder, "services, files " + base)) {
        var unused = mesh.join(ProxySpec.THREE.get(0));
        var unused2 = mesh.join(ProxySpec.THREE.get(1));
        mesh.awaitServing("a-1");
        mesh.awaitServing("a-2");
        assertThat(versions(mesh.send("a-1", 200))).containsOnly("v1");

        mesh.release(ENDLESS);
        Await.until(
            "the cohort's own answer",
            TestMesh.PATIENCE,
            () -> versions(mesh.send("a-1", 50, ImmutableMap.of("x-role", "staff"))),
            answered -> answered.stream().allMatch("v2"::equals));
        assertThat(versions(mesh.send("a-1", 200))).containsOnly("v1");

        mesh.setWeight(500_000);
        assertThat(versions(mesh.send("a-2", 400))).contains("v1", "v2");
        theStepsAreTold(mesh, inline);

        // The folder changes under the rollout: its other parts are the new ones, the split stays.
        if (inline) {
          replace(base, "listener.yaml", listener(routes("second").indent(12)));
        } else {
          replace(base, "routes.yaml", routes("second"));
        }
        for (String node : List.of("a-1", "a-2")) {
          Await.until(
              "the folder's new routes at " + node,
              TestMesh.PATIENCE,
              () -> mesh.proxy(node).admin().get("/config_dump"),
              dump -> dump.contains("second") && dump.contains("shop-v2"));
        }
        mesh.awaitWeight(500_000);
        assertThat(versions(mesh.send("a-2", 400))).contains("v1", "v2");

        var unused3 = mesh.api().abort(BaseMesh.ROLLOUT);
        mesh.awaitWeight(0);
        assertThat(versions(mesh.send("a-1", 200))).containsOnly("v1");
        mesh.giveBack("a-1", "v1");
      }
    }
  }

  /** Of the rollout under way, whatever its weight was set to by hand. */
  private static void theStepsAreTold(BaseMesh mesh, boolean inline) {
    DiffProxyResponse step = mesh.api().diff("a-1", "1");
    while (!step.getNextStep().isEmpty()) {
      assertThat(step.getRefusalsList()).isEmpty();
      assertThat(step.getReach().getChangedRoutes()).as(step.getStepName()).isEqualTo(1);
      assertThat(step.getResourcesList())
          .filteredOn(resource -> !resource.getBaseVersion().isEmpty())
          .singleElement()
          .satisfies(table ->
              assertThat(table.getTypeUrl())
                  .endsWith(inline ? "v3.Listener" : "v3.RouteConfiguration"));
      step = mesh.api().diff("a-1", step.getNextStep());
    }
    assertThat(step.getStepName()).isEqualTo("promoted");
    assertThat(step.getRollout()).isEqualTo(Api.fullName(BaseMesh.ROLLOUT));
  }

  private static List<String> versions(List<Outcome> outcomes) {
    assertThat(outcomes).allMatch(outcome -> outcome.status() == 200);
    return outcomes.stream().map(Outcome::version).toList();
  }

  /** Writes a file of the folder at once. */
  static void replace(Path folder, String name, String text) throws IOException {
    Path written = Files.writeString(folder.resolveSibling(name + ".new"), text);
    Files.move(written, folder.resolve(name), StandardCopyOption.ATOMIC_MOVE);
  }

  static String cluster(String name, int port) {
    return """
    "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
    name: %s
    type: STATIC
    connect_timeout: 1s
    load_assignment:
      cluster_name: %s
      endpoints:
        - lb_endpoints:
            - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}
    """
        .formatted(name, name, port);
  }

  private static String routes(String host) {
    return """
    "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration
    name: edge-routes
    virtual_hosts:
      - name: %s
        domains: ["*"]
        routes:
          - name: all
            match: {prefix: /}
            route: {cluster: shop-v1, timeout: 7s}
    """
        .formatted(host);
  }

  private static String listener(String inline) {
    String routes =
        inline.isEmpty()
            ? "          rds: {route_config_name: edge-routes, config_source: {resource_api_version:"
                + " V3, ads: {}}}"
            : "          route_config:\n" + inline.replaceAll("(?m)^.*@type.*\n", "");
    return """
    "@type": type.googleapis.com/envoy.config.listener.v3.Listener
    name: edge
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
      - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: edge
    %s
              http_filters:
                - name: envoy.filters.http.router
                  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
    """
        .formatted(routes.stripTrailing());
  }
}
