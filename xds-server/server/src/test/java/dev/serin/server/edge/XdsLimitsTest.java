package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import com.google.protobuf.UnknownFieldSet;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.grpc.Channel;
import io.grpc.ClientInterceptors;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.MetadataUtils;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What the xDS listener does to those who ask too much, over a real transport. */
@Timeout(120)
class XdsLimitsTest {

  private static final String ADS =
      "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

  private static final String BROKEN = ".*(reset|Broken pipe|abort).*";

  @Test
  void headersThatAreTooLargeAreRefusedWithWords() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxMetadataBytes=2KiB")) {
      assertThat(TestStream.open(xds.channel()).answered()).isTrue();
      TestStream refused = TestStream.open(with(xds.channel(), "y".repeat(3_000)));
      assertThat(refused.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refused.end().getDescription())
          .contains("bytes of headers (expected: at most 2048)");
      assertThat(xds.refusals("metadata")).isEqualTo(1);

      // Beyond what is read at all there are no words of ours, but never UNKNOWN.
      TestStream cut = TestStream.open(with(xds.channel(), "y".repeat(9_000)));
      assertThat(cut.end().getCode()).isNotEqualTo(Status.Code.UNKNOWN);
    }
  }

  @Test
  void aConnectionHasSoManyStreamsAndTheRestAreRefusedNotLeftWaiting() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxStreamsPerConnection=5")) {
      ManagedChannel one = xds.channel();
      List<TestStream> streams = new ArrayList<>();
      int answered = 0;
      for (int i = 0; i < 40; i++) {
        TestStream stream = TestStream.open(one);
        streams.add(stream);
        answered += stream.answered() ? 1 : 0;
      }
      assertThat(answered).isEqualTo(5);
      assertThat(streams.getLast().end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(streams.getLast().end().getDescription())
          .isEqualTo("streams on this connection: more than 5");
      assertThat(xds.refusals("streams_per_connection")).isEqualTo(35);

      assertThat(TestStream.open(xds.channel()).answered()).isTrue();
      streams.getFirst().complete();
      assertThat(streams.getFirst().end()).isEqualTo(Status.OK);
      xds.await("serin.edge.streams", 5);
      assertThat(TestStream.open(one).answered()).isTrue();
    }
  }

  @Test
  void anAddressHasSoManyStreamsOverAllItsConnections() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxStreamsPerAddress=3")) {
      List<TestStream> open = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        open.add(TestStream.open(xds.channel()));
        assertThat(open.getLast().answered()).isTrue();
      }
      TestStream refused = TestStream.open(xds.channel());
      assertThat(refused.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refused.end().getDescription()).isEqualTo("streams from 127.0.0.1: more than 3");
      assertThat(xds.refusals("streams_per_address")).isEqualTo(1);

      open.getFirst().cancel();
      xds.await("serin.edge.streams", 2);
      assertThat(TestStream.open(xds.channel()).answered()).isTrue();
    }
  }

  @Test
  void aHealthCheckIsAnsweredHoweverBusyTheServerIs() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxStreams=1")) {
      assertThat(TestStream.open(xds.channel()).answered()).isTrue();
      assertThat(TestStream.open(xds.channel()).end().getCode())
          .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(
              HealthGrpc.newBlockingStub(xds.channel())
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void anAddressHasSoManyConnections() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxConnectionsPerAddress=2")) {
      try (RawHttp2 first = RawHttp2.open(xds.port());
          RawHttp2 second = RawHttp2.open(xds.port())) {
        assertThat(first.next(RawHttp2.SETTINGS)).isPresent();
        assertThat(second.next(RawHttp2.SETTINGS)).isPresent();
        assertClosed(xds.port());
        assertThat(xds.refusals("connections_per_address")).isEqualTo(1);
      }
      xds.await("serin.edge.connections", 0);
      try (RawHttp2 again = RawHttp2.open(xds.port())) {
        assertThat(again.next(RawHttp2.SETTINGS)).isPresent();
      }
    }
  }

  @Test
  void thereAreSoManyConnectionsInAll() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxConnections=1");
        RawHttp2 first = RawHttp2.open(xds.port())) {
      assertThat(first.next(RawHttp2.SETTINGS)).isPresent();
      assertClosed(xds.port());
      assertThat(xds.refusals("connections")).isEqualTo(1);
    }
  }

  @Test
  void aConnectionThatSaysNothingIsClosed() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.handshakeTimeout=1s")) {
      try (RawHttp2 silent = RawHttp2.silent(xds.port())) {
        assertThat(silent.next(RawHttp2.RST_STREAM)).isEmpty();
      }
      xds.await("serin.edge.connections", 0);
    }
  }

  @Test
  void theFirstMessageIsSmallAndLaterOnesNeedNotBe() throws Exception {
    try (TestXds xds =
        TestXds.listen(
            "--xds.limits.maxFirstMessageBytes=2KiB", "--xds.limits.maxInboundMessageBytes=8KiB")) {
      TestStream refused = TestStream.open(xds.channel()).send(named(3_000));
      assertThat(refused.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(refused.end().getDescription())
          .contains("first message: more than 2048 bytes", "xds.limits.maxFirstMessageBytes");
      assertThat(xds.refusals("first_message")).isEqualTo(1);
      assertThat(xds.discovery.requests).isEmpty();

      TestStream known = TestStream.open(xds.channel()).send(named(1_000));
      known.send(named(5_000).toBuilder().setTypeUrl(TestDiscovery.ANSWER + 1).build());
      assertThat(known.response()).isNotNull();
      // In the midst of a conversation, where the transport itself would cancel without a word.
      known.send(named(9_000));
      assertThat(known.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(known.end().getDescription()).contains("xds.limits.maxInboundMessageBytes");
      assertThat(xds.refusals("message")).isEqualTo(1);
    }
  }

  @Test
  void aMessageThatInflatesToTooMuchIsRefused() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxInboundMessageBytes=8KiB")) {
      TestStream bomb = TestStream.open(xds.channel(), "gzip").send(named(1_000_000));
      assertThat(bomb.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(xds.refusals("message")).isEqualTo(1);
      assertThat(TestStream.open(xds.channel(), "gzip").answered()).isTrue();
    }
  }

  @Test
  void bytesThatAreNoMessageAreInvalidNotUnknown() throws Exception {
    try (TestXds xds = TestXds.listen()) {
      for (byte[] garbage :
          List.of(new byte[] {-1, -1, -1, 7}, "hello there".getBytes(StandardCharsets.US_ASCII))) {
        Status end = sendBytes(xds.channel(), garbage);
        assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
        assertThat(end.getDescription()).startsWith("not a message of this method: ");
        assertThat(xds.discovery.ends.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
      }
      assertThat(xds.refusals("unreadable")).isEqualTo(2);
      assertThat(xds.discovery.requests).isEmpty();
    }
  }

  @Test
  void aMessageNestedTooDeepIsInvalid() throws Exception {
    ByteString deep = ByteString.EMPTY;
    for (int i = 0; i < 500; i++) {
      // google.protobuf.Value.struct_value (5) > Struct.fields (1) > value (2)
      deep = field(1, field(2, field(5, deep)));
    }
    ByteString request = field(2, field(3, deep)); // DiscoveryRequest.node > Node.metadata
    try (TestXds xds = TestXds.listen()) {
      Status end = sendBytes(xds.channel(), request.toByteArray());
      assertThat(end.getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
      assertThat(end.getDescription()).contains("too many levels of nesting");
    }
  }

  @Test
  void aMethodThatFailsIsInternalNotUnknown() throws Exception {
    try (TestXds xds = TestXds.listen()) {
      TestStream stream = TestStream.open(xds.channel()).send(TestDiscovery.THROW);
      assertThat(stream.end().getCode()).isEqualTo(Status.Code.INTERNAL);
      assertThat(stream.end().getDescription()).doesNotContain("as it was told");
      assertThat(xds.discovery.ends.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
    }
  }

  @Test
  void aStreamThatAsksTooFastIsRefused() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxRequestsPerSecond=1")) {
      TestStream stream = TestStream.open(xds.channel());
      for (int i = 0; i < 100 && !stream.isOver(); i++) {
        stream.send("asked");
      }
      assertThat(stream.end().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
      assertThat(stream.end().getDescription())
          .isEqualTo("requests on this stream: more than 1 a second");
      assertThat(xds.discovery.ends.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
      assertThat(xds.discovery.requests).hasSizeBetween(10, 20);
      assertThat(xds.refusals("request_rate")).isEqualTo(1);
    }
  }

  @Test
  void anAnswerToEachResponseIsNotTooFast() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.maxRequestsPerSecond=1")) {
      TestStream stream = TestStream.open(xds.channel()).send(TestDiscovery.ANSWER + 200);
      for (int i = 0; i < 200; i++) {
        stream.response();
        stream.send("ack");
      }
      stream.complete();
      assertThat(stream.end()).isEqualTo(Status.OK);
      assertThat(xds.refusals("request_rate")).isZero();
    }
  }

  @Test
  void aFloodOfResetStreamsIsCutOffLongBeforeItsEnd() throws Exception {
    assertCutOff((client, id) -> {
      client.call(id, ADS);
      client.cancel(id);
    });
  }

  @Test
  void aFloodOfStreamsThatTheServerIsMadeToResetIsCutOffToo() throws Exception {
    assertCutOff((client, id) -> {
      client.call(id, ADS);
      client.provokeReset(id);
    });
  }

  private interface Abuse {
    void on(RawHttp2 client, int streamId) throws IOException;
  }

  private static void assertCutOff(Abuse abuse) throws Exception {
    int streams = 20_000;
    try (TestXds xds = TestXds.listen()) {
      try (RawHttp2 client = RawHttp2.open(xds.port())) {
        CompletableFuture<Optional<RawHttp2.Frame>> goAway =
            CompletableFuture.supplyAsync(() -> goAway(client));
        try {
          for (int i = 0; i < streams && !goAway.isDone(); i++) {
            abuse.on(client, 2 * i + 1);
            client.flush();
          }
        } catch (SocketException closed) {
          assertThat(closed).hasMessageMatching(BROKEN);
        }
        // A reset of the socket may overtake the last words.
        goAway
            .get(20, TimeUnit.SECONDS)
            .ifPresent(said -> assertThat(said.errorCode()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM));
      }
      xds.await("serin.edge.connections", 0);
      assertThat(xds.discovery.begun.get()).isLessThan(streams / 10);
      assertThat(xds.refusals("resets")).isEqualTo(1);
      assertThat(TestStream.open(xds.channel()).answered()).isTrue();
    }
  }

  private static Optional<RawHttp2.Frame> goAway(RawHttp2 client) {
    try {
      return client.next(RawHttp2.GO_AWAY);
    } catch (IOException reset) {
      return Optional.empty();
    }
  }

  @Test
  void aConnectionThatPingsTooOftenIsCutOff() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.minClientKeepAlive=1h")) {
      try (RawHttp2 client = RawHttp2.open(xds.port())) {
        for (int i = 0; i < 5; i++) {
          client.ping();
        }
        client.flush();
        RawHttp2.Frame goAway = client.next(RawHttp2.GO_AWAY).orElseThrow();
        assertThat(goAway.errorCode()).isEqualTo(RawHttp2.ENHANCE_YOUR_CALM);
        assertThat(goAway.debug()).isEqualTo("too_many_pings");
      }
      xds.await("serin.edge.connections", 0);
      assertThat(xds.refusals("pings")).isEqualTo(1);
    }
  }

  private static Channel with(Channel channel, String much) {
    Metadata headers = new Metadata();
    headers.put(Metadata.Key.of("x-much", Metadata.ASCII_STRING_MARSHALLER), much);
    return ClientInterceptors.intercept(
        channel, MetadataUtils.newAttachHeadersInterceptor(headers));
  }

  private static DiscoveryRequest named(int bytes) {
    return DiscoveryRequest.newBuilder()
        .setNode(Node.newBuilder().setId("x".repeat(bytes)))
        .build();
  }

  private static ByteString field(int number, ByteString bytes) {
    UnknownFieldSet.Field field =
        UnknownFieldSet.Field.newBuilder().addLengthDelimited(bytes).build();
    return UnknownFieldSet.newBuilder().addField(number, field).build().toByteString();
  }

  /** Sends these bytes as a request. */
  private static Status sendBytes(ManagedChannel channel, byte[] bytes) {
    CompletableFuture<Status> end = new CompletableFuture<>();
    StreamObserver<byte[]> requests =
        RawBytes.open(
            channel, AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod(), end);
    requests.onNext(bytes);
    return end.orTimeout(20, TimeUnit.SECONDS).join();
  }

  private static void assertClosed(int port) throws IOException {
    try (RawHttp2 refused = RawHttp2.open(port)) {
      assertThat(refused.next(RawHttp2.SETTINGS)).isEmpty();
    } catch (SocketException reset) {
      assertThat(reset).hasMessageMatching(BROKEN);
    }
  }
}
