package dev.serin.mesh.bootstrap;

import static java.util.Objects.requireNonNull;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.mesh.bootstrap.BootstrapOptions.Address;
import dev.serin.mesh.bootstrap.BootstrapOptions.Ads;
import dev.serin.mesh.bootstrap.BootstrapOptions.Identity;
import dev.serin.mesh.bootstrap.BootstrapOptions.Node;
import dev.serin.mesh.bootstrap.BootstrapOptions.Server;
import dev.serin.mesh.bootstrap.BootstrapOptions.Tls;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

final class BootstrapTest {
  private static final Path FOLDER = Path.of("..", "..", "envoy-configs", "bootstrap");

  /** The files of envoy-configs/bootstrap; {@code -Dgolden.update=true} rewrites them. */
  private static final ImmutableSortedMap<String, BootstrapOptions> PUBLISHED =
      ImmutableSortedMap.of(
          "gateway-delta.yaml",
          BootstrapOptions.local("gateway-1"),
          "gateway-state-of-the-world.yaml",
          with(BootstrapOptions.local("gateway-1"), Ads.STATE_OF_THE_WORLD),
          "container-in-a-region.yaml",
          new BootstrapOptions(
              new Node(
                  "checkout-6d9f-x2lq",
                  "checkout",
                  Optional.of("eu-west"),
                  Optional.of("eu-west-1b"),
                  ImmutableSortedMap.of("CLUSTER_ID", "eu-west-blue", "SERIN_BIND", "0.0.0.0")),
              new Server(new Address("serin.mesh.svc", 18000), Optional.empty()),
              new Address("127.0.0.1", 15000),
              Ads.DELTA),
          "mutual-tls.yaml",
          new BootstrapOptions(
              BootstrapOptions.local("gateway-1").node(),
              new Server(
                  new Address("serin.example.com", 18000),
                  Optional.of(
                      new Tls(
                          "certs/ca.crt",
                          Optional.of(new Identity("certs/proxy.crt", "certs/proxy.key"))))),
              new Address("127.0.0.1", 19000),
              Ads.DELTA),
          "runtime-layer.yaml",
          new BootstrapOptions(
              new Node(
                  "gateway-1",
                  "gateway",
                  Optional.empty(),
                  Optional.empty(),
                  ImmutableSortedMap.of("SERIN_RUNTIME", "serin")),
              BootstrapOptions.local("gateway-1").server(),
              new Address("127.0.0.1", 19000),
              Ads.DELTA));

  static Set<String> published() {
    return PUBLISHED.keySet();
  }

  @ParameterizedTest
  @MethodSource("published")
  void publishedFilesAreWhatTheCodeRenders(String name) throws IOException {
    BootstrapOptions options = requireNonNull(PUBLISHED.get(name));
    String rendered = "# Written by `serin bootstrap`.\n" + Bootstrap.yaml(options);
    Path file = FOLDER.resolve(name);
    if (Boolean.getBoolean("golden.update")) {
      Files.createDirectories(FOLDER);
      Files.writeString(file, rendered);
    }
    assertThat(Files.readString(file)).isEqualTo(rendered);
  }

  @Test
  void noFileIsPublishedThatTheCodeDoesNotRender() throws IOException {
    try (var files = Files.list(FOLDER)) {
      assertThat(files.map(file -> file.getFileName().toString()))
          .containsExactlyInAnyOrderElementsOf(PUBLISHED.keySet());
    }
  }

