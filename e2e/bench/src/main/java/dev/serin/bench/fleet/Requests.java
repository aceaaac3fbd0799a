package dev.serin.bench.fleet;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.Maps;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedOutputStream;
import com.google.rpc.Status;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.XdsType;
import io.envoyproxy.envoy.config.core.v3.BuildVersion;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.type.v3.SemanticVersion;
import io.netty.buffer.ByteBuf;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;

/** Encoded requests of one variant; whatever streams have in common was encoded once. */
final class Requests {
  private static final int INVALID_ARGUMENT = 3;
  private static final byte[] NOTHING = {};

  private final boolean delta;
  private final Map<XdsType, byte[]> typeUrls = new EnumMap<>(XdsType.class);
  private final Map<XdsType, byte[]> names = new EnumMap<>(XdsType.class);
  private final byte[] error;

  Requests(boolean delta, Content content) {
    this.delta = delta;
    ImmutableMap<XdsType, ? extends List<String>> asked = content.names();
    typeUrls.putAll(
        Maps.toMap(
            Arrays.asList(XdsType.values()),
            type -> field(delta ? 2 : 4, ByteString.copyFromUtf8(type.url()))));
    asked.forEach((type, list) -> names.put(type, namesField(list)));
    this.error =
        field(
            delta ? 7 : 6,
            Status.newBuilder()
                .setCode(INVALID_ARGUMENT)
                .setMessage("route: refused by the benchmark")
                .build()
                .toByteString());
  }

  /** The node's field, the same in every request of a stream. */
  byte[] node(String id) {
    Node node =
        Node.newBuilder()
            .setId(id)
            .setCluster("bench")
            .setUserAgentName("envoy")
            .setUserAgentBuildVersion(
                BuildVersion.newBuilder()
                    .setVersion(SemanticVersion.newBuilder().setMajorNumber(1).setMinorNumber(36)))
            .build();
    return field(delta ? 1 : 2, node.toByteString());
  }

  /** The first request for a type: with names where the type is asked for by name. */
  void ask(ByteBuf out, byte[] node, XdsType type) {
    write(out, node, type, NOTHING, 0, names(type), NOTHING, 0, NOTHING);
  }

  /** Says yes; the state of the world repeats all names. */
  void accept(ByteBuf out, byte[] node, XdsType type, ResponseScanner response) {
    write(
        out,
        node,
        type,
        response.version,
        delta ? 0 : response.versionLength,
        delta ? NOTHING : names(type),
        response.nonce,
        response.nonceLength,
        NOTHING);
  }

  /** Says no; {@code kept} is the version accepted before. */
  void refuse(ByteBuf out, byte[] node, XdsType type, byte[] kept, ResponseScanner response) {
    write(
        out,
        node,
        type,
        kept,
        delta ? 0 : kept.length,
        delta ? NOTHING : names(type),
        response.nonce,
        response.nonceLength,
        error);
  }

  private byte[] names(XdsType type) {
    return names.getOrDefault(type, NOTHING);
  }

  private void write(
      ByteBuf out,
      byte[] node,
      XdsType type,
      byte[] version,
      int versionLength,
      byte[] namesField,
      byte[] nonce,
      int nonceLength,
      byte[] errorField) {
    int start = out.writerIndex();
    out.writeByte(0);
    out.writeInt(0);
    text(out, 1, version, versionLength);
    out.writeBytes(node);
    out.writeBytes(namesField);
    out.writeBytes(typeUrls.getOrDefault(type, NOTHING));
    text(out, delta ? 6 : 5, nonce, nonceLength);
    out.writeBytes(errorField);
    out.setInt(start + 1, out.writerIndex() - start - 5);
  }

  /** A text of fewer than 128 bytes; an empty one is left out. */
  private static void text(ByteBuf out, int field, byte[] text, int length) {
    if (length > 0) {
      out.writeByte((field << 3) | 2);
      out.writeByte(length >= 0x80 ? (length & 0x7f) | 0x80 : length);
      if (length >= 0x80) {
        out.writeByte(length >>> 7);
      }
      out.writeBytes(text, 0, length);
    }
  }

  private static byte[] namesField(List<String> names) {
    ByteString all = ByteString.EMPTY;
    for (String name : names) {
      all = all.concat(ByteString.copyFrom(field(3, ByteString.copyFromUtf8(name))));
    }
    return all.toByteArray();
  }

  private static byte[] field(int number, ByteString value) {
    byte[] bytes = new byte[CodedOutputStream.computeBytesSize(number, value)];
    try {
      CodedOutputStream.newInstance(bytes).writeBytes(number, value);
    } catch (IOException e) {
      throw new UncheckedIOException("an array of the field's own size was too small", e);
    }
    return bytes;
  }
}
