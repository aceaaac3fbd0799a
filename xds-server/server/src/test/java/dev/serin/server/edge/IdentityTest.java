package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import com.google.protobuf.ByteString;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.Descriptors.FieldDescriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.Message;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.mesh.Snapshot;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.csds.ClientStatusService;
import dev.serin.server.csds.Sight;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.accesslog.v3.AccessLogServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadReportingServiceGrpc;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsRequest;
import io.envoyproxy.envoy.service.load_stats.v3.LoadStatsResponse;
import io.envoyproxy.envoy.service.metrics.v3.MetricsServiceGrpc;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsResponse;
import io.envoyproxy.envoy.service.status.v3.ClientStatusDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.status.v3.ClientStatusRequest;
import io.grpc.BindableService;
import io.grpc.ChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.ServerInterceptors;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.grpc.protobuf.ProtoMethodDescriptorSupplier;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Certificates and the nodes that their bearers claim to be, over real TLS. */
@Timeout(120)
class IdentityTest {
  private static final TestCertificates CERTIFICATES = TestCertificates.get();
  private static final String BY_ID = "--xds.identity=spiffe://mesh.example/proxy/{id}";

  private final SimpleMeterRegistry metrics = new SimpleMeterRegistry();
  private final EventLoops loops = new EventLoops();
  private final ExecutorService elsewhere = Executors.newSingleThreadExecutor();
  private final AdsService ads =
      new AdsService(AdsSettings.DEFAULT, Runnable::run, loops, InstantSource.system(), metrics);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<XdsListener> listeners = new ArrayList<>();

  @AfterEach
  void closeAll() {
    TestApi.end(channels);
    listeners.forEach(XdsListener::close);
    loops.close();
    elsewhere.shutdownNow();
  }

  /** Takes statistics of anybody. */
  private static final class Statistics extends MetricsServiceGrpc.MetricsServiceImplBase {
    @Override
    public StreamObserver<StreamMetricsMessage> streamMetrics(
        StreamObserver<StreamMetricsResponse> out) {
      return new Sink<>(() -> {
        out.onNext(StreamMetricsResponse.getDefaultInstance());
        out.onCompleted();
      });
    }
  }

  /** Takes load reports of anybody. */
  private static final class Loads extends LoadReportingServiceGrpc.LoadReportingServiceImplBase {
    @Override
    public StreamObserver<LoadStatsRequest> streamLoadStats(StreamObserver<LoadStatsResponse> out) {
      return new Sink<>(out::onCompleted);
    }
  }

  private record Sink<Q>(Runnable end) implements StreamObserver<Q> {
    @Override
    public void onNext(Q ignored) {}

    @Override
    public void onError(Throwable broken) {}

    @Override
    public void onCompleted() {
      end.run();
    }
  }

  private List<BindableService> services(Xds config) {
    List<BindableService> services = new ArrayList<>(ads.services());
    services.add(new Statistics());
    services.add(new Loads());
    ClientStatusService status = new ClientStatusService(ads.fleetView(), Sight.of(config));
    // As in the server: who asks has to be known beyond the event loop, too.
    services.add(() -> ServerInterceptors.intercept(status, new OffLoop(elsewhere)));
    return services;
  }

  private ManagedChannel connect(String certificate, String... flags) throws IOException {
    List<String> all =
        new ArrayList<>(
            List.of(
                "--xds.tls.cert=" + CERTIFICATES.certificate("server"),
                "--xds.tls.key=" + CERTIFICATES.key("server"),
                "--xds.tls.clientCa=" + CERTIFICATES.ca()));
    all.addAll(List.of(flags));
    Xds config = TestApi.config(all.toArray(String[]::new)).xds();
    XdsListener xds = new XdsListener(config, Optional.empty(), services(config), metrics, loops);
    listeners.add(xds);
    xds.start();
    ChannelCredentials credentials =
        TlsChannelCredentials.newBuilder()
            .trustManager(CERTIFICATES.ca().toFile())
            .keyManager(
                CERTIFICATES.certificate(certificate).toFile(),
                CERTIFICATES.key(certificate).toFile())
            .build();
    return TestApi.channel(xds.port(), credentials, channels);
  }