  @Test
  void quotesAndBackslashesStayInsideTheirValue() {
    String yaml = Bootstrap.yaml(withId("a\", cluster: \"b\\ #{}[]: &x"));

    assertThat(yaml.lines().skip(1).findFirst())
        .contains("  id: \"a\\\", cluster: \\\"b\\\\ #{}[]: &x\"");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "a\nadmin: {}", "a\u0000", "a\u2028b", "a\u0085b", "a\u202eb"})
  void anIdThatCouldLeaveItsLineIsRefused(String id) {
    assertThatThrownBy(() -> Bootstrap.yaml(withId(id)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("node id:")
        .hasMessageNotContaining("\n");
  }

  @Test
  void everyProblemIsReportedAtOnce() {
    BootstrapOptions wrong =
        new BootstrapOptions(
            new Node(
                "",
                "ok",
                Optional.of("\t"),
                Optional.empty(),
                ImmutableSortedMap.of("no spaces", "x", "SERIN_BIND", "localhost")),
            new Server(new Address("http://serin", 0), Optional.of(new Tls("", Optional.empty()))),
            new Address("localhost", 70_000),
            Ads.DELTA);

    assertThat(wrong.problems())
        .extracting(problem -> problem.substring(0, problem.indexOf(':')))
        .containsExactly(
            "node id",
            "region",
            "SERIN_BIND",
            "metadata key",
            "server host",
            "server port",
            "admin host",
            "admin port",
            "ca file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"serin", "serin.mesh.svc", "10.0.0.7", "::1", "a-b.c_d."})
  void namesAndAddressesAreHosts(String host) {
    assertThat(withHost(host).problems()).isEmpty();
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "1.2.3.4.5", "999.1.1.1", "a b", "-a", "a..b", "a/b", "a:1"})
  void whatIsNeitherIsNot(String host) {
    assertThat(withHost(host).problems()).hasSize(1);
  }

  @Test
  void theInclusionListPassesWhatIsCountedAndNothingElse() {
    Pattern regex = Pattern.compile(ReportedStats.inclusionRegex());

    assertThat(ReportedStats.COUNTERS)
        .allMatch(name -> regex.matcher("cluster.outbound|80|v2|a.b.svc." + name).matches());
    assertThat(regex.matcher("cluster.shop|v1.upstream_rq_time").matches()).isTrue();
    assertThat(regex.matcher("cluster.shop|v1.upstream_rq_503").matches()).isFalse();
    assertThat(regex.matcher("cluster.shop|v1.grpcxtotal").matches()).isFalse();
    assertThat(regex.matcher("cluster.shop|v1.external.upstream_rq_time").matches()).isFalse();
    assertThat(regex.matcher("cluster.external.upstream_rq_time").matches()).isTrue();
    assertThat(regex.matcher("cluster.an.internal.upstream_rq_time").matches()).isTrue();
    assertThat(regex.matcher("cluster.optional.upstream_rq_time").matches()).isTrue();
    assertThat(regex.matcher("http.in.downstream_rq_5xx").matches()).isFalse();
  }

  @Test
  void edgesRiseInStepsOfTwoSignificantDigits() {
    double[] edges = LatencyBuckets.EDGES_MS.toArray();

    assertThat(edges).isSorted().doesNotHaveDuplicates().startsWith(1).endsWith(60_000);
    for (double edge : edges) {
      double unit = Math.pow(10, Math.max(0, Math.floor(Math.log10(edge)) - 1));
      assertThat(edge % unit).as("edge %s", edge).isZero();
    }
    for (int i = 10; i < edges.length; i++) {
      assertThat(edges[i] / edges[i - 1]).as("edge %s", edges[i]).isBetween(1.05, 1.30);
    }
  }

  private static BootstrapOptions withId(String id) {
    BootstrapOptions local = BootstrapOptions.local("any");
    Node node =
        new Node(id, "gateway", Optional.empty(), Optional.empty(), ImmutableSortedMap.of());
    return new BootstrapOptions(node, local.server(), local.admin(), local.ads());
  }

  private static BootstrapOptions withHost(String host) {
    BootstrapOptions local = BootstrapOptions.local("any");
    Server server = new Server(new Address(host, 18000), Optional.empty());
    return new BootstrapOptions(local.node(), server, local.admin(), local.ads());
  }

  private static BootstrapOptions with(BootstrapOptions options, Ads ads) {
    return new BootstrapOptions(options.node(), options.server(), options.admin(), ads);
  }

  /** Both streams of a proxy are asked for it: configuration and statistics. */
  @Test
  void aTokenIsCarriedByEveryCall() {
    BootstrapOptions local = BootstrapOptions.local("gw-1");
    BootstrapOptions.Server server =
        new BootstrapOptions.Server(
            local.server().address(), Optional.empty(), Optional.of("abc.DEF-123"));
    BootstrapOptions options =
        new BootstrapOptions(local.node(), server, local.admin(), local.ads());
    assertThat(options.problems()).isEmpty();
    assertThat(Bootstrap.yaml(options).lines().map(String::strip))
        .filteredOn(line -> line.startsWith("initial_metadata"))
        .hasSize(2)
        .containsOnly("initial_metadata: [{key: authorization, value: \"Bearer abc.DEF-123\"}]");
    assertThat(Bootstrap.yaml(local)).doesNotContain("initial_metadata");
  }
}
