package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.serin.mesh.tree.EnvoyDocument;
import dev.serin.mesh.tree.EnvoyDocuments;
import dev.serin.mesh.tree.EnvoyResource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code serin plan}, as scripts and people call it. */
final class PlanCommandTest {
  private static final String SERVICE =
      """
      apiVersion: serin.dev/v1
      kind: MeshService
      metadata: {name: checkout}
      spec:
        initialStable: v1
        versions:
          v1: {envoyCluster: outbound|80|v1|checkout}
          v2: {endpoints: ["127.0.0.1:9002"]}
      ---
      apiVersion: serin.dev/v1
      kind: Rollout
      metadata: {name: checkout-v2}
      spec: {service: checkout, to: v2, policy: two-steps}
      ---
      """;

  private static final String POLICY =
      """
      apiVersion: serin.dev/v1
      kind: CanaryPolicy
      metadata: {name: two-steps}
      spec:
        cohorts:
          staff: {any: [{header: {name: x-role, exact: staff}}, {cookie: {name: beta, present: true}}]}
        steps:
        - {name: staff, cohorts: {staff: 100%}, bake: 5m}
        - 5%
      """;

  private static final String BASE =
      """
      - name: table
        virtual_hosts:
        - name: shop
          domains: ["*"]
          routes:
          - name: pay
            match: {prefix: /pay}
            route: {cluster: "outbound|80|v1|checkout", timeout: 7s, field_of_tomorrow: {on: yes}}
          - name: rest
            match: {prefix: /}
            route: {cluster: other}
          - name: by-header
            match: {prefix: /x}
            route: {cluster_header: x-cluster}
      ---
      - name: outbound|80|v1|checkout
        type: EDS
        connect_timeout: 1s
        alt_stat_name: checkout
        eds_cluster_config: {eds_config: {ads: {}}}
      - "@type": type.googleapis.com/acme.Unknown
        name: what
        big: 123456789012345678901234567890
      """;

  @TempDir Path folder;
  private Path resources = Path.of("");
  private Path base = Path.of("");

  @BeforeEach
  void files() throws IOException {
    resources = Files.writeString(folder.resolve("serin.yaml"), SERVICE + POLICY);
    Path bases = Files.createDirectory(folder.resolve("base"));
    base = Files.writeString(bases.resolve("envoy.yaml"), BASE);
  }

