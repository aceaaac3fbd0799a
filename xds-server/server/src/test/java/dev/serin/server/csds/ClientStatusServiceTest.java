package dev.serin.server.csds;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.rpc.Status;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.mesh.TypeUrls;
import dev.serin.server.InProcess;
import io.envoyproxy.envoy.admin.v3.ClientResourceStatus;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.status.v3.ClientConfig;
import io.envoyproxy.envoy.service.status.v3.ClientConfig.GenericXdsConfig;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.envoyproxy.envoy.service.status.v3.ClientStatusResponse;
import io.envoyproxy.envoy.service.status.v3.ConfigStatus;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Proxies on real discovery streams, and tools that ask about them; every executor is the caller.
 */
class ClientStatusServiceTest {
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private Instant now = T0;
  private final AdsService ads =
      new AdsService(AdsSettings.DEFAULT, Runnable::run, () -> now, new SimpleMeterRegistry());
  private InProcess server;
  private ManagedChannel channel;

  @BeforeEach
  void open() throws IOException {
    List<BindableService> services = new ArrayList<>(ads.services());
    services.add(new ClientStatusService(ads.fleetView(), new Sight.Everyone()));
    server = new InProcess(services);
    channel = server.channel();
  }

  @AfterEach
  void close() {
    server.close();
  }

  /** A proxy that is told what to answer. */
  private final class Proxy implements StreamObserver<DiscoveryResponse> {
    private final Map<String, DiscoveryResponse> last = new HashMap<>();
    private final StreamObserver<DiscoveryRequest> out =
        AggregatedDiscoveryServiceGrpc.newStub(channel).streamAggregatedResources(this);
    private Node node;

    Proxy(String id) {
      node = Node.newBuilder().setId(id).setCluster("gateway").setUserAgentName("envoy").build();
    }

    void ask(String typeUrl, String... names) {
      send(DiscoveryRequest.newBuilder().setTypeUrl(typeUrl), names);
    }

    void accept(String typeUrl, String... names) {
      DiscoveryResponse response = response(typeUrl);
      send(
          DiscoveryRequest.newBuilder()
              .setTypeUrl(typeUrl)
              .setVersionInfo(response.getVersionInfo())
              .setResponseNonce(response.getNonce()),
          names);
    }

    void refuse(String typeUrl, String words, String... names) {
      send(
          DiscoveryRequest.newBuilder()
              .setTypeUrl(typeUrl)
              .setResponseNonce(response(typeUrl).getNonce())
              .setErrorDetail(Status.newBuilder().setCode(3).setMessage(words)),
          names);
    }

    private DiscoveryResponse response(String typeUrl) {
      DiscoveryResponse response = last.get(typeUrl);
      if (response == null) {
        throw new AssertionError("no response of " + typeUrl);
      }
      return response;
    }

    private void send(DiscoveryRequest.Builder request, String... names) {
      out.onNext(request.setNode(node).addAllResourceNames(List.of(names)).build());
      node = Node.getDefaultInstance();
    }

    @Override
    public void onNext(DiscoveryResponse response) {
      last.put(response.getTypeUrl(), response);
    }

    @Override
    public void onError(Throwable error) {}

    @Override
    public void onCompleted() {}
  }

  /** A tool on a stream. */
  private final class Tool implements StreamObserver<ClientStatusResponse> {
    private final List<ClientStatusResponse> answers = new ArrayList<>();
    private final StreamObserver<ClientStatusRequest> out =
        ClientStatusDiscoveryServiceGrpc.newStub(channel).streamClientStatus(this);
    private @Nullable Throwable error;
    private boolean completed;

    @Override
    public void onNext(ClientStatusResponse response) {
      answers.add(response);
    }

    @Override
    public void onError(Throwable broken) {
      error = broken;
    }

    @Override
    public void onCompleted() {
      completed = true;
    }
  }

  private static Resource cluster(String name, String mark) {
    return Resource.of(
        TypeUrls.CLUSTER,
        name,
        Cluster.newBuilder().setName(name).setAltStatName(mark).build().toByteString());
  }

