package dev.serin.server.edge;

import dev.serin.ads.StreamThreads;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.IoEventLoop;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SingleThreadIoEventLoop;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.ResourceLeakDetector;
import io.netty.util.concurrent.DefaultThreadFactory;
import io.netty.util.concurrent.EventExecutor;
import io.netty.util.concurrent.RejectedExecutionHandlers;
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

  /** Netty's own property, for who looks for a leak. */
  private static final String LEAK_DETECTION = "io.netty.leakDetection.level";

  /**
   * So long a loop works at its tasks before it looks at its connections again. Netty's second is a
   * whole fan-out, in which no answer, no telemetry and nobody new would be heard.
   */
  private static final long TASKS_NANOS = 5_000_000;

  static {
    // It takes a stack trace of one buffer in a hundred, to tell of those that are never released.
    if (System.getProperty(LEAK_DETECTION) == null) {
      ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    }
  }

  /** Where it can be had a connection costs a quarter less memory than with the JDK's sockets. */
  private final boolean epoll = Epoll.isAvailable();

  private final EventLoopGroup group;

  /** As many loops as there are processors. */
  public EventLoops() {
    this.group = new Loops(epoll ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
  }

  /** Loops that look at their connections between tasks more often than Netty's do. */
  private static final class Loops extends MultiThreadIoEventLoopGroup {
    private Loops(IoHandlerFactory sockets) {
      super(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          new DefaultThreadFactory("serin-xds", /* daemon= */ true),
          sockets);
    }

    @Override
    protected IoEventLoop newChild(Executor executor, IoHandlerFactory sockets, Object... unused) {
      return new SingleThreadIoEventLoop(
          this,
          executor,
          sockets,
          /* maxPendingTasks= */ Integer.MAX_VALUE,
          RejectedExecutionHandlers.reject(),
          TASKS_NANOS);
    }
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
