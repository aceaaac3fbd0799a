package dev.serin.e2e.traffic;

import io.netty.bootstrap.Bootstrap;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoop;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpClientCodec;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import java.net.InetSocketAddress;
import java.util.ArrayDeque;
import java.util.LinkedHashSet;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The keep-alive connections to one target and the requests that wait for them, one request a
 * connection at a time. All of it is the event loop's own.
 */
final class TargetConnections {

  private static final int CONNECT_TIMEOUT_MILLIS = 2_000;
  private static final int LARGEST_ANSWER = 1 << 20;

  private final LoadPlan.Target target;
  private final int most;
  private final Ending ending;
  private final Bootstrap bootstrap;
  private final ArrayDeque<PendingRequest> waiting = new ArrayDeque<>();
  private final ArrayDeque<Connection> idle = new ArrayDeque<>();
  private final LinkedHashSet<Connection> open = new LinkedHashSet<>();
  private boolean closed;

  /** Is told how a request ended. */
  @FunctionalInterface
  interface Ending {
    void over(TargetConnections target, PendingRequest request, String version, int status);
  }

  TargetConnections(EventLoop loop, LoadPlan.Target target, int most, Ending ending) {
    this.target = target;
    this.most = most;
    this.ending = ending;
    this.bootstrap =
        new Bootstrap()
            .group(loop)
            .channel(NioSocketChannel.class)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, CONNECT_TIMEOUT_MILLIS);
  }

  String name() {
    return target.name();
  }

  void send(PendingRequest request) {
    Connection connection = idle.pollLast();
    if (connection != null) {
      connection.send(request);
    } else {
      waiting.add(request);
      connectForWaiting();
    }
  }

  private void connectForWaiting() {
    if (!closed && !waiting.isEmpty() && open.size() < most) {
      Connection connection = new Connection();
      open.add(connection);
      connection.connect();
    }
  }

  /** Gives up requests whose time is over. */
  void expire(long now) {
    while (!waiting.isEmpty() && waiting.peek().expiresAt() <= now) {
      ending.over(this, waiting.remove(), "", Outcome.LOST);
    }
    // A copy: an expired connection leaves the set.
    for (Connection connection : List.copyOf(open)) {
      PendingRequest request = connection.current;
      if (request != null && request.expiresAt() <= now) {
        connection.drop();
      }
    }
  }

  void close() {
    closed = true;
    waiting.clear();
    for (Connection connection : List.copyOf(open)) {
      connection.current = null;
      connection.drop();
    }
  }

  private final class Connection extends SimpleChannelInboundHandler<FullHttpResponse> {

    private @Nullable Channel channel;
    private @Nullable PendingRequest current;

    void connect() {
      bootstrap
          .clone()
          .handler(
              new ChannelInitializer<Channel>() {
                @Override
                protected void initChannel(Channel raw) {
                  raw.pipeline()
                      .addLast(new HttpClientCodec())
                      .addLast(new HttpObjectAggregator(LARGEST_ANSWER))
                      .addLast(Connection.this);
                }
              })
          .connect(
              target.address(),
              target.from().map(from -> new InetSocketAddress(from, 0)).orElse(null))
          .addListener((ChannelFuture connected) -> connected(connected));
    }

    private void connected(ChannelFuture connected) {
      if (connected.isSuccess()) {
        channel = connected.channel();
        next();
      } else if (open.remove(this)) {
        // Whoever waits longest is the one that this attempt was for.
        PendingRequest request = waiting.poll();
        if (request != null) {
          ending.over(TargetConnections.this, request, "", Outcome.LOST);
        }
        connectForWaiting();
      }
    }

    private void next() {
      PendingRequest request = waiting.poll();
      if (request == null) {
        idle.add(this);
      } else {
        send(request);
      }
    }

    void send(PendingRequest pending) {
      current = pending;
      LoadPlan.Request request = pending.request();
      var message =
          new DefaultFullHttpRequest(
              HttpVersion.HTTP_1_1, HttpMethod.valueOf(request.method()), request.path());
      message.headers().set(HttpHeaderNames.HOST, request.host());
      request.headers().forEach(message.headers()::set);
      if (channel != null) {
        var unused =
            channel
                .writeAndFlush(message)
                .addListener(written -> {
                  if (!written.isSuccess()) {
                    drop();
                  }
                });
      }
    }

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpResponse response) {
      PendingRequest request = current;
      if (request == null) {
        drop();
        return;
      }
      current = null;
      ending.over(TargetConnections.this, request, version(response), response.status().code());
      if (HttpUtil.isKeepAlive(response)) {
        next();
      } else {
        drop();
      }
    }

    /** The mesh's word for who answered counts more than the upstream's own. */
    private static String version(FullHttpResponse response) {
      String version = response.headers().get("x-serin-version");
      return version != null ? version : response.headers().get(Upstream.VERSION_HEADER, "");
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      drop();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      drop();
    }

    /** Ends the connection, and with it the request that it carries. */
    void drop() {
      if (!open.remove(this)) {
        return;
      }
      idle.remove(this);
      if (channel != null) {
        var unused = channel.close();
      }
      PendingRequest request = current;
      current = null;
      if (request != null) {
        ending.over(TargetConnections.this, request, "", Outcome.LOST);
      }
      connectForWaiting();
    }
  }
}