  /** Every method on which a node says who it is. */
  private List<MethodDescriptor<?, ?>> streams() {
    return services(TestApi.config().xds()).stream()
        .flatMap(service -> service.bindService().getMethods().stream())
        .<MethodDescriptor<?, ?>>map(method -> method.getMethodDescriptor())
        .filter(method ->
            method.getType() == MethodType.BIDI_STREAMING
                || method.getType() == MethodType.CLIENT_STREAMING)
        .toList();
  }

  private MethodDescriptor<?, ?> ads() {
    return streams().stream()
        .filter(method -> method.getFullMethodName().endsWith("StreamAggregatedResources"))
        .findFirst()
        .orElseThrow();
  }

  private static Status claim(
      ManagedChannel channel, MethodDescriptor<?, ?> method, Node... nodes) {
    return send(channel, method, naming(method, nodes));
  }

  /** A request as a method has it, with a node after another. */
  private static byte[] naming(MethodDescriptor<?, ?> method, Node... nodes) {
    Descriptor type =
        ((ProtoMethodDescriptorSupplier) method.getSchemaDescriptor())
            .getMethodDescriptor()
            .getInputType();
    ByteString bytes = ByteString.EMPTY;
    for (Node node : nodes) {
      FieldDescriptor identifier = type.findFieldByName("identifier");
      Message message =
          identifier == null
              ? with(type, node)
              : DynamicMessage.newBuilder(type)
                  .setField(identifier, with(identifier.getMessageType(), node))
                  .build();
      bytes = bytes.concat(message.toByteString());
    }
    return bytes.toByteArray();
  }

  private static Message with(Descriptor type, Node node) {
    return DynamicMessage.newBuilder(type).setField(type.findFieldByName("node"), node).build();
  }

  /** Sends these bytes and half-closes; what came of it. */
  private static Status send(ManagedChannel channel, MethodDescriptor<?, ?> method, byte[] bytes) {
    CompletableFuture<Status> end = new CompletableFuture<>();
    StreamObserver<byte[]> out = RawBytes.open(channel, method, end);
    out.onNext(bytes);
    out.onCompleted();
    return end.orTimeout(30, TimeUnit.SECONDS).join();
  }

  private static Node node(String id) {
    return Node.newBuilder().setId(id).setCluster("gateway").build();
  }

  @Test
  void aNodeIsServedOnlyWhoseCertificateNamesIt() throws Exception {
    ManagedChannel channel = connect("client", BY_ID + ", {id}.proxy.example");
    List<MethodDescriptor<?, ?>> streams = streams();
    assertThat(streams).hasSizeGreaterThanOrEqualTo(13);
    List<String> strangers =
        List.of("gateway-2", "gateway-1/", "GATEWAY-1", "{id}", "", "proxy/gateway-1");
    for (MethodDescriptor<?, ?> method : streams) {
      for (String stranger : strangers) {
        Status refused = claim(channel, method, node(stranger));
        assertThat(refused.getCode())
            .as("%s as '%s'", method.getFullMethodName(), stranger)
            .isEqualTo(Status.Code.PERMISSION_DENIED);
        assertThat(refused.getDescription())
            .contains("spiffe://mesh.example/proxy/gateway-1", "expected: ")
            .contains("spiffe://mesh.example/proxy/" + stranger);
      }
      // Some want more than a node; who it is they believe.
      assertThat(claim(channel, method, node("gateway-1")).getCode())
          .as(method.getFullMethodName())
          .isIn(Status.Code.OK, Status.Code.INVALID_ARGUMENT);
    }
    assertThat(ads.fleetView().proxies())
        .extracting(view -> view.proxy().nodeId())
        .containsOnly("gateway-1");
    assertThat(metrics.get("serin.edge.refused").tag("reason", "identity").counter().count())
        .isEqualTo(streams.size() * strangers.size());
  }

