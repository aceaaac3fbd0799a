package dev.serin.server.edge;

import dev.serin.ads.StreamThreads;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of the xDS listener. Discovery streams run on them altogether: a message or a
 * push then crosses no thread on its way. Other services have to be kept off them, see {@link
 * OffLoop}.
 */
public final class EventLoops implements StreamThreads, AutoCloseable {
  private static final int SHUTDOWN_SECONDS = 2;

  private final EventLoopGroup group;

  /** As many loops as there are processors. */
  public EventLoops() {
    this.group =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("serin-xds", /* daemon= */ true),
            NioIoHandler.newFactory());
  }

  /** Has a server run on these loops, its calls included. */
  public NettyServerBuilder use(NettyServerBuilder builder) {
    return builder
        .directExecutor()
        .channelType(NioServerSocketChannel.class)
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group);
  }

  @Override
  public @Nullable Executor current() {
    for (EventExecutor loop : group) {
      if (loop.inEventLoop()) {
        return loop;
      }
    }
    return null;
  }

  /** After the server has ended. */
  @Override
  public void close() {
    var ignored = group.shutdownGracefully(0, SHUTDOWN_SECONDS, TimeUnit.SECONDS);
  }
}
