package dev.serin.bench.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.bench.content.Content;
import dev.serin.bench.content.Shape;
import dev.serin.bench.content.XdsType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;

final class RequestsTest {
  private static final Content CONTENT = Content.of(Shape.SMALL);

  /** So long that its length, with the field's tag, is at the edge of one byte. */
  private static final String VERSION = "v".repeat(127);

  private final ByteBuf out = Unpooled.buffer();

  @Test
  void aStateOfTheWorldAckRepeatsVersionAndNames() throws IOException {
    Requests requests = new Requests(false, CONTENT);
    requests.accept(out, requests.node("a"), XdsType.ENDPOINTS, response(false, XdsType.ENDPOINTS));
    DiscoveryRequest ack = DiscoveryRequest.parseFrom(message());
    assertThat(ack.getVersionInfo()).isEqualTo(VERSION);
    assertThat(ack.getResponseNonce()).isEqualTo("7");
    assertThat(ack.getTypeUrl()).isEqualTo(XdsType.ENDPOINTS.url());
    assertThat(ack.getNode().getId()).isEqualTo("a");
    assertThat(ack.getResourceNamesList()).hasSize(10).contains("cluster-0003");
    assertThat(ack.hasErrorDetail()).isFalse();
  }

  @Test
  void aNackNamesTheVersionThatWasKept() throws IOException {
    Requests requests = new Requests(false, CONTENT);
    byte[] kept = "kept".getBytes(StandardCharsets.UTF_8);
    requests.refuse(out, requests.node("a"), XdsType.ROUTES, kept, response(false, XdsType.ROUTES));
    DiscoveryRequest nack = DiscoveryRequest.parseFrom(message());
    assertThat(nack.getVersionInfo()).isEqualTo("kept");
    assertThat(nack.getResponseNonce()).isEqualTo("7");
    assertThat(nack.getErrorDetail().getMessage()).isNotEmpty();
  }

  @Test
  void anIncrementalStreamSubscribesOnceAndAcksByNonce() throws IOException {
    Requests requests = new Requests(true, CONTENT);
    ResponseScanner response = response(true, XdsType.ROUTES);
    requests.ask(out, requests.node("a"), XdsType.ROUTES);
    DeltaDiscoveryRequest first = DeltaDiscoveryRequest.parseFrom(message());
    assertThat(first.getResourceNamesSubscribeList()).containsExactly("routes-000");
    assertThat(first.getResponseNonce()).isEmpty();
    requests.accept(out, requests.node("a"), XdsType.ROUTES, response);
    DeltaDiscoveryRequest ack = DeltaDiscoveryRequest.parseFrom(message());
    assertThat(ack.getResourceNamesSubscribeList()).isEmpty();
    assertThat(ack.getResponseNonce()).isEqualTo("7");
    assertThat(ack.getNode().getId()).isEqualTo("a");
    requests.refuse(out, requests.node("a"), XdsType.ROUTES, new byte[0], response);
    assertThat(DeltaDiscoveryRequest.parseFrom(message()).hasErrorDetail()).isTrue();
  }

  private static ResponseScanner response(boolean delta, XdsType type) {
    ResponseScanner scanner = new ResponseScanner(delta, () -> null, () -> {});
    byte[] message =
        delta
            ? DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(type.url())
                .setNonce("7")
                .build()
                .toByteArray()
            : DiscoveryResponse.newBuilder()
                .setTypeUrl(type.url())
                .setVersionInfo(VERSION)
                .setNonce("7")
                .build()
                .toByteArray();
    ByteBuf in = Unpooled.buffer();
    in.writeByte(0).writeInt(message.length).writeBytes(message);
    scanner.read(in, in.readableBytes());
    return scanner;
  }

  private byte[] message() {
    assertThat(out.readByte()).as("not compressed").isZero();
    byte[] bytes = new byte[out.readInt()];
    assertThat(out.readableBytes()).isEqualTo(bytes.length);
    out.readBytes(bytes);
    return bytes;
  }
}
