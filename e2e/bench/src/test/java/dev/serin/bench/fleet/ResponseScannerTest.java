package dev.serin.bench.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.protobuf.Any;
import com.google.protobuf.MessageLite;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.Marker;
import dev.serin.bench.content.Shape;
import dev.serin.bench.content.XdsType;
import io.envoyproxy.envoy.config.core.v3.ControlPlane;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

final class ResponseScannerTest {
  private static final int WEIGHT = 20_001;
  private static final Content CONTENT = Content.of(Shape.SPLIT);

  private final List<String> responses = new ArrayList<>();
  private @Nullable Marker marker = CONTENT.marker(WEIGHT);

  @Test
  void everythingThatAnAckNeedsIsReadHoweverTheBytesAreCut() {
    byte[] stream = both(false);
    long seed = System.nanoTime();
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    for (int most : new int[] {1, 2, 7, 100, 5_000, stream.length}) {
      responses.clear();
      ResponseScanner scanner = scanner(false);
      ByteBuf in = Unpooled.wrappedBuffer(stream);
      while (in.isReadable()) {
        scanner.read(in, Math.min(in.readableBytes(), 1 + random.nextInt(most)));
      }
      assertThat(responses)
          .as("pieces of at most %d bytes", most)
          .containsExactly(
              "ROUTES version-1 nonce-1 x100 marked", "ROUTES version-2 nonce-2 x1 unmarked");
    }
  }

  @Test
  void theIncrementalVariantIsReadToo() {
    byte[] stream = both(true);
    scanner(true).read(Unpooled.wrappedBuffer(stream), stream.length);
    assertThat(responses)
        .containsExactly(
            "ROUTES version-1 nonce-1 x100 marked", "ROUTES version-2 nonce-2 x1 unmarked");
  }

  @Test
  void anotherWeightIsNotTheOneThatIsLookedFor() {
    marker = CONTENT.marker(WEIGHT + 1);
    byte[] stream = both(false);
    scanner(false).read(Unpooled.wrappedBuffer(stream), stream.length);
    assertThat(responses.get(0)).endsWith("unmarked");
  }

  @Test
  void equalContentHasAnEqualHeadWhateverItsVersionAndTheVariant() {
    byte[] once = head(false, 1, CONTENT.changing(WEIGHT));
    assertThat(head(false, 2, CONTENT.changing(WEIGHT))).isEqualTo(once).isNotEmpty();
    assertThat(head(false, 1, CONTENT.changing(WEIGHT + 1))).isNotEqualTo(once);
    byte[] incremental = head(true, 1, CONTENT.changing(WEIGHT));
    assertThat(head(true, 2, CONTENT.changing(WEIGHT))).isEqualTo(incremental).isNotEmpty();
    assertThat(head(true, 1, CONTENT.changing(WEIGHT + 1))).isNotEqualTo(incremental);
  }

  @Test
  void anEmptyResponseIsOne() {
    byte[] stream =
        framed(
            DiscoveryResponse.newBuilder()
                .setTypeUrl(XdsType.CLUSTERS.url())
                .setNonce("n")
                .build());
    scanner(false).read(Unpooled.wrappedBuffer(stream), stream.length);
    assertThat(responses).containsExactly("CLUSTERS  n x0 unmarked");
  }

  @Test
  void aCompressedMessageIsRefused() {
    assertThatThrownBy(() -> scanner(false).read(Unpooled.wrappedBuffer(new byte[] {1}), 1))
        .hasMessage("message flag: 1 (expected: 0, not compressed)");
  }

  private static byte[] head(boolean delta, int number, RouteConfiguration routes) {
    byte[] stream = response(delta, number, List.of(routes));
    ResponseScanner scanner = new ResponseScanner(delta, () -> null, () -> {});
    scanner.read(Unpooled.wrappedBuffer(stream), stream.length);
    return scanner.routesHead();
  }

  private ResponseScanner scanner(boolean delta) {
    ResponseScanner[] self = new ResponseScanner[1];
    self[0] = new ResponseScanner(delta, () -> marker, () -> responses.add(text(self[0])));
    return self[0];
  }

  private static String text(ResponseScanner scanner) {
    return "%s %s %s x%d %s"
        .formatted(
            XdsType.of(scanner.typeUrl, scanner.typeUrlLength),
            new String(scanner.version, 0, scanner.versionLength, StandardCharsets.UTF_8),
            new String(scanner.nonce, 0, scanner.nonceLength, StandardCharsets.UTF_8),
            scanner.resources,
            scanner.marked ? "marked" : "unmarked");
  }

  /** All routes with the weight, then one of them without. */
  private static byte[] both(boolean delta) {
    byte[] first = response(delta, 1, CONTENT.routes(WEIGHT));
    byte[] second = response(delta, 2, List.of(CONTENT.changing()));
    return com.google.common.primitives.Bytes.concat(first, second);
  }

  private static byte[] response(boolean delta, int number, List<RouteConfiguration> routes) {
    List<Resource> resources =
        routes.stream()
            .map(one -> Content.encoded(XdsType.ROUTES, one.getName(), one))
            .map(one -> one.toBuilder().setVersion("v" + number).build())
            .toList();
    List<Any> bodies = resources.stream().map(Resource::getResource).toList();
    ControlPlane by = ControlPlane.newBuilder().setIdentifier("bench").build();
    return framed(
        delta
            ? DeltaDiscoveryResponse.newBuilder()
                .setSystemVersionInfo("version-" + number)
                .setTypeUrl(XdsType.ROUTES.url())
                .setNonce("nonce-" + number)
                .addRemovedResources("gone")
                .addAllResources(resources)
                .setControlPlane(by)
                .build()
            : DiscoveryResponse.newBuilder()
                .setVersionInfo("version-" + number)
                .setTypeUrl(XdsType.ROUTES.url())
                .setNonce("nonce-" + number)
                .setCanary(true)
                .addAllResources(bodies)
                .setControlPlane(by)
                .build());
  }

  private static byte[] framed(MessageLite message) {
    ByteBuf out = Unpooled.buffer();
    out.writeByte(0).writeInt(message.getSerializedSize()).writeBytes(message.toByteArray());
    byte[] bytes = new byte[out.readableBytes()];
    out.readBytes(bytes);
    return bytes;
  }
}
