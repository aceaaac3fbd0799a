package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.endpoints;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.ads.Bodies.snapshot;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.serin.ads.TestClient.Response;
import dev.serin.mesh.ClusterRule;
import dev.serin.mesh.Snapshot;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Streams as such: identity, limits, flow control, metrics. */
class StreamTest {
  private final Harness harness = new Harness();

  @AfterEach
  void close() {
    harness.close();
  }

  // "Basic protocol overview": the first request of a stream says whose it is.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void firstMessageWithoutANodeEndsTheStream(boolean incremental) {
    harness.publish(mesh("1", "a"));
    TestClient client = new TestClient(harness.channel, incremental, null, 10);
    client.ask(CLUSTER);
    assertThat(Status.fromThrowable(client.error).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(harness.ads.fleetView().proxies()).isEmpty();
  }

  // The same section: looking at the first message is enough.
  @Test
  void nodeOfALaterMessageIsNotLookedAt() {
    harness.ads.publish(
        proxy -> snapshot(route("r", proxy.nodeId(), "a"), cluster(proxy.nodeId(), "1")));
    TestClient client = new TestClient(harness, false, "n1");
    client.ask(CLUSTER);
    assertThat(client.takeAndAck(CLUSTER).names()).containsExactly("n1");
    client.sendFull(b -> b.setNode(TestClient.node("n2")).setTypeUrl(ROUTES).addResourceNames("r"));
    assertThat(client.take(ROUTES).resources().values())
        .containsExactly(route("r", "n1", "a").body());
    assertThat(harness.ads.fleetView().proxies()).hasSize(1);
  }

  @Test
  void oversizedMetadataAndNamesAreRefusedWithAClearStatus() {
    Struct.Builder metadata = Struct.newBuilder();
    metadata.putFields("x", Value.newBuilder().setStringValue("x".repeat(70_000)).build());
    Node node = TestClient.node("n1").toBuilder().setMetadata(metadata).build();
    TestClient large = new TestClient(harness.channel, false, node, 10);
    large.ask(CLUSTER);
    assertThat(Status.fromThrowable(large.error).getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(Status.fromThrowable(large.error).getDescription())
        .contains("expected: at most 65536");

    TestClient longName = new TestClient(harness, true, "n2");
    longName.ask(ENDPOINTS, "n".repeat(2_000));
    assertThat(Status.fromThrowable(longName.error).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);

    TestClient manyTypes = new TestClient(harness, true, "n3");
    for (int i = 0; i < 40 && manyTypes.error == null; i++) {
      manyTypes.ask("type.googleapis.com/t" + i);
    }
    assertThat(Status.fromThrowable(manyTypes.error).getCode())
        .isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
    assertThat(harness.meters.counter("serin.xds.refused.streams").count()).isEqualTo(3);
  }

  @Test
  void bytesThatAreNoRequestEndTheStreamWithAClearStatus() {
    harness.publish(mesh("1", "a"));
    MethodDescriptor.Marshaller<byte[]> bytes =
        new MethodDescriptor.Marshaller<>() {
          @Override
          public InputStream stream(byte[] value) {
            return new ByteArrayInputStream(value);
          }

          @Override
          public byte[] parse(InputStream stream) {
            return new byte[0];
          }
        };
    ClientCall<byte[], byte[]> call =
        harness.channel.newCall(
            MethodDescriptor.<byte[], byte[]>newBuilder()
                .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
                .setFullMethodName(
                    AggregatedDiscoveryServiceGrpc.getStreamAggregatedResourcesMethod()
                        .getFullMethodName())
                .setRequestMarshaller(bytes)
                .setResponseMarshaller(bytes)
                .build(),
            CallOptions.DEFAULT);
    List<Status> ended = new ArrayList<>();
    call.start(
        new ClientCall.Listener<>() {
          @Override
          public void onClose(Status status, Metadata trailers) {
            ended.add(status);
          }
        },
        new Metadata());
    call.sendMessage(new byte[] {(byte) 0xff, (byte) 0xff, 1});
    assertThat(ended).hasSize(1);
    assertThat(ended.getFirst().getCode()).isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(ended.getFirst().getDescription()).contains("not a DiscoveryRequest");
    assertThat(harness.meters.counter("serin.xds.refused.streams").count()).isEqualTo(1);
  }

  // "When to send an update": of requests only the latest of a type counts, and of snapshots only
  // the latest is worth sending.
  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientThatDoesNotAnswerHasOneResponseAndThenGetsOnlyTheLatest(boolean incremental) {
    harness.publish(mesh("0", "a"));
    TestClient client = new TestClient(harness, incremental, "n1");
    client.ask(ROUTES, "r");
    Response first = client.take(ROUTES);
    for (int i = 1; i <= 20; i++) {
      harness.publish(mesh(Integer.toString(i), "a"));
    }
    client.expectNothing();
    client.ack(first);
    assertThat(client.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "20", "a").body());
    client.expectNothing();
  }

