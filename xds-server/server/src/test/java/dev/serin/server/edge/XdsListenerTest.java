package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.Note;
import dev.serin.server.edge.testproto.NotesGrpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.reflection.v1.ServerReflectionGrpc;
import io.grpc.reflection.v1.ServerReflectionRequest;
import io.grpc.reflection.v1.ServerReflectionResponse;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class XdsListenerTest {

  private static final GetNoteRequest REQUEST =
      GetNoteRequest.newBuilder().setName("tenants/t/notes/n").build();

  private final TestNotes notes = new TestNotes();
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<XdsListener> listeners = new ArrayList<>();
  private final EventLoops loops = new EventLoops();

  @AfterEach
  void closeAll() {
    TestApi.end(channels);
    listeners.forEach(XdsListener::close);
    loops.close();
  }

  @Test
  void nothingListensBeforeTheStart() throws Exception {
    int free;
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      free = socket.getLocalPort();
    }
    XdsListener xds = listener(Optional.empty(), "--xds.listen=127.0.0.1:" + free);
    assertThatThrownBy(() -> new Socket(InetAddress.getLoopbackAddress(), free).close())
        .isInstanceOf(ConnectException.class);
    xds.start();
    assertThat(xds.port()).isEqualTo(free);
    assertThat(NotesGrpc.newBlockingStub(channel(xds)).getNote(REQUEST).getName())
        .isEqualTo(REQUEST.getName());
    assertThatThrownBy(() -> listener(Optional.empty(), "--xds.listen=127.0.0.1:" + free).start())
        .isInstanceOf(IOException.class)
        .hasMessageContaining("xds.listen: cannot bind 127.0.0.1:" + free);
  }

  @Test
  void aTokenIsAskedForAndItsActorSeen() throws Exception {
    XdsListener xds = listener(Optional.of(TestApi.tokens()));
    xds.start();
    NotesGrpc.NotesBlockingStub stub = NotesGrpc.newBlockingStub(channel(xds));
    assertThatThrownBy(() -> stub.getNote(REQUEST)).hasMessageContaining("UNAUTHENTICATED");
    Metadata headers = new Metadata();
    headers.put(
        Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER),
        "Bearer 0123456789abcdef");
    assertThat(
            stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(headers))
                .getNote(REQUEST)
                .getActor())
        .isEqualTo("Ann");
    assertThat(
            HealthGrpc.newBlockingStub(channel(xds))
                .check(HealthCheckRequest.getDefaultInstance())
                .getStatus())
        .isEqualTo(ServingStatus.SERVING);
    assertThat(metrics.scrape())
        .contains("serin_edge_refused_total{listener=\"xds\",reason=\"token\"} 1");
  }

  @Test
  void bothVersionsOfReflectionNameTheServices() throws Exception {
    XdsListener xds = listener(Optional.empty());
    xds.start();
    CompletableFuture<ServerReflectionResponse> answer = new CompletableFuture<>();
    StreamObserver<ServerReflectionRequest> asking =
        ServerReflectionGrpc.newStub(channel(xds))
            .serverReflectionInfo(ApiListenerTest.first(answer));
    asking.onNext(ServerReflectionRequest.newBuilder().setListServices("").build());
    assertThat(
            answer.get(10, TimeUnit.SECONDS).getListServicesResponse().getServiceList().stream()
                .map(s -> s.getName()))
        .contains(
            "serin.edgetest.v1.Notes",
            "grpc.health.v1.Health",
            "grpc.reflection.v1.ServerReflection",
            "grpc.reflection.v1alpha.ServerReflection");
    asking.onCompleted();
  }

  @Test
  void streamsInAllAreCapped() throws Exception {
    XdsListener xds = listener(Optional.empty(), "--xds.limits.maxStreams=1");
    xds.start();
    NotesGrpc.NotesBlockingStub stub = NotesGrpc.newBlockingStub(channel(xds));
    Iterator<Note> first = stub.watchNotes(REQUEST);
    assertThat(first.next().getName()).isEqualTo(REQUEST.getName());
    assertThatThrownBy(() -> stub.getNote(REQUEST)).hasMessageContaining("RESOURCE_EXHAUSTED");
    notes.watchers.take().onCompleted();
    assertThat(first.hasNext()).isFalse();
    assertThat(stub.getNote(REQUEST).getName()).isEqualTo(REQUEST.getName());
  }

  @Test
  void aMessageTooLargeIsRefused() throws Exception {
    XdsListener xds = listener(Optional.empty(), "--xds.limits.maxInboundMessageBytes=1KiB");
    xds.start();
    assertThatThrownBy(() ->
            NotesGrpc.newBlockingStub(channel(xds))
                .getNote(GetNoteRequest.newBuilder().setName("x".repeat(2_000)).build()))
        .hasMessageContaining("RESOURCE_EXHAUSTED");
  }

  private XdsListener listener(Optional<TokenBook> tokens, String... flags) throws IOException {
    XdsListener xds =
        new XdsListener(TestApi.config(flags).xds(), tokens, List.of(notes), metrics, loops);
    listeners.add(xds);
    return xds;
  }

  private ManagedChannel channel(XdsListener xds) {
    return TestApi.channel(xds.port(), InsecureChannelCredentials.create(), channels);
  }
}
