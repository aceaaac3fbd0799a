package dev.serin.bench.fleet;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;

/**
 * Frames of HTTP/2 (RFC 9113), as far as a gRPC client that sends no compressed header needs them.
 */
final class Http2 {
  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;

  static final int END_STREAM = 0x1;
  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;

  static final int FRAME_HEADER = 9;
  static final int MAX_FRAME = 16_384;
  static final int FIRST_WINDOW = 65_535;

  /** What Envoy opens by default: a big stream's push is not cut by the window. */
  static final int STREAM_WINDOW = 16 << 20;

  static final int CONNECTION_WINDOW = 24 << 20;

  private static final int SETTINGS_HEADER_TABLE_SIZE = 1;
  private static final int SETTINGS_ENABLE_PUSH = 2;
  private static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;
  private static final int SETTING_BYTES = 6;
  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private Http2() {}

  static void frame(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeMedium(length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
  }

  static void preface(ByteBuf out) {
    out.writeBytes(PREFACE);
    frame(out, 3 * SETTING_BYTES, SETTINGS, 0, 0);
    // No dynamic table: each header block can be read without those before it.
    out.writeShort(SETTINGS_HEADER_TABLE_SIZE).writeInt(0);
    out.writeShort(SETTINGS_ENABLE_PUSH).writeInt(0);
    out.writeShort(SETTINGS_INITIAL_WINDOW_SIZE).writeInt(STREAM_WINDOW);
    windowUpdate(out, 0, CONNECTION_WINDOW - FIRST_WINDOW);
  }

  static void windowUpdate(ByteBuf out, int stream, int more) {
    frame(out, 4, WINDOW_UPDATE, 0, stream);
    out.writeInt(more);
  }

  static void reset(ByteBuf out, int stream, int code) {
    frame(out, 4, RST_STREAM, 0, stream);
    out.writeInt(code);
  }

  /** Opens a gRPC call; every header is a literal, never indexed. */
  static void call(ByteBuf out, int stream, String path) {
    int start = out.writerIndex();
    frame(out, 0, HEADERS, END_HEADERS, stream);
    header(out, ":method", "POST");
    header(out, ":scheme", "http");
    header(out, ":path", path);
    header(out, ":authority", "bench");
    header(out, "content-type", "application/grpc");
    header(out, "te", "trailers");
    out.setMedium(start, out.writerIndex() - start - FRAME_HEADER);
  }

  private static void header(ByteBuf out, String name, String value) {
    out.writeByte(0);
    text(out, name);
    text(out, value);
  }

  /** A string without Huffman coding; shorter than 127, so that its length is one byte. */
  private static void text(ByteBuf out, String text) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    if (bytes.length >= 0x7f) {
      throw new IllegalArgumentException(
          "\"" + text + "\": " + bytes.length + " bytes (expected: fewer than 127)");
    }
    out.writeByte(bytes.length);
    out.writeBytes(bytes);
  }
}
