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

    @Override
    public void diffProxy(DiffProxyRequest request, StreamObserver<DiffProxyResponse> observer) {
      int at = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      DiffProxyResponse.Builder page = DiffProxyResponse.newBuilder().setReach(reach);
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

  private String diff(String node) {
    Called called = Called.serin("diff", node, "--server", "127.0.0.1:" + server.getPort());
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
