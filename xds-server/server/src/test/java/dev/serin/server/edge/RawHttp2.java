package dev.serin.server.edge;

import com.google.protobuf.ByteString;
import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.ByteArrayOutputStream;
import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Optional;

/** A client that speaks HTTP/2 frame by frame, as no library would (RFC 9113). */
final class RawHttp2 implements AutoCloseable {

  static final int RST_STREAM = 0x3;
  static final int SETTINGS = 0x4;
  static final int GO_AWAY = 0x7;
  static final int ENHANCE_YOUR_CALM = 0xb;

  private static final int HEADERS = 0x1;
  private static final int PING = 0x6;
  private static final int WINDOW_UPDATE = 0x8;
  private static final int END_HEADERS = 0x4;
  private static final int CANCEL = 0x8;
  private static final int PATIENCE_MILLIS = 30_000;

  private final Socket socket;
  private final DataInputStream in;
  private final DataOutputStream out;

  /** A frame from the server. */
  record Frame(int type, ByteString payload) {
    /** Of a GOAWAY: why. */
    int errorCode() {
      return payload.asReadOnlyByteBuffer().getInt(4);
    }

    /** Of a GOAWAY: why, in words. */
    String debug() {
      return payload.substring(8).toStringUtf8();
    }
  }

  private RawHttp2(Socket socket) throws IOException {
    this.socket = socket;
    socket.setSoTimeout(PATIENCE_MILLIS);
    this.in = new DataInputStream(new BufferedInputStream(socket.getInputStream()));
    this.out = new DataOutputStream(new BufferedOutputStream(socket.getOutputStream()));
  }

  /** A connection on which nothing has been said. */
  static RawHttp2 silent(int port) throws IOException {
    return new RawHttp2(new Socket(InetAddress.getLoopbackAddress(), port));
  }

  static RawHttp2 open(int port) throws IOException {
    RawHttp2 client = silent(port);
    client.greet();
    return client;
  }

  void greet() throws IOException {
    out.write("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
    frame(SETTINGS, 0, 0, new byte[0]);
    flush();
  }

  /** Begins a call. */
  void call(int streamId, String path) throws IOException {
    ByteArrayOutputStream block = new ByteArrayOutputStream();
    header(block, ":method", "POST");
    header(block, ":scheme", "http");
    header(block, ":path", path);
    header(block, ":authority", "localhost");
    header(block, "content-type", "application/grpc");
    header(block, "te", "trailers");
    frame(HEADERS, END_HEADERS, streamId, block.toByteArray());
  }

  void cancel(int streamId) throws IOException {
    frame(RST_STREAM, 0, streamId, new byte[] {0, 0, 0, CANCEL});
  }

  /** An error of the stream that the server answers with a reset of its own. */
  void provokeReset(int streamId) throws IOException {
    frame(WINDOW_UPDATE, 0, streamId, new byte[4]);
  }

  void ping() throws IOException {
    frame(PING, 0, 0, new byte[8]);
  }

  void flush() throws IOException {
    out.flush();
  }

  /** The next frame of that type; empty: the server has closed the connection. */
  Optional<Frame> next(int type) throws IOException {
    while (true) {
      int high = in.read();
      if (high < 0) {
        return Optional.empty();
      }
      int length = (high << 16) | in.readUnsignedShort();
      int actual = in.readUnsignedByte();
      in.readUnsignedByte(); // flags
      in.readInt(); // stream
      byte[] payload = in.readNBytes(length);
      if (actual == type) {
        return Optional.of(new Frame(actual, ByteString.copyFrom(payload)));
      }
    }
  }

  private void frame(int type, int flags, int streamId, byte[] payload) throws IOException {
    out.writeByte(payload.length >> 16);
    out.writeShort(payload.length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(streamId);
    out.write(payload);
  }

  /** RFC 7541, 6.2.2: a literal without indexing, with a new name. */
  private static void header(ByteArrayOutputStream block, String name, String value) {
    block.write(0);
    for (String text : new String[] {name, value}) {
      block.write(text.length());
      block.writeBytes(text.getBytes(StandardCharsets.US_ASCII));
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
