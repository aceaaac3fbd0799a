package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.Message;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.DiffReach;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.ResourceDiff;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code serin diff} against a server that finds whatever a test says. */
class DiffCommandTest {
  private static final String ROUTES =
      "type.googleapis.com/envoy.config.route.v3.RouteConfiguration";
  private static final String CLUSTER = "type.googleapis.com/envoy.config.cluster.v3.Cluster";

  private final Fleet fleet = new Fleet();
  private Server server;

  /** One resource a page. */
  private static final class Fleet extends FleetServiceGrpc.FleetServiceImplBase {
    private DiffReach reach = DiffReach.getDefaultInstance();
    private List<ResourceDiff> resources = List.of();
    private final List<String> refusals = new ArrayList<>();
    private final List<String> clashes = new ArrayList<>();
    private final List<String> steps = new ArrayList<>();

    @Override
    public void diffProxy(DiffProxyRequest request, StreamObserver<DiffProxyResponse> observer) {
      int at = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      DiffProxyResponse.Builder page =
          DiffProxyResponse.newBuilder()
              .setReach(reach)
              .addAllRefusals(refusals)
              .addAllClashes(clashes);
      if (!request.getStep().isEmpty()) {
        steps.add(request.getRollout() + " " + request.getStep());
        boolean isLast = request.getStep().equals("promoted");
        page.setRollout("tenants/shop/rollouts/r")
            .setStepName(isLast ? "promoted" : "half")
            .setNextStep(isLast ? "" : request.getStep().equals("1") ? "2" : "promoted");
      }
      if (at < resources.size()) {
        page.addResources(resources.get(at));
      }
      page.setNextPageToken(at + 1 < resources.size() ? Integer.toString(at + 1) : "");
      observer.onNext(page.build());
      observer.onCompleted();
    }
  }

  @BeforeEach
  void open() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(fleet)
            .build()
            .start();
  }

  @AfterEach
  void close() {
    server.shutdownNow();
  }

  private Called call(String node, String... more) {
    List<String> arguments =
        new ArrayList<>(List.of("diff", node, "--server", "127.0.0.1:" + server.getPort()));
    arguments.addAll(List.of(more));
    return Called.serin(arguments.toArray(String[]::new));
  }

  private String diff(String node, String... more) {
    Called called = call(node, more);
    assertThat(called.exit()).as(called.err()).isEqualTo(Exit.DONE);
    return called.out();
  }

  private static ResourceDiff.Builder resource(String type, String name) {
    return ResourceDiff.newBuilder().setTypeUrl(type).setName(name);
  }

  private static ByteString bytes(Message message) {
    return message.toByteString();
  }

  @Test
  void theNumbersComeFirstAndThenEveryPageAsADiff() {
    fleet.reach =
        DiffReach.newBuilder()
            .setChangedRoutes(2)
            .setRoutes(4_000)
            .setChangedResources(1)
            .setResources(12)
            .setAdded(1)
            .build();
    RouteConfiguration table =
        RouteConfiguration.newBuilder().setName("r").addInternalOnlyHeaders("a").build();
    fleet.resources =
        List.of(
            resource(CLUSTER, "checkout|v2")
                .setServedVersion("s1-1")
                .setServed(bytes(Cluster.newBuilder().setName("checkout|v2").build()))
                .build(),
            resource(ROUTES, "r")
                .setBaseVersion("s1-2")
                .setServedVersion("s1-3")
                .setBase(bytes(table))
                .setServed(bytes(table.toBuilder().setInternalOnlyHeaders(0, "b").build()))
                .build());
    assertThat(diff("edge-1"))
        .isEqualTo(
            """
            edge-1: 2 of 4,000 routes change in 1 of 12 resources; 11 stay as they are; 1 resource added
            --- /dev/null
            +++ Cluster checkout|v2 (edge-1)
            @@ -0,0 +1 @@
            +name: checkout|v2
            --- RouteConfiguration r (base)
            +++ RouteConfiguration r (edge-1)
            @@ -1,3 +1,3 @@
             name: r
             internal_only_headers:
            -- a
            +- b
            """);
  }

  @Test
  void nothingChangedIsOneLine() {
    fleet.reach = DiffReach.newBuilder().setRoutes(3).setResources(2).build();
    assertThat(diff("edge-1")).isEqualTo("edge-1: nothing changes: all 2 resources as they are\n");
  }

  @Test
  void everyStepIsToldUntilThePromotion() {
    fleet.reach = DiffReach.newBuilder().setChangedResources(1).setResources(1).build();
    fleet.resources =
        List.of(
            resource(CLUSTER, "c")
                .setBaseVersion("1")
                .setBase(bytes(Cluster.newBuilder().setName("c").setAltStatName("a").build()))
                .setServedVersion("2")
                .setServed(bytes(Cluster.newBuilder().setName("c").setAltStatName("b").build()))
                .build());
    assertThat(diff("edge-1", "--step", "all"))
        .startsWith(
            """
            edge-1 step 1 "half": 0 of 0 routes change in 1 of 1 resource; 0 stay as they are
            --- Cluster c (before)
            +++ Cluster c (edge-1 step 1 "half")
            @@ -1,2 +1,2 @@
            """)
        .contains("\n\nedge-1 step 2 \"half\": ", "\n\nedge-1 promoted: ");
    assertThat(fleet.steps)
        .containsExactly(" 1", "tenants/shop/rollouts/r 2", "tenants/shop/rollouts/r promoted");
    fleet.steps.clear();
    diff("edge-1", "-n", "shop", "--rollout", "r", "--step", "2");
    assertThat(fleet.steps).containsExactly("tenants/shop/rollouts/r 2");
  }

  @Test
  void aRefusalIsToldBesideTheDiffAndFails() {
    fleet.refusals.add("shop/checkout: the proxy is too old");
    Called called = call("edge-1");
    assertThat(called.exit()).isEqualTo(Exit.FAILED);
    assertThat(called.err()).isEqualTo("refused: shop/checkout: the proxy is too old\n");
    assertThat(called.out()).startsWith("edge-1: nothing changes");
  }

  @Test
  void whatTwoBasesHaveIsAWarning() {
    fleet.clashes.add("Cluster checkout");
    Called called = call("edge-1");
    assertThat(called.exit()).isEqualTo(Exit.DONE);
    assertThat(called.err())
        .isEqualTo(
            "warning: mesh.base: Cluster checkout is in two bases (expected: one; the first"
                + " counts)\n");
  }

  @Test
  void aRolloutIsNamedForItsStepsAlone() {
    Called called = call("edge-1", "--rollout", "r");
    assertThat(called.exit()).isEqualTo(Exit.USAGE);
    assertThat(called.err()).contains("--rollout without --step");
  }

  @Test
  void whatIsSecretOrUnknownIsToldByItsVersions() {
    fleet.reach = DiffReach.newBuilder().setChangedResources(2).setResources(2).build();
    fleet.resources =
        List.of(
            resource("type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.Secret", "key")
                .setBaseVersion("s1-1")
                .setServedVersion("s1-2")
                .build(),
            resource("type.googleapis.com/acme.Thing", "t\u001b[2J")
                .setBaseVersion("s1-3")
                .setBase(ByteString.copyFromUtf8("?"))
                .build());
    assertThat(diff("edge-1"))
        .contains(
            "--- Secret key (base)",
            "@@ what secrets hold is not told: version s1-1, now s1-2 @@",
            "--- Thing t?[2J (base)",
            "+++ /dev/null",
            "@@ of a type that is not known here: version s1-3, now none @@");
  }
}
