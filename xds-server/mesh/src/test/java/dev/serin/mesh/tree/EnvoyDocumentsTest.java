package dev.serin.mesh.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.tree.EnvoyDocument.Form;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class EnvoyDocumentsTest {

  @ParameterizedTest
  @CsvSource({
    "'{name: r, virtual_hosts: []}', RouteConfiguration",
    "'{name: r, virtualHosts: []}', RouteConfiguration",
    "'{name: r, ignorePortInHostMatching: true}', RouteConfiguration",
    "'{name: l, defaultFilterChain: {}}', Listener",
    "'{name: l, address: {}}', Listener",
    "'{clusterName: c}', ClusterLoadAssignment",
    "'{cluster_name: c, endpoints: []}', ClusterLoadAssignment",
    "'{name: c, connectTimeout: 1s}', Cluster",
    "'{name: c, type: EDS}', Cluster",
    "'{name: s, validation_context: {}}', Secret",
    "'{name: e, typed_config: {}}', TypedExtensionConfig",
    "'{name: v, domains: [a]}', VirtualHost",
    "'{name: s, key: {}, route_configuration_name: r}', ScopedRouteConfiguration",
    "'{name: r, layer: {}}', Runtime",
    "'{\"@type\": type.googleapis.com/acme.Thing, name: x}', Thing",
  })
  void aResourceIsKnownByItsTypeOrElseByItsFields(String text, String type) {
    EnvoyDocuments read = EnvoyDocuments.parse("x.yaml", text);
    assertThat(read.problems()).isEmpty();
    assertThat(read.resources()).extracting(EnvoyResource::type).containsExactly(type);
  }

  @Test
  void aResourceOfNothingButItsNameIsWhatItsNeighboursAre() {
    EnvoyDocuments read =
        EnvoyDocuments.parse("x.yaml", "- name: a\n- name: b\n  virtualHosts: []\n");
    assertThat(read.problems()).isEmpty();
    assertThat(read.resources())
        .extracting(EnvoyResource::typeUrl)
        .containsOnly(TypeUrls.ROUTES)
        .hasSize(2);
  }

  @Test
  void aConfigDumpIsReadSectionBySection() {
    String dump =
        """
        {"configs": [
          {"@type": "type.googleapis.com/envoy.admin.v3.BootstrapConfigDump",
           "bootstrap": {"static_resources": {"clusters": [{"name": "twice"}]}}},
          {"static_clusters": [{"cluster": {"name": "a"}}],
           "dynamic_active_clusters": [{"version_info": "1", "cluster": {"name": "b"}}],
           "dynamic_warming_clusters": [{"cluster": {"name": "c"}}]},
          {"dynamic_listeners": [{"name": "l", "active_state": {"listener": {"name": "l"}},
            "draining_state": {"listener": {"name": "old"}}}]},
          {"static_route_configs": [{"route_config": {"name": "r"}}],
           "dynamic_route_configs": [{"route_config": {"name": "s"}}]},
          {"inline_scoped_route_configs": [{"scoped_route_configs": [{"name": "t"}]}]},
          {"dynamic_endpoint_configs": [{"endpoint_config": {"cluster_name": "b"}}]},
          {"dynamic_active_secrets": [{"name": "x", "secret": {"name": "x"}}]},
          {"ecds_filters": [{"ecds_filter": {"name": "e"}}]},
          {"@type": "type.googleapis.com/acme.NewSection", "whatever": [{"name": "n"}]}
        ]}
        """;
    ImmutableList<String> expected =
        ImmutableList.of(
            "Cluster a",
            "Cluster b",
            "Cluster c",
            "Listener l",
            "RouteConfiguration r",
            "RouteConfiguration s",
            "ScopedRouteConfiguration t",
            "ClusterLoadAssignment b",
            "Secret x",
            "TypedExtensionConfig e");
    EnvoyDocuments snake = EnvoyDocuments.parse("dump.json", dump);
    assertThat(snake.problems()).isEmpty();
    assertThat(snake.documents().getFirst().form()).isEqualTo(Form.CONFIG_DUMP);
    assertThat(snake.resources()).extracting(r -> r.type() + " " + r.name()).isEqualTo(expected);

    EnvoyDocuments camel = EnvoyDocuments.parse("dump.json", camelKeys(dump));
    assertThat(camel.resources()).extracting(r -> r.type() + " " + r.name()).isEqualTo(expected);
    assertThat(camel.resources()).extracting(EnvoyResource::style).contains(KeyStyle.CAMEL);
  }

  private static String camelKeys(String json) {
    return Pattern.compile("\"([a-z]+(?:_[a-z]+)+)\":")
        .matcher(json)
        .replaceAll(key -> "\"" + KeyStyle.camel(key.group(1)) + "\":");
  }

  @Test
  void aDiscoveryResponseGivesItsVersionToWhatCameInIt() {
    EnvoyDocuments read =
        EnvoyDocuments.parse(
            "x.yaml",
            """
            version_info: "17"
            type_url: type.googleapis.com/envoy.config.cluster.v3.Cluster
            resources:
            - "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster
              name: a
            - name: b
            - "@type": type.googleapis.com/envoy.service.discovery.v3.Resource
              name: c
              resource: {"@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: c}
            """);
    assertThat(read.problems()).isEmpty();
    assertThat(read.resources())
        .extracting(EnvoyResource::name, EnvoyResource::typeUrl, EnvoyResource::versionInfo)
        .containsExactly(
            org.assertj.core.groups.Tuple.tuple("a", TypeUrls.CLUSTER, Optional.of("17")),
            org.assertj.core.groups.Tuple.tuple("b", TypeUrls.CLUSTER, Optional.of("17")),
            org.assertj.core.groups.Tuple.tuple("c", TypeUrls.CLUSTER, Optional.of("17")));
  }

  @Test
  void everyProblemIsToldAtOnceWithItsLine(@TempDir Path folder) throws IOException {
    Files.writeString(
        folder.resolve("a.yaml"),
        "name: a\nconnect_timeout: 1s\nname: b\n---\nfoo: [\n---\n- name: c\n  type: EDS\n- 7\n");
    Files.writeString(folder.resolve("b.json"), "{\"name\": \"c\",\n \"type\": \"EDS\",}");
    Files.writeString(folder.resolve("c.yaml"), "apiVersion: v1\nkind: ConfigMap\n");
    Files.writeString(folder.resolve("d.yaml"), "- name: c\n  type: EDS\n");
    Files.writeString(folder.resolve("README.md"), "# not read");
    EnvoyDocuments read = EnvoyDocuments.read(folder);
    assertThat(read.problems())
        .extracting(problem -> Path.of(problem.file()).getFileName() + ":" + problem.line())
        .containsExactly("a.yaml:3", "a.yaml:6", "a.yaml:7", "b.json:2", "c.yaml:1", "d.yaml:1");
    assertThat(read.problems())
        .extracting(DocumentProblem::message)
        .allMatch(message -> message.contains("expected") || message.startsWith("not "));
  }

  @Test
  void anAbsentFileIsAProblem() {
    assertThat(EnvoyDocuments.read(Path.of("no/such/file.yaml")).problems())
        .singleElement()
        .extracting(DocumentProblem::message)
        .asString()
        .contains("cannot be read");
  }

  @Test
  void aBombOfAliasesIsRefused() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 12; i++) {
      bomb.append("a" + i + ": &a" + i + " [");
      bomb.append(("*a" + (i - 1) + ", ").repeat(9)).append("]\n");
    }
    assertThat(EnvoyDocuments.parse("x.yaml", bomb.toString()).problems())
        .singleElement()
        .extracting(DocumentProblem::message)
        .asString()
        .startsWith("aliases that repeat more than");
  }

  @Test
  void aTooDeepDocumentIsRefused() {
    String json = "{\"a\":".repeat(5_000) + "1" + "}".repeat(5_000);
    assertThat(EnvoyDocuments.parse("x.json", json).problems()).hasSize(1);
    assertThat(EnvoyDocuments.parse("x.yaml", "- ".repeat(5_000) + "1").problems()).hasSize(1);
  }

  @ParameterizedTest
  @ValueSource(strings = {"1e999999999", "-2.5E-99999", "1e+4000000000"})
  void aNumberThatNothingCanHoldIsRefused(String number) {
    assertThat(EnvoyDocuments.parse("x.yaml", "name: a\ntype: EDS\nx: " + number).problems())
        .singleElement()
        .matches(problem -> problem.line() == 3);
    assertThat(EnvoyDocuments.parse("x.json", "{\"x\": " + number + "}").problems()).isNotEmpty();
  }

  @Test
  void wordsThatParsersDisagreeAboutStayAsTheyWereWritten() {
    String text =
        """
        name: a
        type: EDS
        metadata:
          plain: [on, Yes, n, 0o17, 0x1F, 1_000, 1:30, 2026-11-27, .5, +1, 1e3, =, .inf, '']
          quoted: ['on', "Yes", 'n', '017', "1e3", '12', 'true', 'null', '~', '2026-11-27', '=']
          numbers: [1, -2, 1.50, 123456789012345678901234567890, 1.0e+3]
          words: [true, True, null, ~, text, a b, 'a: b', '# c', "tab\\t", 'it''s', '- x']
          on: 1
          'yes': 2
          8080: 3
        """;
    EnvoyDocuments read = EnvoyDocuments.parse("x.yaml", text);
    assertThat(read.problems()).isEmpty();
    String printed = print(read);
    assertThat(printed)
        .contains("- on\n", "- Yes\n", "- 0o17\n", "- 1e3\n", "- 2026-11-27\n", "- =\n", "- ''\n")
        .contains("- 'on'\n", "- '017'\n", "- '12'\n", "- 'true'\n", "- '='\n")
        .contains("- 1.50\n", "- 123456789012345678901234567890\n", "- 1.0e+3\n")
        .contains("  on: 1\n", "  'yes': 2\n", "  8080: 3\n");
    EnvoyDocuments again = EnvoyDocuments.parse("x.yaml", printed);
    assertThat(again.documents().getFirst().tree()).isEqualTo(read.documents().getFirst().tree());
    assertThat(print(again)).isEqualTo(printed);
  }

  @Test
  void aNumberOfJsonIsANumberToEveryParserOfYaml() {
    EnvoyDocuments read =
        EnvoyDocuments.parse("x.json", "{\"name\":\"a\",\"type\":\"EDS\",\"x\":[1e3,2.5E-7,1]}");
    assertThat(print(read)).contains("- 1.0e+3\n", "- 2.5e-7\n", "- 1\n");
  }

  @Test
  void anchorsAreWrittenOut() {
    EnvoyDocuments read =
        EnvoyDocuments.parse(
            "x.yaml", "- &a {name: a, type: EDS, x: &x {y: 1}}\n- {name: b, type: EDS, x: *x}\n");
    assertThat(read.problems()).isEmpty();
    assertThat(read.resources().get(1).tree().at("/x/y").intValue()).isEqualTo(1);
    assertThat(print(read)).doesNotContain("*x", "&x");
  }

  @Test
  void textOfSeveralLinesSurvives() {
    for (String value :
        new String[] {
          "a\nb\n", "a\n\n b", " a\nb", "a\r\nb", "a \nb", "\na", "a\n\n", "ü\n€", "\ud83d\ude00\nx"
        }) {
      JsonNode tree =
          com.fasterxml.jackson.databind.node.JsonNodeFactory.instance
              .objectNode()
              .put("name", "a")
              .put("type", "EDS")
              .put("x", value);
      EnvoyDocuments read = EnvoyDocuments.parse("x.yaml", YamlText.of(tree));
      assertThat(read.problems()).isEmpty();
      assertThat(read.documents().getFirst().tree()).isEqualTo(tree);
    }
  }

  static String print(EnvoyDocuments documents) {
    StringWriter text = new StringWriter();
    YamlText.write(documents.documents().stream().map(EnvoyDocument::tree).toList(), text);
    return text.toString();
  }
}