  @Test
  void everyStepIsLedByHowLittleItChanges() {
    Called called = plan();
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.out().lines().filter(line -> !line.matches("[-+@ ].*|")))
        .containsExactly(
            "step 1 \"staff\": 1 of 3 routes changes in 1 of 3 resources; 2 stay as they are;"
                + " 5 resources added",
            "step 2 \"5%\": 1 of 3 routes changes in 1 of 3 resources; 2 stay as they are",
            "promoted: 1 of 3 routes changes in 1 of 3 resources; 2 stay as they are;"
                + " 3 added resources gone");
    assertThat(called.out())
        .contains("--- RouteConfiguration table (" + base + ":1)")
        .contains("+++ RouteConfiguration table (step 1 \"staff\")")
        .contains("--- /dev/null", "+++ Cluster checkout|v2 (step 1 \"staff\")")
        .contains("-          weight: 0", "+          weight: 50000");
  }

  @Test
  void aRequestIsToldWhereItGoesAtEachStep() {
    String table = "RouteConfiguration table (" + base + ":1): ";
    Called anybody = plan("--request", "GET shop.example/pay?id=1");
    assertThat(anybody.exit()).as(anybody.err()).isEqualTo(Exit.DONE);
    assertThat(anybody.out().lines())
        .containsExactly(
            "before: " + table + "100 % to outbound|80|v1|checkout (route pay)",
            "step 1 \"staff\": " + table + "100 % to outbound|80|v1|checkout (route pay)",
            "step 2 \"5%\": "
                + table
                + "5 % to checkout|v2, 95 % to outbound|80|v1|checkout (route pay)",
            "promoted: " + table + "100 % to checkout|v2 (route pay)");
    assertThat(
            plan("--request", "shop/pay", "--header", "x-role: staff", "--step", "1").out().lines())
        .singleElement()
        .asString()
        .contains("100 % to checkout|v2|cohort/staff (route pay|cohort/staff");
    assertThat(plan("--request", "PUT shop/x", "--step", "0").out())
        .isEqualTo("before: " + table + "100 % to other (route rest)\n");
  }

  @Test
  void aRequestThatIsNoneIsAUsageError() {
    Called wrong = plan("--request", "GET http://shop");
    assertThat(wrong.exit()).isEqualTo(Exit.USAGE);
    assertThat(wrong.err()).contains("--request: GET http://shop (expected: as 'GET shop.");
    assertThat(plan("--request", "shop", "--header", "x-role").err())
        .contains("--header: x-role (expected: as 'x-user: ann')");
    assertThat(plan("--header", "a: b").err()).contains("--header without --request");
  }

  @Test
  void theResourcesOfOneStepComeInTheirOrderAndFormWithTheRestUntouched() {
    Called called = plan("--step", "1", "-o", "yaml");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    EnvoyDocuments printed = EnvoyDocuments.parse("out.yaml", called.out());
    assertThat(printed.problems()).isEmpty();
    assertThat(printed.resources())
        .extracting(resource -> resource.type() + " " + resource.name())
        .containsExactly(
            "RouteConfiguration table",
            "Cluster outbound|80|v1|checkout",
            "Unknown what",
            "Cluster checkout|v2|cohort/staff",
            "Cluster checkout|v1|cohort/staff",
            "Cluster checkout|v2",
            "ClusterLoadAssignment checkout|v2|cohort/staff",
            "ClusterLoadAssignment checkout|v2");
    EnvoyDocuments before = EnvoyDocuments.read(base);
    assertThat(printed.documents().get(1).tree()).isEqualTo(before.documents().get(1).tree());
    JsonNode routes = printed.resources().get(0).tree().at("/virtual_hosts/0/routes");
    assertThat(names(routes))
        .containsExactly("pay|cohort/staff", "pay|cohort/staff#2", "pay", "rest", "by-header");
    routes.forEach(route -> {
      if (route.path("name").asText().startsWith("pay")) {
        assertThat(route.at("/route/timeout").asText()).isEqualTo("7s");
        assertThat(route.at("/route/field_of_tomorrow/on").asText()).isEqualTo("yes");
      }
    });
    assertThat(called.out()).contains("on: yes");
  }

  @Test
  void aCohortOfAVersionInTheBaseHasACopyOfItsClusterThatCountsApart() {
    EnvoyResource copy =
        EnvoyDocuments.parse("out.yaml", plan("--step", "1", "-o", "yaml").out())
            .resources()
            .stream()
            .filter(resource -> resource.name().equals("checkout|v1|cohort/staff"))
            .findFirst()
            .orElseThrow();
    ObjectNode tree = copy.tree();
    assertThat(tree.path("alt_stat_name").asText()).isEqualTo("checkout|v1|cohort/staff");
    assertThat(tree.at("/eds_cluster_config/service_name").asText())
        .isEqualTo("outbound|80|v1|checkout");
    assertThat(tree.path("connect_timeout").asText()).isEqualTo("1s");
  }

  @Test
  void beforeTheFirstStepNothingIsChangedAndAfterThePromotionAllGoToTheNewVersion() {
    EnvoyDocuments before =
        EnvoyDocuments.parse("out.yaml", plan("--step", "0", "-o", "yaml").out());
    assertThat(before.documents().stream().map(EnvoyDocument::tree).toList())
        .isEqualTo(
            EnvoyDocuments.read(base).documents().stream().map(EnvoyDocument::tree).toList());
    EnvoyDocuments after =
        EnvoyDocuments.parse("out.yaml", plan("--step", "promoted", "-o", "yaml").out());
    assertThat(
            after.resources().get(0).tree().at("/virtual_hosts/0/routes/0/route/cluster").asText())
        .isEqualTo("checkout|v2");
  }

  @Test
  void routesWhoseClusterIsInAHeaderAndClustersThatTheBaseLacksAreWarnings() throws IOException {
    Files.writeString(base, BASE.replace("- name: outbound|80|v1|checkout", "- name: another"));
    Called called = plan("--step", "2");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.err())
        .contains("warning: default/checkout: version v1: Envoy cluster outbound|80|v1|checkout")
        .contains("route \"by-header\" of virtual host \"shop\" takes its cluster from header");
  }

  @Test
  void aProxyThatCannotHonourAPlanIsToldSoAndNothingIsChangedForIt() throws IOException {
    Files.writeString(
        resources, SERVICE + POLICY.replace("spec:\n", "spec:\n  sticky: [{header: x-user}]\n"));
    Path node = folder.resolve("node.yaml");
    Files.writeString(
        node,
        """
        id: sidecar-1
        locality: {region: eu-west}
        metadata: {CLUSTER_ID: eu}
        user_agent_name: envoy
        user_agent_build_version: {version: {major_number: 1, minor_number: 30}}
        """);
    Called called = plan("--node", node.toString(), "--step", "2");
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    assertThat(called.err()).contains("refused: default/checkout: sticky").contains("Envoy 1.36");
    assertThat(called.out()).contains("nothing changes: all 3 resources as they are");
    assertThat(plan("--step", "2").exit()).isEqualTo(Exit.DONE);
  }

  @Test
  void allProblemsOfABaseAreToldAndNothingIsPlanned() throws IOException {
    Files.writeString(base.resolveSibling("more.yaml"), "a: 1\na: 2\n");
    Files.writeString(base.resolveSibling("zz.json"), "{\"name\": ");
    Called called =
        Called.serin("plan", "-f", resources.toString(), "--base", "" + base.getParent());
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    assertThat(called.err()).contains("more.yaml:2:", "more.yaml:1:", "zz.json:1:");
    assertThat(called.out()).isEmpty();
  }

  @Test
  void aStepThatThePolicyDoesNotHaveIsAUsageError() {
    assertThat(plan("--step", "3").exit()).isEqualTo(Exit.USAGE);
    assertThat(plan("--step", "3").err()).contains("0, 1, 2, promoted");
    assertThat(plan("-o", "yaml").exit()).isEqualTo(Exit.USAGE);
    assertThat(Called.serin("plan", "-f", resources.toString()).exit()).isEqualTo(Exit.USAGE);
  }

  @Test
  void aRolloutWithoutItsServiceIsAnError() throws IOException {
    Files.writeString(
        resources,
        "apiVersion: serin.dev/v1\nkind: Rollout\nmetadata: {name: r}\nspec: {service: x, to: v2}\n");
    Called called = plan();
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    assertThat(called.err()).contains("error: rollout default/r: service default/x");
  }

  @Test
  void aDumpComesBackAsADump() throws IOException {
    Files.writeString(
        base,
        """
        {"configs": [
          {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump", "bootstrap": {"n": 1}},
          {"@type": "type.googleapis.com/envoy.admin.v3.RoutesConfigDump",
           "dynamic_route_configs": [{"version_info": "7", "route_config":
             {"@type": "type.googleapis.com/envoy.config.route.v3.RouteConfiguration",
              "name": "table", "virtual_hosts": [{"name": "v", "domains": ["*"], "routes": [
                {"match": {"prefix": "/"}, "route": {"cluster": "outbound|80|v1|checkout"}}]}]}}]}
        ]}
        """);
    JsonNode dump =
        EnvoyDocuments.parse("out.yaml", plan("--step", "2", "-o", "yaml").out())
            .documents()
            .getFirst()
            .tree();
    assertThat(dump.at("/configs/0/bootstrap/n").asInt()).isEqualTo(1);
    assertThat(dump.at("/configs/1/dynamic_route_configs/0/version_info").asText()).isEqualTo("7");
    assertThat(dump.at("/configs/1/dynamic_route_configs/0/route_config/virtual_hosts/0/routes"))
        .hasSize(3);
  }

  @Test
  void routesInsideAListenerAreChangedThere() throws IOException {
    Files.writeString(
        base,
        """
        name: l
        filterChains:
        - filters:
          - name: hcm
            typedConfig:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              routeConfig:
                name: inline
                virtualHosts:
                - name: v
                  domains: ["*"]
                  routes: [{match: {prefix: /}, route: {cluster: "outbound|80|v1|checkout"}}]
        """);
    String printed = plan("--step", "2", "-o", "yaml").out();
    assertThat(printed)
        .contains("weightedClusters", "requestHeadersToAdd")
        .doesNotContain("route_");
    JsonNode routes =
        EnvoyDocuments.parse("out.yaml", printed)
            .resources()
            .getFirst()
            .tree()
            .at("/filterChains/0/filters/0/typedConfig/routeConfig/virtualHosts/0/routes");
    assertThat(routes).hasSize(3);
  }

  private static List<String> names(JsonNode routes) {
    List<String> names = new ArrayList<>();
    routes.forEach(route -> names.add(route.path("name").asText()));
    return names;
  }

  @Test
  void aLargeTableThatStepsChangeIsWarnedOfOnceWithItsSizeAndWhatHelps() throws IOException {
    Files.writeString(base, BASE + "---\n" + table("large", "outbound|80|v1|checkout", 3_000));
    List<String> warnings = largeTables(plan());
    assertThat(warnings).hasSize(1);
    assertThat(warnings.getFirst())
        .startsWith("warning: " + base + ":")
        .containsPattern(
            ": RouteConfiguration large: [3-5][0-9]{2} kB \\(expected: less than 256 kB")
        .contains("every step sends all of it to each proxy")
        .contains("scoped routes, or one RouteConfiguration a service");
    assertThat(largeTables(plan("--step", "1", "-o", "yaml"))).isEqualTo(warnings);
  }

  @Test
  void aLargeTableThatThisBuildCannotEncodeIsMeasuredAsJson() throws IOException {
    Files.writeString(
        base, table("large", "outbound|80|v1|checkout", 3_000) + "  field_of_tomorrow: {}\n");
    assertThat(largeTables(plan())).singleElement().asString().contains(" kB as JSON (expected:");
  }

  @Test
  void aSmallTableAndALargeOneThatNoStepChangesAreNotWarnedOf() throws IOException {
    Files.writeString(base, BASE + "---\n" + table("large", "other", 3_000));
    assertThat(largeTables(plan())).isEmpty();
  }

  private static List<String> largeTables(Called called) {
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    return called.err().lines().filter(line -> line.contains("every step sends")).toList();
  }

  /** Many virtual hosts, the last of which leads to a cluster. */
  private static String table(String name, String cluster, int hosts) {
    StringBuilder table = new StringBuilder("- name: " + name + "\n  virtual_hosts:\n");
    for (int i = 0; i < hosts; i++) {
      table.append(
          """
            - name: virtual-host-%1$d
              domains: [service-%1$d.shop.svc.cluster.local, "service-%1$d.shop.svc.cluster.local:8080"]
              routes: [{match: {prefix: /}, route: {cluster: "%2$s"}}]
          """
              .formatted(i, i == hosts - 1 ? cluster : "outbound|80||service-" + i));
    }
    return table.toString();
  }

  private Called plan(String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("plan", "-f", resources.toString(), "--base", base.toString()));
    arguments.addAll(List.of(more));
    return Called.serin(arguments.toArray(String[]::new));
  }
}
