package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.hash.HashFunction;
import com.google.common.hash.Hasher;
import com.google.common.hash.Hashing;
import com.google.protobuf.ByteString;
import com.google.protobuf.CodedInputStream;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.WireFormat;
import com.google.rpc.Status;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import java.io.IOException;
import java.security.SecureRandom;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Reads of a request what the protocol's state depends on, and nothing else: the node of Envoy
 * alone is 60 kB of extensions, and an ACK repeats what it is subscribed to. Bytes that are no
 * message become an {@link Ask.Malformed}, because a parser that throws would end the call with
 * {@code UNKNOWN}.
 */
final class RequestReader {
  /** A rejected regular expression comes back whole. */
  static final int MAX_NACK_CHARS = 2_000;

  /**
   * Keyed anew in every process, so that nobody can prepare names that collide with another's. The
   * faster functions have collisions that hold for every seed (Aumasson and Bernstein, "SipHash: a
   * fast short-input PRF", 2012).
   */
  private static final HashFunction NAMES = keyed(new SecureRandom());

  private static HashFunction keyed(SecureRandom random) {
    return Hashing.sipHash24(random.nextLong(), random.nextLong());
  }

  private static final ImmutableMap<String, String> KNOWN_TYPES =
      ImmutableMap.of(
          TypeUrls.CLUSTER, TypeUrls.CLUSTER,
          TypeUrls.ENDPOINTS, TypeUrls.ENDPOINTS,
          TypeUrls.LISTENER, TypeUrls.LISTENER,
          TypeUrls.ROUTES, TypeUrls.ROUTES);

  private RequestReader() {}

  static Ask full(byte[] message) {
    try {
      return readFull(message);
    } catch (IOException e) {
      return malformed("DiscoveryRequest", e);
    }
  }

  static Ask delta(byte[] message) {
    try {
      return readDelta(message);
    } catch (IOException e) {
      return malformed("DeltaDiscoveryRequest", e);
    }
  }

  private static Ask malformed(String expected, IOException e) {
    return new Ask.Malformed(
        "message: not a "
            + expected
            + " ("
            + e.getMessage()
            + ") (expected: envoy.service"
            + ".discovery.v3."
            + expected
            + ")");
  }

  private static Ask readFull(byte[] message) throws IOException {
    ByteString node = null;
    String typeUrl = "";
    String nonce = "";
    String error = null;
    String versionInfo = "";
    int[] bounds = new int[0];
    int names = 0;
    int longest = 0;
    Hasher hasher = NAMES.newHasher();
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (field(tag)) {
        case DiscoveryRequest.VERSION_INFO_FIELD_NUMBER -> versionInfo = in.readString();
        case DiscoveryRequest.NODE_FIELD_NUMBER -> node = in.readBytes();
        case DiscoveryRequest.TYPE_URL_FIELD_NUMBER -> typeUrl = known(in.readString());
        case DiscoveryRequest.RESPONSE_NONCE_FIELD_NUMBER -> nonce = in.readString();
        case DiscoveryRequest.ERROR_DETAIL_FIELD_NUMBER -> error = words(in.readBytes());
        case DiscoveryRequest.RESOURCE_NAMES_FIELD_NUMBER -> {
          int length = in.readUInt32();
          int start = in.getTotalBytesRead();
          in.skipRawBytes(length);
          if (2 * names == bounds.length) {
            bounds = Arrays.copyOf(bounds, Math.max(8, 2 * bounds.length));
          }
          bounds[2 * names] = start;
          bounds[2 * names + 1] = start + length;
          names++;
          longest = Math.max(longest, length);
          hasher.putInt(length).putBytes(message, start, length);
        }
        default -> skip(in, tag);
      }
    }
    NameList list =
        new NameList(message, Arrays.copyOf(bounds, 2 * names), hasher.hash().asLong(), longest);
    return new Ask.Full(node, typeUrl, nonce, error, list, versionInfo);
  }

  private static Ask readDelta(byte[] message) throws IOException {
    ByteString node = null;
    String typeUrl = "";
    String nonce = "";
    String error = null;
    // Most are plain ACKs, which have none of these.
    List<String> subscribe = List.of();
    List<String> unsubscribe = List.of();
    Map<String, String> versions = Map.of();
    CodedInputStream in = CodedInputStream.newInstance(message);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (field(tag)) {
        case DeltaDiscoveryRequest.NODE_FIELD_NUMBER -> node = in.readBytes();
        case DeltaDiscoveryRequest.TYPE_URL_FIELD_NUMBER -> typeUrl = known(in.readString());
        case DeltaDiscoveryRequest.RESPONSE_NONCE_FIELD_NUMBER -> nonce = in.readString();
        case DeltaDiscoveryRequest.ERROR_DETAIL_FIELD_NUMBER -> error = words(in.readBytes());
        case DeltaDiscoveryRequest.RESOURCE_NAMES_SUBSCRIBE_FIELD_NUMBER ->
            subscribe = and(subscribe, in.readString());
        case DeltaDiscoveryRequest.RESOURCE_NAMES_UNSUBSCRIBE_FIELD_NUMBER ->
            unsubscribe = and(unsubscribe, in.readString());
        case DeltaDiscoveryRequest.INITIAL_RESOURCE_VERSIONS_FIELD_NUMBER -> {
          versions = versions.isEmpty() ? new HashMap<>() : versions;
          readEntry(in.readByteArray(), versions);
        }
        default -> skip(in, tag);
      }
    }
    return new Ask.Delta(
        node,
        typeUrl,
        nonce,
        error,
        ImmutableList.copyOf(subscribe),
        ImmutableList.copyOf(unsubscribe),
        ImmutableMap.copyOf(versions));
  }

  private static List<String> and(List<String> some, String one) {
    List<String> all = some.isEmpty() ? new ArrayList<>() : some;
    all.add(one);
    return all;
  }

  /** A map field is a message of key 1 and value 2. */
  private static void readEntry(byte[] entry, Map<String, String> versions) throws IOException {
    String name = "";
    String version = "";
    CodedInputStream in = CodedInputStream.newInstance(entry);
    for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
      switch (field(tag)) {
        case 1 -> name = in.readString();
        case 2 -> version = in.readString();
        default -> skip(in, tag);
      }
    }
    versions.put(name, version);
  }

  /** The field's number, or 0 where it is not encoded as all fields that are read here are. */
  private static int field(int tag) {
    return WireFormat.getTagWireType(tag) == WireFormat.WIRETYPE_LENGTH_DELIMITED
        ? WireFormat.getTagFieldNumber(tag)
        : 0;
  }

  private static void skip(CodedInputStream in, int tag) throws IOException {
    if (!in.skipField(tag)) {
      throw new InvalidProtocolBufferException("a group ends that never began");
    }
  }

  private static String known(String typeUrl) {
    return KNOWN_TYPES.getOrDefault(typeUrl, typeUrl);
  }

  private static @Nullable String words(ByteString detail) throws IOException {
    Status status = Status.parseFrom(detail);
    String message =
        status.getMessage().isEmpty() ? "code " + status.getCode() : status.getMessage();
    return message.length() <= MAX_NACK_CHARS
        ? message
        : message.substring(0, MAX_NACK_CHARS) + "...";
  }
}