  @ParameterizedTest
  @ValueSource(booleans = {true, false})
  void clientThatDoesNotReadIsSentNothingUntilItReads(boolean incremental) {
    harness.publish(mesh("0", "a"));
    TestClient client = new TestClient(harness.channel, incremental, TestClient.node("n1"), 1);
    client.ask(ROUTES, "r");
    client.takeAndAck(ROUTES);
    TestClient other = new TestClient(harness, incremental, "n2");
    other.ask(ROUTES, "r");
    other.ackAll();
    for (int i = 1; i <= 20; i++) {
      harness.publish(mesh(Integer.toString(i), "a"));
      assertThat(other.takeAndAck(ROUTES).names()).containsExactly("r");
    }
    client.expectNothing();
    client.read(10);
    assertThat(client.takeAndAck(ROUTES).resources().values())
        .containsExactly(route("r", "20", "a").body());
    client.expectNothing();
  }

  @Test
  void publishingDoesNotRunOnTheCallersThread() {
    Deque<Runnable> queue = new ArrayDeque<>();
    List<String> asked = new ArrayList<>();
    AdsService ads =
        new AdsService(
            AdsSettings.DEFAULT, queue::add, InstantSource.system(), new SimpleMeterRegistry());
    ads.publish(proxy -> {
      asked.add(proxy.nodeId());
      return Snapshot.EMPTY;
    });
    assertThat(asked).isEmpty();
    assertThat(queue).hasSize(1);
    ads.publish(proxy -> Snapshot.EMPTY);
    assertThat(queue).as("two publications before the fan-out are one").hasSize(1);
  }

  @Test
  void sourceThatThrowsCostsTheStreamAndNobodyElse() {
    harness.ads.publish(proxy -> {
      if (proxy.nodeId().equals("n1")) {
        throw new IllegalStateException("a bug");
      }
      return mesh("1", "a");
    });
    TestClient broken = new TestClient(harness, true, "n1");
    broken.ask(CLUSTER);
    assertThat(Status.fromThrowable(broken.error).getCode()).isEqualTo(Status.Code.INTERNAL);
    TestClient other = new TestClient(harness, true, "n2");
    other.ask(CLUSTER);
    other.takeAndAck(CLUSTER);
  }

  // The comment on DiscoveryRequest.type_url: a service of one type need not be told which.
  @Test
  void singleTypeServiceServesItsTypeAndRefusesOthers() {
    harness.publish(snapshot(endpoints("a", "1")));
    List<DiscoveryResponse> got = new ArrayList<>();
    List<Throwable> errors = new ArrayList<>();
    StreamObserver<DiscoveryRequest> call =
        EndpointDiscoveryServiceGrpc.newStub(harness.channel)
            .streamEndpoints(
                new StreamObserver<>() {
                  @Override
                  public void onNext(DiscoveryResponse value) {
                    got.add(value);
                  }

                  @Override
                  public void onError(Throwable t) {
                    errors.add(t);
                  }

                  @Override
                  public void onCompleted() {}
                });
    call.onNext(
        DiscoveryRequest.newBuilder().setNode(TestClient.node("n1")).addResourceNames("a").build());
    assertThat(got).hasSize(1);
    assertThat(got.getFirst().getTypeUrl()).isEqualTo(ENDPOINTS);
    assertThat(harness.meters.get("serin.xds.streams").tag("type", "eds").gauge().value())
        .isEqualTo(1);
    call.onNext(DiscoveryRequest.newBuilder().setTypeUrl(CLUSTER).build());
    assertThat(errors).hasSize(1);
    assertThat(Status.fromThrowable(errors.getFirst()).getCode())
        .isEqualTo(Status.Code.INVALID_ARGUMENT);
    assertThat(harness.meters.get("serin.xds.streams").tag("type", "eds").gauge().value()).isZero();
  }

