package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.listener;
import static dev.serin.ads.Bodies.route;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static dev.serin.mesh.TypeUrls.SCOPED_ROUTES;
import static dev.serin.mesh.TypeUrls.VIRTUAL_HOST;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.clusters.aggregate.v3.ClusterConfig;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.time.Duration;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * "Eventual consistency considerations": a cluster goes when nothing refers to it any more,
 * whatever it is that refers to it and on whichever stream.
 */
class PointingTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  private static VirtualHost hostTo(String cluster) {
    return VirtualHost.newBuilder()
        .setName("h")
        .addDomains("*")
        .addRoutes(Route.newBuilder().setRoute(RouteAction.newBuilder().setCluster(cluster)))
        .build();
  }

  /** Something of each type, pointing at that cluster. */
  private static Resource pointing(String type, String cluster) {
    return switch (type) {
      case VIRTUAL_HOST -> Resource.of(type, "p", hostTo(cluster).toByteString());
      case SCOPED_ROUTES ->
          Resource.of(
              type,
              "p",
              ScopedRouteConfiguration.newBuilder()
                  .setName("p")
                  .setRouteConfiguration(
                      RouteConfiguration.newBuilder().addVirtualHosts(hostTo(cluster)))
                  .build()
                  .toByteString());
      case LISTENER ->
          Resource.of(
              type,
              "p",
              Listener.newBuilder()
                  .setName("p")
                  .addFilterChains(
                      FilterChain.newBuilder()
                          .addFilters(
                              Filter.newBuilder()
                                  .setTypedConfig(
                                      Any.pack(TcpProxy.newBuilder().setCluster(cluster).build()))))
                  .build()
                  .toByteString());
      case CLUSTER ->
          Resource.of(
              type,
              "p",
              Cluster.newBuilder()
                  .setName("p")
                  .setClusterType(
                      Cluster.CustomClusterType.newBuilder()
                          .setTypedConfig(
                              Any.pack(ClusterConfig.newBuilder().addClusters(cluster).build())))
                  .build()
                  .toByteString());
      default -> route("p", "1", cluster);
    };
  }

  private static Stream<Arguments> routing() {
    return pointers().filter(arguments -> !arguments.get()[0].equals(CLUSTER));
  }

  private static Stream<Arguments> pointers() {
    return Stream.of(LISTENER, ROUTES, SCOPED_ROUTES, VIRTUAL_HOST, CLUSTER)
        .flatMap(type ->
            type.equals(VIRTUAL_HOST) // which there are in the incremental variant alone
                ? Stream.of(Arguments.of(type, true))
                : Stream.of(Arguments.of(type, true), Arguments.of(type, false)));
  }

  @ParameterizedTest
  @MethodSource("pointers")
  void clusterStaysWhileSomethingThatTheClientHasPointsAtIt(String type, boolean incremental) {
    harness.publish(snapshot(cluster("kept", "1"), cluster("left", "1"), pointing(type, "left")));
    TestClient client = new TestClient(harness, incremental, "n1");
    client.ask(CLUSTER);
    if (!type.equals(CLUSTER)) {
      client.ask(type, "p");
    }
    client.ackAll();
    // The configuration is broken: it takes a cluster away and leaves what points at it.
    harness.publish(snapshot(cluster("kept", "1"), pointing(type, "left")));
    harness.pass(Duration.ofHours(1));
    client.expectNothing();
    harness.publish(snapshot(cluster("kept", "1"), pointing(type, "kept")));
    client.ackAll();
    harness.pass(Duration.ofSeconds(30));
    Response without = client.takeAndAck(CLUSTER);
    assertThat(without.names()).doesNotContain("left");
    assertThat(harness.proxy("n1").type(CLUSTER).resources()).doesNotContainKey("left");
  }

  // Who asks for each type on a stream of its own has no fewer routes for it.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clusterStaysWhileRoutesOnAnotherStreamOfTheProxyPointAtIt(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), cluster("b", "1"), route("r", "1", "a", "b")));
    TestClient clusters = TestClient.ofOneType(harness, incremental, "n1", CLUSTER);
    TestClient routes = TestClient.ofOneType(harness, incremental, "n1", ROUTES);
    clusters.ask(CLUSTER).ackAll();
    routes.ask(ROUTES, "r").ackAll();
    harness.publish(snapshot(cluster("a", "1"), route("r", "2", "a")));
    Response moved = routes.take(ROUTES);
    harness.pass(Duration.ofMinutes(5));
    clusters.expectNothing();
    routes.close();
    harness.pass(Duration.ofMinutes(5));
    clusters.expectNothing();
    TestClient back = TestClient.ofOneType(harness, incremental, "n1", ROUTES);
    back.ask(ROUTES, "r");
    assertThat(back.take(ROUTES).resources()).isEqualTo(moved.resources());
    harness.pass(Duration.ofMinutes(5));
    clusters.expectNothing();
    back.close();
    TestClient again = TestClient.ofOneType(harness, incremental, "n1", ROUTES);
    again.ask(ROUTES, "r").ackAll();
    harness.pass(Duration.ofSeconds(30));
    harness.pass(Duration.ofSeconds(30));
    Response without = clusters.takeAndAck(CLUSTER);
    assertThat(without.names()).isEqualTo(incremental ? java.util.Set.of() : java.util.Set.of("a"));
  }

  // The same section: routes come after the clusters that they newly point at, in whatever they
  // stand.
  @ParameterizedTest
  @MethodSource("routing")
  void whatNewlyPointsAtAClusterComesAfterIt(String type, boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), listener("l", "1"), pointing(type, "a")));
    TestClient client = new TestClient(harness, incremental, "n1");
    client.ask(CLUSTER).ask(LISTENER).ask(type, "p");
    client.ackAll();
    harness.publish(
        snapshot(cluster("a", "1"), cluster("b", "1"), listener("l", "1"), pointing(type, "b")));
    Response clusters = client.take(CLUSTER);
    client.expectNothing();
    client.ack(clusters);
    assertThat(client.takeAndAck(type).names()).contains("p");
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void streamsThatEndedAreRememberedNoLongerThanUntilTheNext(boolean incremental) {
    harness.publish(snapshot(cluster("a", "1"), route("r", "1", "a")));
    TestClient clusters = TestClient.ofOneType(harness, incremental, "n1", CLUSTER);
    clusters.ask(CLUSTER).ackAll();
    for (int i = 0; i < 50; i++) {
      TestClient routes = TestClient.ofOneType(harness, incremental, "n1", ROUTES);
      routes.ask(ROUTES, "r").ackAll();
      routes.close();
    }
    assertThat(harness.ads.fleet().nodes().getFirst().memory().elsewhere())
        .extracting(NodeMemory.Elsewhere::typeUrl)
        .containsExactlyInAnyOrder(CLUSTER, ROUTES);
  }
}