  private static Resource routes(String name, String mark) {
    return Resource.of(
        TypeUrls.ROUTES,
        name,
        RouteConfiguration.newBuilder()
            .setName(name)
            .addVirtualHosts(VirtualHost.newBuilder().setName(mark))
            .build()
            .toByteString());
  }

  private void publish(Resource... resources) {
    ads.publish(proxy -> Snapshot.of(List.of(resources)));
  }

  private ClientStatusResponse fetch(ClientStatusRequest request) {
    return ClientStatusDiscoveryServiceGrpc.newBlockingStub(channel).fetchClientStatus(request);
  }

  private ClientConfig only() {
    ClientStatusResponse response = fetch(ClientStatusRequest.getDefaultInstance());
    assertThat(response.getConfigList()).hasSize(1);
    return response.getConfig(0);
  }

  private static GenericXdsConfig config(ClientConfig of, String typeUrl, String name) {
    return of.getGenericXdsConfigsList().stream()
        .filter(c -> c.getTypeUrl().equals(typeUrl) && c.getName().equals(name))
        .findFirst()
        .orElseThrow(() -> new AssertionError(name + " in " + of));
  }

  private static void assertState(
      GenericXdsConfig config, ConfigStatus status, ClientResourceStatus client, String version) {
    assertThat(config.getConfigStatus()).as(config.toString()).isEqualTo(status);
    assertThat(config.getClientStatus()).as(config.toString()).isEqualTo(client);
    assertThat(config.getVersionInfo()).as(config.toString()).isEqualTo(version);
  }

  @Test
  void whatWasSentAndNotAnsweredIsStaleWithTheVersionThatTheProxyUses() {
    Resource one = cluster("a", "one");
    Resource two = cluster("a", "two");
    publish(one);
    Proxy proxy = new Proxy("gateway-1");
    proxy.ask(TypeUrls.CLUSTER);
    GenericXdsConfig sent = config(only(), TypeUrls.CLUSTER, "a");
    assertState(sent, ConfigStatus.STALE, ClientResourceStatus.REQUESTED, one.version());
    assertThat(sent.getLastUpdated().getSeconds()).isEqualTo(T0.getEpochSecond());
    assertThat(sent.hasErrorState()).isFalse();

    now = T0.plusSeconds(5);
    proxy.accept(TypeUrls.CLUSTER);
    GenericXdsConfig synced = config(only(), TypeUrls.CLUSTER, "a");
    assertState(synced, ConfigStatus.SYNCED, ClientResourceStatus.ACKED, one.version());
    assertThat(synced.getLastUpdated().getSeconds()).isEqualTo(now.getEpochSecond());

    publish(two);
    assertState(
        config(only(), TypeUrls.CLUSTER, "a"),
        ConfigStatus.STALE,
        ClientResourceStatus.ACKED,
        one.version());
  }

  @Test
  void whatWasRefusedIsAnErrorInTheProxysOwnWords() {
    Resource good = routes("http", "good");
    Resource bad = routes("http", "bad");
    publish(good);
    Proxy proxy = new Proxy("gateway-1");
    proxy.ask(TypeUrls.ROUTES, "http");
    proxy.accept(TypeUrls.ROUTES, "http");
    publish(bad);
    now = T0.plusSeconds(9);
    proxy.refuse(TypeUrls.ROUTES, "route: unknown cluster 'x|v2'", "http");

    GenericXdsConfig refused = config(only(), TypeUrls.ROUTES, "http");
    assertState(refused, ConfigStatus.ERROR, ClientResourceStatus.NACKED, good.version());
    assertThat(refused.getErrorState().getDetails()).isEqualTo("route: unknown cluster 'x|v2'");
    assertThat(refused.getErrorState().getVersionInfo()).isEqualTo(bad.version());
    assertThat(refused.getErrorState().getLastUpdateAttempt().getSeconds())
        .isEqualTo(now.getEpochSecond());
  }