  @Test
  void twoStreamsOfOneNodeAreOneProxyAndTheSlowerOneCounts() {
    harness.publish(mesh("1", "a"));
    TestClient fast = new TestClient(harness, true, "n1");
    TestClient slow = new TestClient(harness, false, "n1");
    fast.ask(ROUTES, "r");
    slow.ask(ROUTES, "r");
    fast.ackAll();
    slow.ackAll();
    harness.publish(mesh("2", "a"));
    fast.takeAndAck(ROUTES);
    ProxyView view = harness.proxy("n1");
    assertThat(view.streams()).isEqualTo(2);
    assertThat(view.resource(ROUTES, "r").acked(route("r", "1", "a").version())).isTrue();
    slow.takeAndAck(ROUTES);
    assertThat(harness.proxy("n1").resource(ROUTES, "r").acked(route("r", "2", "a").version()))
        .isTrue();
    fast.close();
    assertThat(harness.proxy("n1").connected()).isTrue();
    slow.close();
    assertThat(harness.proxy("n1").connected()).isFalse();
    assertThat(harness.events)
        .filteredOn(e -> e.endsWith("ed n1") || e.endsWith("left n1"))
        .containsExactly("joined n1", "left n1");
  }

  @Test
  void proxyThatWentAwayIsListedForAnHour() {
    harness.publish(mesh("1", "a"));
    TestClient client = new TestClient(harness, true, "n1");
    client.ask(ROUTES, "r");
    client.ackAll();
    harness.pass(Duration.ofSeconds(10));
    client.close();
    harness.pass(Duration.ofMinutes(59));
    ProxyView gone = harness.proxy("n1");
    assertThat(gone.connected()).isFalse();
    assertThat(gone.connectedAt()).isEqualTo(Harness.T0);
    assertThat(gone.lastSeen()).isEqualTo(Harness.T0.plusSeconds(10));
    assertThat(gone.subscribes(ROUTES, "r")).isTrue();
    assertThat(harness.meters.get("serin.proxies").tag("state", "unreachable").gauge().value())
        .isEqualTo(1);
    harness.pass(Duration.ofMinutes(2));
    assertThat(harness.ads.fleetView().proxies()).isEmpty();
  }

  @Test
  void pushIsMeasuredFromItsTriggerToTheLastAnswer() {
    harness.publish(mesh("1", "a"));
    TestClient one = new TestClient(harness, true, "n1");
    TestClient two = new TestClient(harness, false, "n2");
    one.ask(ROUTES, "r").ackAll();
    two.ask(ROUTES, "r").ackAll();
    assertThat(harness.meters.timer("serin.xds.push").count()).isZero();
    harness.publish(mesh("2", "a"));
    one.takeAndAck(ROUTES);
    assertThat(harness.meters.timer("serin.xds.push").count()).isZero();
    two.takeAndAck(ROUTES);
    assertThat(harness.meters.timer("serin.xds.push").count()).isEqualTo(1);
  }

  @Test
  void everyMeterHasADescriptionAndNoNodeIdAsATag() {
    harness.publish(mesh("1", "a"));
    TestClient client = new TestClient(harness, true, "n1");
    client.ask(ROUTES, "r").ackAll();
    harness.pass(Duration.ofSeconds(1));
    assertThat(harness.meters.getMeters()).isNotEmpty();
    harness
        .meters
        .getMeters()
        .forEach(meter -> {
          assertThat(meter.getId().getDescription()).as(meter.getId().getName()).isNotBlank();
          assertThat(meter.getId().getTags()).noneMatch(tag -> tag.getValue().equals("n1"));
        });
  }

  @Test
  void rulesNameTheMeshCluster() {
    NodeReader reader =
        new NodeReader(
            ImmutableList.of(
                new ClusterRule.Metadata("CLUSTER_ID"),
                new ClusterRule.Region(),
                new ClusterRule.Named("default")),
            AdsSettings.Limits.DEFAULT);
    Node.Builder node = TestClient.node("n1").toBuilder();
    assertThat(meshCluster(reader, node)).isEqualTo("default");
    node.getLocalityBuilder().setRegion("eu");
    assertThat(meshCluster(reader, node)).isEqualTo("eu");
    node.getMetadataBuilder()
        .putFields("CLUSTER_ID", Value.newBuilder().setStringValue("east").build());
    assertThat(meshCluster(reader, node)).isEqualTo("east");
    node.setId("")
        .getMetadataBuilder()
        .putFields("SERIN_BIND", Value.newBuilder().setStringValue("nowhere").build());
    assertThat(reader.read(node.build()))
        .isInstanceOfSatisfying(
            NodeReader.Result.Refused.class, r -> assertThat(r.problems()).hasSize(2));
  }

  private static String meshCluster(NodeReader reader, Node.Builder node) {
    return ((NodeReader.Result.Known) reader.read(node.build())).proxy().group().meshCluster();
  }
}
