package dev.serin.bench.fleet;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelOption;
import io.netty.handler.codec.ByteToMessageDecoder;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * Opens streams on one connection and resets each at once, in batches: the next goes out when the
 * server has answered a ping after the last, so that what was opened is what the server took.
 */
@SuppressWarnings(
    "FutureReturnValueIgnored") // a write that fails ends the connection, which is told
public final class ResetStorm extends ByteToMessageDecoder {
  private static final int BATCH = 100;
  private static final int CANCEL = 8;
  private static final int PATIENCE_SECONDS = 120;
  private static final String PATH =
      "/envoy.service.discovery.v3.AggregatedDiscoveryService/StreamAggregatedResources";

  /**
   * How it ended.
   *
   * @param opened streams that were opened and reset
   * @param cutOff whether the server ended the connection
   */
  public record Outcome(int opened, boolean cutOff, long nanos) {}

  private final int most;
  private final long begun = System.nanoTime();
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private int opened;

  private ResetStorm(int most) {
    this.most = most;
  }

  /** Runs until the server ends the connection, or all streams were opened. */
  public static Outcome run(int port, int most, Loops loops)
      throws IOException, InterruptedException {
    ResetStorm storm = new ResetStorm(most);
    var channel =
        new Bootstrap()
            .group(loops.group())
            .channel(loops.channelType())
            .option(ChannelOption.TCP_NODELAY, true)
            .handler(storm)
            .connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))
            .sync()
            .channel();
    try {
      return storm.outcome.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException("the storm of resets did not end: " + e, e);
    } finally {
      channel.close().sync();
    }
  }

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    ByteBuf out = ctx.alloc().buffer();
    Http2.preface(out);
    batch(ctx, out);
  }

  private void batch(ChannelHandlerContext ctx, ByteBuf out) {
    for (int i = 0; i < BATCH && opened < most; i++) {
      int stream = 2 * opened + 1;
      Http2.call(out, stream, PATH);
      Http2.reset(out, stream, CANCEL);
      opened++;
    }
    Http2.frame(out, Long.BYTES, Http2.PING, 0, 0);
    out.writeLong(opened);
    ctx.writeAndFlush(out);
  }

  @Override
  protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out) {
    int start = in.readerIndex();
    if (in.readableBytes() < Http2.FRAME_HEADER
        || in.readableBytes() < Http2.FRAME_HEADER + in.getUnsignedMedium(start)) {
      return;
    }
    int length = in.readUnsignedMedium();
    int type = in.readUnsignedByte();
    int flags = in.readUnsignedByte();
    in.skipBytes(Integer.BYTES);
    ByteBuf payload = in.readSlice(length);
    boolean answer = (flags & Http2.ACK) != 0;
    switch (type) {
      case Http2.SETTINGS -> {
        if (!answer) {
          acknowledge(ctx, type, payload.slice(0, 0));
        }
      }
      case Http2.PING -> {
        if (!answer) {
          acknowledge(ctx, type, payload);
        } else if (opened == most) {
          end(false);
        } else {
          batch(ctx, ctx.alloc().buffer());
        }
      }
      case Http2.GOAWAY -> end(true);
      default -> {} // what the server says of single streams
    }
  }

  private static void acknowledge(ChannelHandlerContext ctx, int type, ByteBuf payload) {
    ByteBuf ack = ctx.alloc().buffer();
    Http2.frame(ack, payload.readableBytes(), type, Http2.ACK, 0);
    ack.writeBytes(payload);
    ctx.writeAndFlush(ack);
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    end(true);
  }

  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    end(true);
    ctx.close();
  }

  private void end(boolean cutOff) {
    outcome.complete(new Outcome(opened, cutOff, System.nanoTime() - begun));
  }
}
