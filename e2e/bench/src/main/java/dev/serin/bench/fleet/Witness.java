package dev.serin.bench.fleet;

import com.google.common.hash.Hashing;
import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.bench.content.XdsType;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads one stream whole and keeps a hash of every resource as the proxy has it, so that the
 * content of all servers can be compared as it arrived.
 */
final class Witness {
  private static final int PREFIX_BYTES = 5;

  private final boolean delta;
  private final SortedMap<String, String> resources = new TreeMap<>();
  private final SortedMap<String, String> asTheyCame = new TreeMap<>();
  private byte[] bytes = new byte[1 << 16];
  private int length;

  Witness(boolean delta) {
    this.delta = delta;
  }

  /** Looks at the next bytes without taking them. */
  synchronized void read(ByteBuf in, int more) {
    if (length + more > bytes.length) {
      bytes = Arrays.copyOf(bytes, Math.max(2 * bytes.length, length + more));
    }
    in.getBytes(in.readerIndex(), bytes, length, more);
    length += more;
    while (length >= PREFIX_BYTES && length >= PREFIX_BYTES + messageLength()) {
      int end = PREFIX_BYTES + messageLength();
      message(Arrays.copyOfRange(bytes, PREFIX_BYTES, end));
      System.arraycopy(bytes, end, bytes, 0, length - end);
      length -= end;
    }
  }

  private int messageLength() {
    return ((bytes[1] & 0xff) << 24)
        | ((bytes[2] & 0xff) << 16)
        | ((bytes[3] & 0xff) << 8)
        | (bytes[4] & 0xff);
  }

  private void message(byte[] message) {
    try {
      if (delta) {
        DeltaDiscoveryResponse response = DeltaDiscoveryResponse.parseFrom(message);
        response
            .getRemovedResourcesList()
            .forEach(name -> {
              resources.remove(key(response.getTypeUrl(), name));
              asTheyCame.remove(key(response.getTypeUrl(), name));
            });
        for (Resource resource : response.getResourcesList()) {
          keep(resource.getName(), resource.getResource());
        }
      } else {
        for (Any body : DiscoveryResponse.parseFrom(message).getResourcesList()) {
          keep(nameOf(body), body);
        }
      }
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the server sent what is no response", e);
    }
  }

  /** The name is field 1 in all four types. */
  private static String nameOf(Any body) throws InvalidProtocolBufferException {
    var in = body.getValue().newCodedInput();
    try {
      in.readTag();
      return in.readString();
    } catch (java.io.IOException e) {
      throw new InvalidProtocolBufferException(e);
    }
  }

  /**
   * Go writes the members of a oneof after all other fields, Java every field in the order of its
   * number. So the hash is one of the resource as Java writes it, beside the length as it arrived.
   */
  private void keep(String name, Any body) throws InvalidProtocolBufferException {
    byte[] url = body.getTypeUrlBytes().toByteArray();
    byte[] canonical = XdsType.of(url, url.length).parse(body.getValue()).toByteArray();
    resources.put(
        key(body.getTypeUrl(), name),
        body.getValue().size() + " bytes, " + Hashing.sha256().hashBytes(canonical));
    asTheyCame.put(
        key(body.getTypeUrl(), name),
        Hashing.sha256().hashBytes(body.getValue().toByteArray()).toString());
  }

  private static String key(String typeUrl, String name) {
    return typeUrl + "/" + name;
  }

  /** Hashes of the bytes as they came, by type URL and name. */
  synchronized SortedMap<String, String> asTheyCame() {
    return new TreeMap<>(asTheyCame);
  }

  /** Lengths, and hashes that do not depend on the order of fields, by type URL and name. */
  synchronized SortedMap<String, String> resources() {
    return new TreeMap<>(resources);
  }
}
