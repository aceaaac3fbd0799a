package dev.serin.bench.fleet;

import dev.serin.bench.content.Marker;
import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Reads the gRPC messages of one stream as their bytes come, and keeps of each what an ACK needs:
 * type, version and nonce. Of a resource it looks at the first kilobyte, for the marker of a push;
 * the rest is skipped, so that a client of thousands of streams costs little.
 */
final class ResponseScanner {
  private static final int HEAD_BYTES = 1_024;
  private static final int TEXT_BYTES = 128;

  private static final int PREFIX_BYTES = 5;
  private static final int VERSION = 1;
  private static final int RESOURCE = 2;
  private static final int TYPE_URL = 4;
  private static final int NONCE = 5;

  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int LENGTH_DELIMITED = 2;
  private static final int FIXED32 = 5;

  /** What the next byte belongs to. */
  private enum At {
    PREFIX,
    TAG,
    LENGTH,
    NUMBER,
    BODY
  }

  /** Asked at each resource: what to look for; null: nothing. */
  interface Wanted {
    @Nullable Marker marker();
  }

  private final boolean delta;
  private final Wanted wanted;
  private final Runnable onResponse;

  final byte[] version = new byte[TEXT_BYTES];
  final byte[] typeUrl = new byte[TEXT_BYTES];
  final byte[] nonce = new byte[TEXT_BYTES];
  int versionLength;
  int typeUrlLength;
  int nonceLength;

  /** Resources in the response. */
  int resources;

  /** Whether the marker stood in one of them. */
  boolean marked;

  private final byte[] head = new byte[HEAD_BYTES];
  private int headLength;
  private At at = At.PREFIX;
  private int prefix;
  private int messageLeft;
  private int field;
  private int wireType;
  private int bodyLeft;
  private long number;
  private int shift;

  /** The length of the field that {@link #find} found, which may reach beyond the head. */
  private int found;

  ResponseScanner(boolean delta, Wanted wanted, Runnable onResponse) {
    this.delta = delta;
    this.wanted = wanted;
    this.onResponse = onResponse;
  }

  /** Takes {@code length} bytes of the stream. */
  void read(ByteBuf in, int length) {
    int left = length;
    while (left > 0) {
      if (at == At.BODY) {
        int taken = Math.min(left, bodyLeft);
        body(in, taken);
        left -= taken;
        messageLeft -= taken;
      } else {
        one(in.readByte() & 0xff);
        left--;
      }
      if (at == At.TAG && messageLeft == 0 && prefix == PREFIX_BYTES) {
        end();
      }
    }
  }

  private void one(int b) {
    switch (at) {
      case PREFIX -> prefix(b);
      case TAG, LENGTH, NUMBER -> {
        messageLeft--;
        number |= (long) (b & 0x7f) << shift;
        shift += 7;
        if (b < 0x80) {
          number();
        }
      }
      case BODY -> throw new AssertionError("bodies are taken as a whole");
    }
  }

  private void prefix(int b) {
    if (prefix == 0) {
      if (b != 0) {
        throw new IllegalStateException("message flag: " + b + " (expected: 0, not compressed)");
      }
      messageLeft = 0;
      versionLength = 0;
      typeUrlLength = 0;
      nonceLength = 0;
      resources = 0;
      marked = false;
    } else {
      messageLeft = (messageLeft << 8) | b;
    }
    prefix++;
    if (prefix == PREFIX_BYTES) {
      next(At.TAG);
    }
  }

  private void next(At place) {
    at = place;
    number = 0;
    shift = 0;
  }

  private void number() {
    long value = number;
    switch (at) {
      case TAG -> {
        field = (int) (value >>> 3);
        wireType = (int) (value & 7);
        switch (wireType) {
          case VARINT -> next(At.NUMBER);
          case LENGTH_DELIMITED -> next(At.LENGTH);
          case FIXED64 -> bodyOf(8);
          case FIXED32 -> bodyOf(4);
          default ->
              throw new IllegalStateException("wire type: " + wireType + " (expected: 0, 1, 2, 5)");
        }
      }
      case LENGTH -> bodyOf((int) value);
      case NUMBER -> next(At.TAG);
      case PREFIX, BODY -> throw new AssertionError(at + " holds no number");
    }
  }

  private void bodyOf(int length) {
    next(At.BODY);
    bodyLeft = length;
    if (field == RESOURCE) {
      headLength = 0;
    }
    if (length == 0) {
      endOfBody();
    }
  }

  private void body(ByteBuf in, int taken) {
    switch (field) {
      case VERSION -> versionLength = text(in, taken, version, versionLength);
      case TYPE_URL -> typeUrlLength = text(in, taken, typeUrl, typeUrlLength);
      case NONCE -> nonceLength = text(in, taken, nonce, nonceLength);
      case RESOURCE -> {
        int kept = Math.min(taken, HEAD_BYTES - headLength);
        in.readBytes(head, headLength, kept);
        headLength += kept;
        in.skipBytes(taken - kept);
      }
      default -> in.skipBytes(taken); // fields that nothing here depends on
    }
    bodyLeft -= taken;
    if (bodyLeft == 0) {
      endOfBody();
    }
  }

  private static int text(ByteBuf in, int taken, byte[] into, int length) {
    if (length + taken > into.length) {
      throw new IllegalStateException(
          "a version, nonce or type URL of more than " + into.length + " bytes");
    }
    in.readBytes(into, length, taken);
    return length + taken;
  }

  private void endOfBody() {
    if (field == RESOURCE) {
      resources++;
      Marker marker = wanted.marker();
      marked |= marker != null && carries(marker);
    }
    next(At.TAG);
  }

  private void end() {
    prefix = 0;
    next(At.PREFIX);
    onResponse.run();
  }

  /**
   * The head of the response's last resource from its name on, where weights stand: whatever
   * version a server gives to it, and however it counts, equal content has an equal one.
   */
  byte[] routesHead() {
    int name = nameOf();
    return name < 0 ? new byte[0] : Arrays.copyOfRange(head, name, headLength);
  }

  /** Where the name of the resource in the head begins; its length is {@link #found}. */
  private int nameOf() {
    int any = delta ? find(0, 2) : 0;
    int value = any < 0 ? -1 : find(any, 2);
    return value < 0 ? -1 : find(value, 1);
  }

  /** Whether the head is that of the marked RouteConfiguration with the marked weight. */
  private boolean carries(Marker marker) {
    int name = nameOf();
    byte[] routes = marker.routes();
    return name >= 0
        && found == routes.length
        && name + found <= headLength
        && Arrays.equals(head, name, name + found, routes, 0, found)
        && contains(name + found, marker.weight());
  }

  /** The start of a length-delimited field's body in the message that begins at {@code from}. */
  private int find(int from, int wantedField) {
    int i = from;
    while (i + 1 < headLength) {
      int tag = head[i++];
      if ((tag & 7) != LENGTH_DELIMITED || tag < 0) {
        return -1;
      }
      int length = 0;
      int bits = 0;
      int b;
      do {
        if (i == headLength) {
          return -1;
        }
        b = head[i++];
        length |= (b & 0x7f) << bits;
        bits += 7;
      } while (b < 0);
      if (tag >>> 3 == wantedField) {
        found = length;
        return i;
      }
      i += length;
    }
    return -1;
  }

  private boolean contains(int from, byte[] bytes) {
    for (int i = from; i + bytes.length <= headLength; i++) {
      if (head[i] == bytes[0] && Arrays.equals(head, i, i + bytes.length, bytes, 0, bytes.length)) {
        return true;
      }
    }
    return false;
  }
}
