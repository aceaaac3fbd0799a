package dev.serin.server.edge;

import dev.serin.ads.StreamThreads;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * The event loops of the xDS listener. Discovery streams run on them altogether: a message or a
 * push then crosses no thread on its way. Other services have to be kept off them, see {@link
 * OffLoop}.
 */
public final class EventLoops implements StreamThreads, AutoCloseable {
  private static final int SHUTDOWN_SECONDS = 2;

  /** Where it can be had a connection costs a quarter less memory than with the JDK's sockets. */
  private final boolean epoll = Epoll.isAvailable();

  private final EventLoopGroup group;

  /** As many loops as there are processors. */
  public EventLoops() {
    this.group =
        new MultiThreadIoEventLoopGroup(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            new DefaultThreadFactory("serin-xds", /* daemon= */ true),
            epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /**
   * Has a server run on these loops, its calls included.
   *
   * @param guard sees every server socket before it is bound
   */
  NettyServerBuilder use(NettyServerBuilder builder, UnaryOperator<ServerSocketChannel> guard) {
    return builder
        .directExecutor()
        .channelFactory(() -> guard.apply(serverSocket()))
        .bossEventLoopGroup(group)
        .workerEventLoopGroup(group);
  }

  private ServerSocketChannel serverSocket() {
    return epoll ? new EpollServerSocketChannel() : new NioServerSocketChannel();
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
