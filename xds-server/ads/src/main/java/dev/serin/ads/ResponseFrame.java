package dev.serin.ads;

import com.google.protobuf.ByteOutput;
import com.google.protobuf.CodedOutputStream;
import com.google.protobuf.UnsafeByteOperations;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.Drainable;
import io.grpc.KnownLength;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * A response as the transport takes it: a head of its own, then the bytes that every stream shares.
 * The transport drains it into one buffer of the exact size, so a resource is copied once a stream
 * and never encoded.
 */
final class ResponseFrame extends InputStream implements Drainable, KnownLength {
  // The messages of both variants number these three alike.
  private static final int VERSION = DiscoveryResponse.VERSION_INFO_FIELD_NUMBER;
  private static final int TYPE = DiscoveryResponse.TYPE_URL_FIELD_NUMBER;
  private static final int NONCE = DiscoveryResponse.NONCE_FIELD_NUMBER;

  private final Variant variant;
  private final Outgoing response;
  private final byte[] head;
  private int size;

  /** Where somebody reads instead of draining, as the in-process transport's clients do. */
  private byte @Nullable [] whole;

  private int position;

  ResponseFrame(Variant variant, Outgoing response) {
    this.variant = variant;
    this.response = response;
    this.head = head(variant, response);
    this.size = head.length;
    for (Resource resource : response.resources()) {
      size += prefix(resource).length + resource.value().size();
    }
  }

  private byte[] prefix(Resource resource) {
    return switch (variant) {
      case STATE_OF_THE_WORLD -> resource.fullPrefix();
      case INCREMENTAL -> resource.deltaPrefix();
    };
  }

  @Override
  public int drainTo(OutputStream target) throws IOException {
    if (whole != null) {
      int left = size - position;
      target.write(whole, position, left);
      position = size;
      return left;
    }
    target.write(head);
    Shared shared = new Shared(target);
    for (Resource resource : response.resources()) {
      target.write(prefix(resource));
      UnsafeByteOperations.unsafeWriteTo(resource.value(), shared);
    }
    int written = size - position;
    position = size;
    return written;
  }

  /**
   * Hands bytes on as they are: a byte string that writes itself to a stream makes a copy first,
   * lest the stream change it. The transport's only reads.
   */
  private static final class Shared extends ByteOutput {
    private final OutputStream target;

    private Shared(OutputStream target) {
      this.target = target;
    }

    @Override
    public void write(byte value) throws IOException {
      target.write(value);
    }

    @Override
    public void write(byte[] value, int offset, int length) throws IOException {
      target.write(value, offset, length);
    }

    @Override
    public void writeLazy(byte[] value, int offset, int length) throws IOException {
      target.write(value, offset, length);
    }

    @Override
    public void write(ByteBuffer value) throws IOException {
      ByteBuffer rest = value.duplicate();
      byte[] bytes = new byte[rest.remaining()];
      rest.get(bytes);
      target.write(bytes);
    }

    @Override
    public void writeLazy(ByteBuffer value) throws IOException {
      write(value);
    }
  }

  @Override
  public int available() {
    return size - position;
  }

  @Override
  public int read() {
    return position == size ? -1 : whole()[position++] & 0xff;
  }

  @Override
  public int read(byte[] target, int offset, int length) {
    if (length == 0) {
      return 0;
    }
    int count = Math.min(length, size - position);
    if (count == 0) {
      return -1;
    }
    System.arraycopy(whole(), position, target, offset, count);
    position += count;
    return count;
  }

  private byte[] whole() {
    byte[] made = whole;
    if (made == null) {
      made = new byte[size];
      int at = 0;
      System.arraycopy(head, 0, made, at, head.length);
      at += head.length;
      for (Resource resource : response.resources()) {
        byte[] prefix = prefix(resource);
        System.arraycopy(prefix, 0, made, at, prefix.length);
        at += prefix.length;
        resource.value().copyTo(made, at);
        at += resource.value().size();
      }
      whole = made;
    }
    return made;
  }

  /** Everything but the resources. Fields may come in any order. */
  private static byte[] head(Variant variant, Outgoing response) {
    byte[] shared = VersionAndType.of(response).encoded;
    int removed = DeltaDiscoveryResponse.REMOVED_RESOURCES_FIELD_NUMBER;
    boolean names = variant == Variant.INCREMENTAL;
    int size = shared.length + CodedOutputStream.computeStringSize(NONCE, response.nonce());
    if (names) {
      for (String name : response.removed()) {
        size += CodedOutputStream.computeStringSize(removed, name);
      }
    }
    byte[] bytes = new byte[size];
    CodedOutputStream out = CodedOutputStream.newInstance(bytes);
    try {
      out.writeRawBytes(shared);
      out.writeString(NONCE, response.nonce());
      if (names) {
        for (String name : response.removed()) {
          out.writeString(removed, name);
        }
      }
      out.checkNoSpaceLeft();
    } catch (IOException e) {
      throw wrongSize(e);
    }
    return bytes;
  }

  /** What the heads of a push have in common, for a fleet in step gets one version. */
  private static final class VersionAndType {
    private static volatile VersionAndType last = of("", "");

    private final String version;
    private final String typeUrl;
    private final byte[] encoded;

    private VersionAndType(String version, String typeUrl, byte[] encoded) {
      this.version = version;
      this.typeUrl = typeUrl;
      this.encoded = encoded;
    }

    static VersionAndType of(Outgoing response) {
      VersionAndType known = last;
      if (known.version.equals(response.version()) && known.typeUrl.equals(response.typeUrl())) {
        return known;
      }
      VersionAndType made = of(response.version(), response.typeUrl());
      last = made;
      return made;
    }

    private static VersionAndType of(String version, String typeUrl) {
      byte[] bytes =
          new byte
              [CodedOutputStream.computeStringSize(VERSION, version)
                  + CodedOutputStream.computeStringSize(TYPE, typeUrl)];
      CodedOutputStream out = CodedOutputStream.newInstance(bytes);
      try {
        out.writeString(VERSION, version);
        out.writeString(TYPE, typeUrl);
        out.checkNoSpaceLeft();
      } catch (IOException e) {
        throw wrongSize(e);
      }
      return new VersionAndType(version, typeUrl, bytes);
    }
  }

  private static UncheckedIOException wrongSize(IOException e) {
    return new UncheckedIOException("the computed size is not the written one", e);
  }
}
