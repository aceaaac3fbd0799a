package dev.serin.mesh.tree;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.serin.mesh.overlay.NewerFields;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import org.junit.jupiter.api.Test;

class ResourceEncoderTest {
  private static final String ROUTES =
      """
      name: r
      virtualHosts:
      - name: v
        domains: ['*']
        routes:
        - match:
            prefix: /
            cookies: [{name: beta, stringMatch: {exact: "1"}, invertMatch: true}]
          route:
            timeout: 15s
            weightedClusters:
              useHashPolicy: true
              clusters: [{name: a, weight: 1}, {name: b, weight: 2}]
      """;

  @Test
  void fieldsNewerThanOurClassesThatSerinKnowsAreEncoded() throws Exception {
    Route route = RouteConfiguration.parseFrom(value(ROUTES)).getVirtualHosts(0).getRoutes(0);
    assertThat(NewerFields.cookies(route.getMatch()))
        .singleElement()
        .matches(cookie -> cookie.name().equals("beta") && cookie.invert())
        .matches(cookie -> cookie.match().getExact().equals("1"));
    assertThat(NewerFields.usesHashPolicy(route.getRoute().getWeightedClusters())).isTrue();
    assertThat(route.getRoute().getTimeout().getSeconds()).isEqualTo(15);
  }

  @Test
  void theyAreEncodedWithinAListenersFilterToo() throws Exception {
    String listener =
        "name: l\nfilter_chains:\n- filters:\n  - name: hcm\n    typed_config:\n      '@type':"
            + " type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager\n"
            + "      route_config:\n"
            + ROUTES.indent(8);
    Listener encoded = Listener.parseFrom(value(listener));
    Route route =
        encoded
            .getFilterChains(0)
            .getFilters(0)
            .getTypedConfig()
            .unpack(HttpConnectionManager.class)
            .getRouteConfig()
            .getVirtualHosts(0)
            .getRoutes(0);
    assertThat(NewerFields.cookies(route.getMatch())).hasSize(1);
    assertThat(NewerFields.usesHashPolicy(route.getRoute().getWeightedClusters())).isTrue();
  }

  @Test
  void whatTheBuildCannotEncodeIsAProblemEachWithItsPath() {
    ResourceEncoder.Encoded encoded =
        encode(
            """
            name: c
            type: EDS
            field_of_tomorrow: 1
            load_assignment: {cluster_name: c, endpoints: [{}, {sooner: 2}]}
            typed_extension_protocol_options:
              x: {"@type": type.googleapis.com/acme.Options, a: 1}
            """);
    assertThat(encoded.value()).isEmpty();
    assertThat(encoded.problems())
        .extracting(DocumentProblem::toString)
        .containsExactly(
            "x.yaml:1: Cluster c: field_of_tomorrow (expected: a field of"
                + " envoy.config.cluster.v3.Cluster that this build knows)",
            "x.yaml:1: Cluster c: load_assignment.endpoints[1]: sooner (expected: a field of"
                + " envoy.config.endpoint.v3.LocalityLbEndpoints that this build knows)",
            "x.yaml:1: Cluster c: typed_extension_protocol_options[x]:"
                + " type.googleapis.com/acme.Options (expected: a type that this build knows)");
  }

  @Test
  void aValueOfAnotherTypeIsAProblem() {
    assertThat(encode("name: c\ntype: SIDEWAYS\nconnect_timeout: 1s\n").problems()).hasSize(1);
    assertThat(encode("name: c\nconnect_timeout: [1]\n").problems()).hasSize(1);
    assertThat(encode("'@type': type.googleapis.com/acme.Thing\nname: x\n").problems())
        .singleElement()
        .matches(problem -> problem.message().contains("acme.Thing"));
  }

  @Test
  void bothSpellingsHaveEqualBytes() {
    assertThat(value("name: c\nconnectTimeout: 1s\ntype: EDS\nedsClusterConfig: {serviceName: x}"))
        .isEqualTo(
            value("name: c\nconnect_timeout: 1s\ntype: 3\neds_cluster_config: {service_name: x}"));
  }

  private static ByteString value(String text) {
    ResourceEncoder.Encoded encoded = encode(text);
    assertThat(encoded.problems()).isEmpty();
    return encoded.value().orElseThrow();
  }

  private static ResourceEncoder.Encoded encode(String text) {
    EnvoyDocuments read = EnvoyDocuments.parse("x.yaml", text);
    assertThat(read.problems()).isEmpty();
    return ResourceEncoder.encode(read.resources().getFirst());
  }
}