  @Test
  void whatIsAskedForAndNotThereIsNotSent() {
    publish(routes("http", "x"));
    new Proxy("gateway-1").ask(TypeUrls.ROUTES, "http", "missing");
    assertState(
        config(only(), TypeUrls.ROUTES, "missing"),
        ConfigStatus.NOT_SENT,
        ClientResourceStatus.REQUESTED,
        "");
  }

  @Test
  void theNodeIsTheOneThatTheProxyNamed() {
    publish(cluster("a", "one"));
    new Proxy("gateway-1").ask(TypeUrls.CLUSTER);
    Node node = only().getNode();
    assertThat(node.getId()).isEqualTo("gateway-1");
    assertThat(node.getCluster()).isEqualTo("gateway");
    assertThat(node.getUserAgentName()).isEqualTo("envoy");
  }

  /**
   * What command-line tools of the gRPC project and Go clients of CSDS do: a stream, one request
   * without matchers, half-closed at once or used again; or a single fetch.
   */
  @Test
  void aToolThatAsksForEverythingIsAnsweredOnAStreamAndInAFetch() throws Exception {
    publish(cluster("a", "one"));
    Proxy proxy = new Proxy("gateway-1");
    proxy.ask(TypeUrls.CLUSTER);
    // As it comes over the wire: no bytes at all.
    ClientStatusRequest everything = ClientStatusRequest.parseFrom(ByteString.EMPTY);

    Tool once = new Tool();
    once.out.onNext(everything);
    once.out.onCompleted();
    assertThat(once.completed).isTrue();
    assertThat(once.answers).containsExactly(fetch(everything));
    assertThat(once.answers.get(0).getConfigList()).hasSize(1);

    Tool watching = new Tool();
    watching.out.onNext(everything);
    proxy.accept(TypeUrls.CLUSTER);
    watching.out.onNext(everything);
    assertThat(watching.answers).hasSize(2);
    assertThat(watching.answers.get(1)).isEqualTo(fetch(everything));
    assertThat(watching.answers.get(1).getConfig(0).getGenericXdsConfigs(0).getConfigStatus())
        .isEqualTo(ConfigStatus.SYNCED);
  }

  /** The request of Envoy's own CSDS client: one exact node id. */
  @Test
  void aToolThatAsksForOneNodeGetsThatNode() throws Exception {
    publish(cluster("a", "one"));
    new Proxy("gateway-1").ask(TypeUrls.CLUSTER);
    new Proxy("gateway-2").ask(TypeUrls.CLUSTER);
    // node_matchers { node_id { exact: "gateway-2" } }
    byte[] wire = {0x0a, 0x0d, 0x0a, 0x0b, 0x0a, 0x09};
    ClientStatusRequest one =
        ClientStatusRequest.parseFrom(
            ByteString.copyFrom(wire).concat(ByteString.copyFromUtf8("gateway-2")));
    assertThat(fetch(one).getConfigList())
        .extracting(config -> config.getNode().getId())
        .containsExactly("gateway-2");
  }

  @Test
  void aFleetWithoutProxiesIsAnEmptyAnswer() {
    Tool tool = new Tool();
    tool.out.onNext(ClientStatusRequest.getDefaultInstance());
    assertThat(tool.answers).containsExactly(ClientStatusResponse.getDefaultInstance());
  }

  @Test
  void aRequestThatCannotBeHonouredEndsTheStreamWithEveryReason() {
    ClientStatusRequest wrong = NodeMatchTest.wrong();
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> fetch(wrong));
    assertThat(refused.getStatus().getCode()).isEqualTo(io.grpc.Status.Code.INVALID_ARGUMENT);
    Tool tool = new Tool();
    tool.out.onNext(wrong);
    assertThat(tool.error)
        .hasMessageContaining(String.valueOf(refused.getStatus().getDescription()))
        .message()
        .contains("node_matchers[0].node_metadatas", "node_matchers[1].node_id.safe_regex");
  }
}
