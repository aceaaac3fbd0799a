package dev.serin.ads;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.io.ByteStreams;
import com.google.protobuf.Any;
import com.google.rpc.Status;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.util.Arrays;
import org.junit.jupiter.api.Test;

/** What travels is what the generated classes would write and read. */
class WireTest {
  private static final Resource ROUTE = Bodies.route("r", "ü", "a", "b");
  private static final Resource CLUSTER = Bodies.cluster("a", "x".repeat(70_000));

  private static Outgoing outgoing() {
    return new Outgoing(
        "type.googleapis.com/some.Type",
        "17",
        "s1-abc",
        ImmutableList.of(ROUTE, CLUSTER),
        ImmutableList.of("gone", "vorüber"));
  }

  @Test
  void stateOfTheWorldResponseIsWhatTheGeneratedClassesWouldWrite() throws IOException {
    DiscoveryResponse read = DiscoveryResponse.parseFrom(drained(Variant.STATE_OF_THE_WORLD));
    assertThat(read)
        .isEqualTo(
            DiscoveryResponse.newBuilder()
                .setTypeUrl("type.googleapis.com/some.Type")
                .setNonce("17")
                .setVersionInfo("s1-abc")
                .addAllResources(Bodies.bodies(ROUTE, CLUSTER))
                .build());
  }

  @Test
  void incrementalResponseIsWhatTheGeneratedClassesWouldWrite() throws IOException {
    DeltaDiscoveryResponse.Builder expected =
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl("type.googleapis.com/some.Type")
            .setNonce("17")
            .setSystemVersionInfo("s1-abc")
            .addRemovedResources("gone")
            .addRemovedResources("vorüber");
    for (Resource resource : ImmutableList.of(ROUTE, CLUSTER)) {
      expected
          .addResourcesBuilder()
          .setName(resource.name())
          .setVersion(resource.version())
          .setResource(resource.body());
    }
    assertThat(DeltaDiscoveryResponse.parseFrom(drained(Variant.INCREMENTAL)))
        .isEqualTo(expected.build());
  }

  @Test
  void readingAndDrainingGiveTheSameBytesAndTheAnnouncedNumberOfThem() throws IOException {
    for (Variant variant : Variant.values()) {
      byte[] drained = drained(variant);
      ResponseFrame frame = new ResponseFrame(variant, outgoing());
      assertThat(frame.available()).isEqualTo(drained.length);
      assertThat(frame.read()).isEqualTo(drained[0] & 0xff);
      byte[] some = frame.readNBytes(10);
      byte[] rest = ByteStreams.toByteArray(frame);
      assertThat(some).isEqualTo(Arrays.copyOfRange(drained, 1, 11));
      assertThat(rest).isEqualTo(Arrays.copyOfRange(drained, 11, drained.length));
      assertThat(frame.available()).isZero();
      assertThat(frame.read()).isEqualTo(-1);
    }
  }

  private static byte[] drained(Variant variant) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int count = new ResponseFrame(variant, outgoing()).drainTo(out);
    assertThat(out.size()).isEqualTo(count);
    return out.toByteArray();
  }

  @Test
  void everythingThatMattersOfARequestIsRead() {
    Node node = TestClient.node("n1");
    DiscoveryRequest request =
        DiscoveryRequest.newBuilder()
            .setNode(node)
            .setTypeUrl("t")
            .setVersionInfo("v")
            .setResponseNonce("9")
            .addResourceNames("a")
            .addResourceNames("bü")
            .setErrorDetail(
                Status.newBuilder().setMessage("no").addDetails(Any.newBuilder().setTypeUrl("x")))
            .build();
    assertThat(RequestReader.full(request.toByteArray()))
        .isInstanceOfSatisfying(
            Ask.Full.class,
            ask -> {
              assertThat(ask.node()).isEqualTo(node.toByteString());
              assertThat(ask.typeUrl()).isEqualTo("t");
              assertThat(ask.versionInfo()).isEqualTo("v");
              assertThat(ask.nonce()).isEqualTo("9");
              assertThat(ask.error()).isEqualTo("no");
              assertThat(ask.names().strings()).containsExactly("a", "bü");
              assertThat(ask.names().longest()).isEqualTo(3);
            });
  }

  @Test
  void everythingThatMattersOfAnIncrementalRequestIsRead() {
    DeltaDiscoveryRequest request =
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl("t")
            .setResponseNonce("9")
            .addResourceNamesSubscribe("a")
            .addResourceNamesUnsubscribe("b")
            .putInitialResourceVersions("c", "1")
            .putInitialResourceVersions("d", "")
            .setErrorDetail(Status.newBuilder().setCode(13))
            .build();
    assertThat(RequestReader.delta(request.toByteArray()))
        .isInstanceOfSatisfying(
            Ask.Delta.class,
            ask -> {
              assertThat(ask.node()).isNull();
              assertThat(ask.subscribe()).containsExactly("a");
              assertThat(ask.unsubscribe()).containsExactly("b");
              assertThat(ask.initialVersions()).containsOnlyKeys("c", "d").containsEntry("c", "1");
              assertThat(ask.error()).isEqualTo("code 13");
            });
  }

  @Test
  void namesAreToldApartByTheirHashAlone() {
    byte[] one = DiscoveryRequest.newBuilder().addResourceNames("ab").build().toByteArray();
    byte[] two =
        DiscoveryRequest.newBuilder()
            .addResourceNames("a")
            .addResourceNames("b")
            .setResponseNonce("1")
            .build()
            .toByteArray();
    byte[] again =
        DiscoveryRequest.newBuilder()
            .setVersionInfo("other")
            .addResourceNames("a")
            .addResourceNames("b")
            .build()
            .toByteArray();
    assertThat(names(one).hash()).isNotEqualTo(names(two).hash());
    assertThat(names(two).hash()).isEqualTo(names(again).hash());
  }

  private static NameList names(byte[] message) {
    return ((Ask.Full) RequestReader.full(message)).names();
  }

  @Test
  void bytesThatAreNoMessageAreSaidToBeSoWhereverTheyEnd() {
    byte[] whole =
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl("type")
            .putInitialResourceVersions("c", "1")
            .build()
            .toByteArray();
    byte[] endsInside = Arrays.copyOf(whole, whole.length - 1);
    assertThat(RequestReader.delta(endsInside)).isInstanceOf(Ask.Malformed.class);
    assertThat(RequestReader.full(new byte[] {(byte) 0xff, 1, 2, 3}))
        .isInstanceOfSatisfying(
            Ask.Malformed.class,
            bad -> assertThat(bad.problem()).contains("(expected: envoy.service.discovery.v3"));
    // An end of a group that never began; and a known field in another encoding is skipped.
    assertThat(RequestReader.full(new byte[] {(3 << 3) | 4})).isInstanceOf(Ask.Malformed.class);
    assertThat(RequestReader.full(new byte[] {4 << 3, 5})).isInstanceOf(Ask.Full.class);
  }
}
