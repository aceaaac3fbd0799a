package dev.serin.bench.fleet;

import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection with its streams. Answers to what one read brought leave in one write, as
 * in any client that batches.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails ends the connection, which is told
final class Connection extends ChannelInboundHandlerAdapter {
  private static final int CONTROL_BYTES = 16 << 10;
  private static final int SETTINGS_INITIAL_WINDOW_SIZE = 4;

  private final Fleet fleet;
  private final byte[] header = new byte[Http2.FRAME_HEADER];
  private List<ProxyStream> streams = List.of();
  private @Nullable ChannelHandlerContext context;
  private @Nullable ByteBuf out;
  private @Nullable ByteBuf control;
  private int headerLength;
  private int frameLeft;
  private int frameType;
  private int frameFlags;
  private int frameStream;
  private int sendWindow = Http2.FIRST_WINDOW;

  /** What the server's settings give a new stream. */
  private int streamWindow = Http2.FIRST_WINDOW;

  private int unacknowledged;
  private boolean ended;

  Connection(Fleet fleet) {
    this.fleet = fleet;
  }

  /** Set before the connection is made. */
  void carry(List<ProxyStream> those) {
    streams = those;
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    context = ctx;
    ByteBuf first = out();
    Http2.preface(first);
    for (ProxyStream stream : streams) {
      Http2.call(first, stream.id(), fleet.path());
      stream.window = streamWindow;
    }
    streams.forEach(ProxyStream::begin);
    flush();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end("the server closed the connection");
    release();
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(cause.toString());
    ctx.close();
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    fleet.read(in.readableBytes());
    try {
      while (in.isReadable()) {
        if (headerLength < Http2.FRAME_HEADER) {
          int taken = Math.min(in.readableBytes(), Http2.FRAME_HEADER - headerLength);
          in.readBytes(header, headerLength, taken);
          headerLength += taken;
          if (headerLength == Http2.FRAME_HEADER) {
            frame();
          }
        } else {
          payload(in, Math.min(in.readableBytes(), frameLeft));
        }
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    flush();
  }

  private void frame() {
    frameLeft = ((header[0] & 0xff) << 16) | ((header[1] & 0xff) << 8) | (header[2] & 0xff);
    frameType = header[3] & 0xff;
    frameFlags = header[4] & 0xff;
    frameStream =
        ((header[5] & 0x7f) << 24)
            | ((header[6] & 0xff) << 16)
            | ((header[7] & 0xff) << 8)
            | (header[8] & 0xff);
    if (frameType == Http2.DATA) {
      if ((frameFlags & Http2.PADDED) != 0) {
        throw new IllegalStateException("DATA with padding (expected: none, gRPC uses none)");
      }
      took(frameLeft);
    }
    if (frameLeft == 0) {
      endOfFrame();
    }
  }

  private void payload(ByteBuf in, int taken) {
    if (frameType == Http2.DATA) {
      stream().read(in, taken);
    } else {
      if (control == null) {
        control = alloc(CONTROL_BYTES);
      }
      control.writeBytes(in, taken);
    }
    frameLeft -= taken;
    if (frameLeft == 0) {
      endOfFrame();
    }
  }

  private ProxyStream stream() {
    return streams.get((frameStream - 1) / 2);
  }

  /** Flow control: what was taken is given back by halves of the window. */
  private void took(int bytes) {
    unacknowledged += bytes;
    if (unacknowledged >= Http2.CONNECTION_WINDOW / 2) {
      Http2.windowUpdate(out(), 0, unacknowledged);
      unacknowledged = 0;
    }
    ProxyStream stream = stream();
    stream.unacknowledged += bytes;
    if (stream.unacknowledged >= Http2.STREAM_WINDOW / 2) {
      Http2.windowUpdate(out(), frameStream, stream.unacknowledged);
      stream.unacknowledged = 0;
    }
  }

  private void endOfFrame() {
    headerLength = 0;
    ByteBuf payload = control;
    control = null;
    try {
      switch (frameType) {
        case Http2.SETTINGS -> settings(payload);
        case Http2.PING -> ping(payload);
        case Http2.WINDOW_UPDATE -> moreWindow(payload);
        case Http2.GOAWAY -> end("GOAWAY " + Trailers.text(payload));
        case Http2.RST_STREAM -> end("RST_STREAM");
        case Http2.HEADERS, Http2.DATA -> {
          if ((frameFlags & Http2.END_STREAM) != 0) {
            end("the server ended a stream: " + Trailers.read(payload));
          }
        }
        default -> {} // frames that a client may ignore
      }
    } finally {
      if (payload != null) {
        payload.release();
      }
    }
  }

  private void settings(@Nullable ByteBuf payload) {
    if ((frameFlags & Http2.ACK) != 0) {
      return;
    }
    while (payload != null && payload.isReadable()) {
      int setting = payload.readUnsignedShort();
      int value = payload.readInt();
      if (setting == SETTINGS_INITIAL_WINDOW_SIZE) {
        int more = value - streamWindow;
        streamWindow = value;
        streams.forEach(stream -> stream.window += more);
      }
    }
    Http2.frame(out(), 0, Http2.SETTINGS, Http2.ACK, 0);
    streams.forEach(this::drain);
  }

  private void ping(@Nullable ByteBuf payload) {
    if ((frameFlags & Http2.ACK) == 0 && payload != null) {
      Http2.frame(out(), payload.readableBytes(), Http2.PING, Http2.ACK, 0);
      out().writeBytes(payload);
    }
  }

  private void moreWindow(@Nullable ByteBuf payload) {
    int more = payload == null ? 0 : payload.readInt();
    if (frameStream == 0) {
      sendWindow += more;
      streams.forEach(this::drain);
    } else {
      stream().window += more;
      drain(stream());
    }
  }

  /** Sends one gRPC message, at once or when the windows allow it. */
  void send(ProxyStream stream, Consumer<ByteBuf> message) {
    ByteBuf target = out();
    int start = target.writerIndex();
    Http2.frame(target, 0, Http2.DATA, 0, stream.id());
    message.accept(target);
    int length = target.writerIndex() - start - Http2.FRAME_HEADER;
    if (stream.waiting.isEmpty()
        && length <= Http2.MAX_FRAME
        && length <= sendWindow
        && length <= stream.window) {
      target.setMedium(start, length);
      sendWindow -= length;
      stream.window -= length;
    } else {
      stream.waiting.add(target.copy(start + Http2.FRAME_HEADER, length));
      target.writerIndex(start);
      drain(stream);
    }
  }

  private void drain(ProxyStream stream) {
    while (!stream.waiting.isEmpty()) {
      ByteBuf first = stream.waiting.element();
      int length =
          Math.min(
              Math.min(first.readableBytes(), Http2.MAX_FRAME),
              Math.min(sendWindow, stream.window));
      if (length <= 0) {
        return;
      }
      Http2.frame(out(), length, Http2.DATA, 0, stream.id());
      out().writeBytes(first, length);
      sendWindow -= length;
      stream.window -= length;
      if (!first.isReadable()) {
        stream.waiting.remove().release();
      }
    }
  }

  private ByteBuf out() {
    if (out == null) {
      out = alloc(256);
    }
    return out;
  }

  private ByteBuf alloc(int bytes) {
    if (context == null) {
      throw new IllegalStateException("the connection is not open yet");
    }
    return context.alloc().buffer(bytes);
  }

  void flush() {
    if (out != null && context != null) {
      context.writeAndFlush(out, context.voidPromise());
      out = null;
    }
  }

  private void end(String why) {
    if (!ended) {
      ended = true;
      fleet.lost(streams.size(), why);
    }
  }

  private void release() {
    streams.forEach(stream -> stream.waiting.forEach(ByteBuf::release));
    streams.forEach(stream -> stream.waiting.clear());
    if (control != null) {
      control.release();
      control = null;
    }
    if (out != null) {
      out.release();
      out = null;
    }
  }
}
