package dev.serin.server.api;

import static dev.serin.server.SimulatedFleet.T0;
import static dev.serin.server.SimulatedFleet.synced;
import static dev.serin.server.SimulatedFleet.view;
import static dev.serin.server.api.ApiBench.failure;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.serin.ads.ProxyView;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.mesh.overlay.Refusal;
import dev.serin.policy.Analysis;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.RolloutState;
import dev.serin.server.InProcess;
import dev.serin.server.SimulatedFleet;
import dev.serin.server.control.Bench;
import dev.serin.server.fleet.ProxySides;
import dev.serin.server.fleet.Sides;
import dev.serin.server.fleet.SplitHistory;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.DiffProxyRequest;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.DiffReach;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.ResourceDiff;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.grpc.Status;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ProxyDiffTest {
  private static final Splits NO_SPLITS =
      new Splits() {
        @Override
        public ImmutableList<SplitHistory.Acked> ackedSplits(ProxyView proxy) {
          return ImmutableList.of();
        }

        @Override
        public Optional<String> refusal(dev.serin.ads.Proxy proxy) {
          return Optional.empty();
        }
      };

  private final SimulatedFleet fleet = new SimulatedFleet();
  private final FleetWatches watches = new FleetWatches(fleet, NO_SPLITS, T0);
  private final List<Resource> base = new ArrayList<>();
  private final List<Resource> served = new ArrayList<>();
  private ImmutableList<Refusal> refusals = ImmutableList.of();
  private ImmutableSortedSet<String> clashes = ImmutableSortedSet.of();
  private InProcess server;
  private FleetServiceGrpc.FleetServiceBlockingStub stub;

  private final Bench bench = new Bench();

  /** At each step a cluster of that name. */
  private final ProxySides sides =
      new ProxySides() {
        @Override
        public Sides sides(dev.serin.ads.Proxy proxy) {
          return new Sides(Snapshot.of(base), Snapshot.of(served), refusals, clashes);
        }

        @Override
        public Sides sides(dev.serin.ads.Proxy proxy, RolloutState rollout, int step) {
          String name = rollout.spec().name().name();
          return new Sides(
              Snapshot.of(List.of(opaque(TypeUrls.CLUSTER, name + (step - 1), ""))),
              Snapshot.of(List.of(opaque(TypeUrls.CLUSTER, name + step, ""))),
              refusals,
              clashes);
        }
      };

  @BeforeEach
  void open() throws IOException {
    server =
        new InProcess(
            List.of(
                new FleetApi(
                    fleet, NO_SPLITS, new ProxyDiffs(sides, bench.loop::catalog), watches)));
    stub = FleetServiceGrpc.newBlockingStub(server.channel());
    fleet.put(view("edge~1/a:b", "eu", true, 1, 1, synced()));
    fleet.put(view("gone", "eu", false, 1, 1, synced()));
  }

  @AfterEach
  void close() {
    server.close();
    watches.close();
  }

  private DiffProxyResponse diff(String node, String token) {
    return stub.diffProxy(
        DiffProxyRequest.newBuilder().setName("proxies/" + node).setPageToken(token).build());
  }

  private static Resource routes(String name, String... clusters) {
    VirtualHost.Builder host = VirtualHost.newBuilder().setName("all").addDomains("*");
    for (String cluster : clusters) {
      host.addRoutes(
          Route.newBuilder()
              .setMatch(RouteMatch.newBuilder().setPrefix("/"))
              .setRoute(RouteAction.newBuilder().setCluster(cluster)));
    }
    return Resource.of(
        TypeUrls.ROUTES,
        name,
        RouteConfiguration.newBuilder().setName(name).addVirtualHosts(host).build().toByteString());
  }

  private static Resource cluster(Cluster.Builder cluster) {
    return Resource.of(TypeUrls.CLUSTER, cluster.getName(), cluster.build().toByteString());
  }

  private static Resource opaque(String type, String name, String body) {
    return Resource.of(type, name, ByteString.copyFromUtf8(body));
  }

  @Test
  void whatDiffersComesWithHowLittleItIs() {
    Resource same = routes("b", "x", "y");
    base.addAll(List.of(routes("a", "v1", "other"), same, opaque("type/of.Else", "e", "1")));
    served.addAll(List.of(routes("a", "v2", "other"), same, opaque(TypeUrls.CLUSTER, "new", "")));
    DiffProxyResponse diff = diff("edge~1/a:b", "");
    assertThat(diff.getReach())
        .isEqualTo(
            DiffReach.newBuilder()
                .setChangedRoutes(1)
                .setRoutes(4)
                .setChangedResources(1)
                .setResources(3)
                .setAdded(1)
                .setRemoved(1)
                .build());
    assertThat(diff.getResourcesList())
        .extracting(ResourceDiff::getName)
        .containsExactly("new", "a", "e");
    ResourceDiff table = diff.getResources(1);
    assertThat(table.getBase()).isEqualTo(base.getFirst().value());
    assertThat(table.getServed()).isEqualTo(served.getFirst().value());
    assertThat(diff.getResources(0).getBaseVersion()).isEmpty();
    assertThat(diff.getResources(2).getServedVersion()).isEmpty();
    assertThat(diff.getNextPageToken()).isEmpty();
  }

  private DiffProxyResponse step(String step, String rollout) {
    return stub.diffProxy(
        DiffProxyRequest.newBuilder()
            .setName("proxies/edge~1/a:b")
            .setStep(step)
            .setRollout(rollout)
            .build());
  }

  @Test
  void theStepsOfTheOnlyRolloutAreToldOneAfterTheOther() {
    bench.started(Analysis.OFF);
    DiffProxyResponse first = step("1", "");
    assertThat(first.getResourcesList())
        .extracting(ResourceDiff::getName)
        .containsExactly("checkout-v20", "checkout-v21");
    assertThat(first.getRollout()).isEqualTo("tenants/shop/rollouts/checkout-v2");
    assertThat(first.getStepName()).isEqualTo("10%");
    assertThat(first.getNextStep()).isEqualTo("2");
    assertThat(step("2", first.getRollout()).getNextStep()).isEqualTo("promoted");
    DiffProxyResponse promoted = step("promoted", first.getRollout());
    assertThat(promoted.getResources(1).getName()).isEqualTo("checkout-v23");
    assertThat(promoted.getStepName()).isEqualTo("promoted");
    assertThat(promoted.getNextStep()).isEmpty();
  }

  @Test
  void aStepThatThereIsNotIsRefusedWithThoseThatThereAre() {
    assertThat(failure(() -> step("1", "")).getStatus())
        .satisfies(status -> {
          assertThat(status.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
          assertThat(status.getDescription()).contains("no rollout is under way");
        });
    bench.started(Analysis.OFF);
    for (String wrong : List.of("0", "3", "-1", "99999999999", "x")) {
      assertThat(failure(() -> step(wrong, "")).getStatus().getDescription())
          .contains("step: " + wrong + " (expected: 1 to 2, or promoted)");
    }
    String nobody = "tenants/shop/rollouts/nobody";
    assertThat(failure(() -> step("1", nobody)).getStatus().getCode())
        .isEqualTo(Status.Code.NOT_FOUND);
    assertThat(failure(() -> step("", nobody)).getStatus().getDescription())
        .contains("step: none, with rollout " + nobody);
  }

  @Test
  void aServiceThatIsRefusedForTheProxyAndWhatTwoBasesHaveAreTold() {
    clashes = ImmutableSortedSet.of("Cluster checkout");
    assertThat(diff("edge~1/a:b", "").getClashesList()).containsExactly("Cluster checkout");
    refusals = ImmutableList.of(new Refusal(ResourceName.parse("shop/checkout"), "too old"));
    assertThat(diff("edge~1/a:b", "").getRefusalsList()).containsExactly("shop/checkout: too old");
  }

  @Test
  void nothingChangesWhereBothSidesHaveTheSame() {
    base.add(routes("a", "v1"));
    served.add(routes("a", "v1"));
    DiffProxyResponse diff = diff("edge~1/a:b", "");
    assertThat(diff.getResourcesList()).isEmpty();
    assertThat(diff.getReach().getResources()).isEqualTo(1);
  }

  @Test
  void ofSecretsOnlyNamesAndVersionsAreTold() {
    base.add(opaque(TypeUrls.SECRET, "key", "the private one"));
    served.add(opaque(TypeUrls.SECRET, "key", "another private one"));
    ResourceDiff secret = diff("edge~1/a:b", "").getResources(0);
    assertThat(secret.getName()).isEqualTo("key");
    assertThat(secret.getBaseVersion()).isEqualTo(base.getFirst().version());
    assertThat(secret.getServedVersion()).isEqualTo(served.getFirst().version());
    assertThat(secret.getBase()).isEqualTo(ByteString.EMPTY);
    assertThat(secret.getServed()).isEqualTo(ByteString.EMPTY);
  }

  @Test
  void keysThatAreWrittenIntoAClusterAreNotTold() throws Exception {
    UpstreamTlsContext tls =
        UpstreamTlsContext.newBuilder()
            .setSni("shop")
            .setCommonTlsContext(
                CommonTlsContext.newBuilder()
                    .addTlsCertificates(
                        TlsCertificate.newBuilder()
                            .setPrivateKey(
                                DataSource.newBuilder().setInlineString("the private one"))))
            .build();
    TransportSocket.Builder socket =
        TransportSocket.newBuilder().setName("tls").setTypedConfig(Any.pack(tls));
    served.add(cluster(Cluster.newBuilder().setName("c").setTransportSocket(socket)));
    Cluster told = Cluster.parseFrom(diff("edge~1/a:b", "").getResources(0).getServed());
    UpstreamTlsContext seen =
        told.getTransportSocket().getTypedConfig().unpack(UpstreamTlsContext.class);
    assertThat(seen.getSni()).isEqualTo("shop");
    assertThat(seen.getCommonTlsContext().getTlsCertificates(0).getPrivateKey().getInlineString())
        .isEqualTo("[redacted]");
  }

  @Test
  void muchComesInPagesOfOneState() {
    for (int i = 0; i < 10; i++) {
      base.add(cluster(Cluster.newBuilder().setName("c" + i).setAltStatName("a".repeat(1 << 20))));
    }
    List<String> names = new ArrayList<>();
    String token = "";
    int pages = 0;
    do {
      DiffProxyResponse page = diff("edge~1/a:b", token);
      assertThat(page.getSerializedSize()).isLessThan(4 << 20);
      assertThat(page.getReach().getRemoved()).isEqualTo(10);
      page.getResourcesList().forEach(resource -> names.add(resource.getName()));
      token = page.getNextPageToken();
      pages++;
    } while (!token.isEmpty());
    assertThat(pages).isGreaterThan(3);
    assertThat(names).containsExactly("c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7", "c8", "c9");

    String before = diff("edge~1/a:b", "").getNextPageToken();
    served.add(routes("a", "v1"));
    Status meanwhile = failure(() -> diff("edge~1/a:b", before)).getStatus();
    assertThat(meanwhile.getCode()).isEqualTo(Status.Code.ABORTED);
    assertThat(meanwhile.getDescription()).contains("ask again without page_token");
    assertThat(failure(() -> diff("edge~1/a:b", "x")).getStatus().getDescription())
        .contains("page_token: x");
  }

  @Test
  void aProxyThatIsNotThereOrNotConnectedIsSaidToBeSo() {
    Status unknown = failure(() -> diff("nobody", "")).getStatus();
    assertThat(unknown.getCode()).isEqualTo(Status.Code.NOT_FOUND);
    assertThat(unknown.getDescription()).contains("proxies/nobody", "`serin proxies`");
    Status gone = failure(() -> diff("gone", "")).getStatus();
    assertThat(gone.getCode()).isEqualTo(Status.Code.FAILED_PRECONDITION);
    assertThat(gone.getDescription()).contains("not connected");
  }
}