  /** Readers differ in which of two they take, and in whether they put them together. */
  @Test
  void aMessageThatNamesTwoNodesIsOfBothOrOfNobody() throws Exception {
    ManagedChannel channel = connect("client", BY_ID);
    Node mine = node("gateway-1");
    Node other = node("gateway-2");
    for (Node[] two : new Node[][] {{mine, other}, {other, mine}}) {
      assertThat(claim(channel, ads(), two).getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
    }
    ByteString twice = mine.toByteString().concat(other.toByteString());
    FieldDescriptor node =
        ((ProtoMethodDescriptorSupplier) ads().getSchemaDescriptor())
            .getMethodDescriptor()
            .getInputType()
            .findFieldByName("node");
    ByteString inOne =
        com.google.protobuf.UnknownFieldSet.newBuilder()
            .addField(
                node.getNumber(),
                com.google.protobuf.UnknownFieldSet.Field.newBuilder()
                    .addLengthDelimited(twice)
                    .build())
            .build()
            .toByteString();
    Status refused = send(channel, ads(), inOne.toByteArray());
    assertThat(refused.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(refused.getDescription()).contains("says twice who it is");
    assertThat(ads.fleetView().proxies()).isEmpty();
  }

  @Test
  void aMethodWhoseMessagesNobodyKnowsIsNotLetThrough() {
    MethodDescriptor<?, ?> unknown =
        AccessLogServiceGrpc.getStreamAccessLogsMethod().toBuilder()
            .setSchemaDescriptor(null)
            .build();
    assertThat(
            catchThrowableOfType(
                IllegalArgumentException.class, () -> NodeClaims.of(unknown).isPresent()))
        .hasMessageContaining("without a schema");
  }

  @Test
  void aCertificateThatNamesNobodyIsNobodys() throws Exception {
    ManagedChannel channel = connect("nameless", BY_ID);
    for (MethodDescriptor<?, ?> method : streams()) {
      Status refused = claim(channel, method, node("gateway-1"));
      assertThat(refused.getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
      assertThat(refused.getDescription()).contains("the certificate names nobody");
    }
    assertThat(ads.fleetView().proxies()).isEmpty();
  }

  @Test
  void withoutAnIdentityToCompareACertificateOfTheMeshIsEnough() throws Exception {
    ManagedChannel channel = connect("client");
    for (MethodDescriptor<?, ?> method : streams()) {
      assertThat(claim(channel, method, node("gateway-2")).getCode())
          .as(method.getFullMethodName())
          .isNotEqualTo(Status.Code.PERMISSION_DENIED);
    }
  }

  @Test
  void aProxySeesItsOwnStateAndNobodyElses() throws Exception {
    ads.publish(proxy -> Snapshot.EMPTY);
    ManagedChannel anybody = connect("client");
    for (String id : List.of("gateway-1", "gateway-2")) {
      claim(anybody, ads(), node(id));
    }
    assertThat(ads.fleetView().proxies()).hasSize(2);
    assertThat(seen(anybody)).as("on loopback").containsExactly("gateway-1", "gateway-2");
    assertThat(seen(connect("client", BY_ID))).containsExactly("gateway-1");
    assertThat(seen(connect("client", BY_ID, "--xds.clientStatus=all")))
        .containsExactly("gateway-1", "gateway-2");
    ManagedChannel off = connect("client", "--xds.clientStatus=off");
    StatusRuntimeException refused =
        catchThrowableOfType(StatusRuntimeException.class, () -> seen(off));
    assertThat(refused.getStatus().getCode()).isEqualTo(Status.Code.PERMISSION_DENIED);
  }

  private static List<String> seen(ManagedChannel channel) {
    return ClientStatusDiscoveryServiceGrpc.newBlockingStub(channel)
        .fetchClientStatus(ClientStatusRequest.getDefaultInstance())
        .getConfigList()
        .stream()
        .map(config -> config.getNode().getId())
        .toList();
  }
}
