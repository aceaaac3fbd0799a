package dev.serin.e2e.traffic;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInitializer;
import io.netty.channel.ChannelOption;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.SimpleChannelInboundHandler;
import io.netty.channel.group.ChannelGroup;
import io.netty.channel.group.DefaultChannelGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.FullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaderValues;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpServerKeepAliveHandler;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.LongAdder;

/**
 * One version of a service: an HTTP/1.1 server on loopback that answers with its version, in the
 * body and in the header {@value #VERSION_HEADER}, and behaves as it is told to. One thread serves
 * all connections. {@code /healthz} is answered 200 at once and not counted.
 */
public final class Upstream implements AutoCloseable {

  /** Names the version in every answer. */
  public static final String VERSION_HEADER = "x-upstream-version";

  private static final int LARGEST_REQUEST = 1 << 20;

  private final String version;
  private final EventLoopGroup loop;
  private final ChannelGroup channels;
  private final int port;
  private final SplittableRandom random;
  private final LongAdder requests = new LongAdder();
  private final LongAdder errors = new LongAdder();
  private volatile Behaviour behaviour;

  private Upstream(String version, int port, Behaviour behaviour, long seed) throws IOException {
    this.version = version;
    this.behaviour = behaviour;
    this.random = new SplittableRandom(seed);
    this.loop =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("upstream-" + version, true), NioIoHandler.newFactory());
    this.channels = new DefaultChannelGroup(loop.next());
    this.port = bind(port);
  }

  /**
   * Starts a version.
   *
   * @param port to listen on, 0 for any free one
   * @param seed of its errors and latencies
   * @throws IOException when the port is taken
   */
  public static Upstream start(String version, int port, Behaviour behaviour, long seed)
      throws IOException {
    return new Upstream(version, port, behaviour, seed);
  }

  private int bind(int wanted) throws IOException {
    ServerBootstrap bootstrap =
        new ServerBootstrap()
            .group(loop)
            .channel(NioServerSocketChannel.class)
            .option(ChannelOption.SO_BACKLOG, 1024)
            .childOption(ChannelOption.TCP_NODELAY, true)
            .childHandler(new Connection());
    var bound = bootstrap.bind(InetAddress.getLoopbackAddress(), wanted).awaitUninterruptibly();
    if (!bound.isSuccess()) {
      loop.shutdownGracefully(0, 0, TimeUnit.SECONDS).awaitUninterruptibly();
      throw new IOException(
          "upstream %s cannot listen on port %d".formatted(version, wanted), bound.cause());
    }
    channels.add(bound.channel());
    return ((InetSocketAddress) bound.channel().localAddress()).getPort();
  }

  public String version() {
    return version;
  }

  public int port() {
    return port;
  }

  /** Changes how it answers, from the next request on. */
  public void behave(Behaviour behaviour) {
    this.behaviour = behaviour;
  }

  /** How many requests it has received. */
  public long requests() {
    return requests.sum();
  }

  /** How many of them it has answered with an error, or is about to. */
  public long errors() {
    return errors.sum();
  }

  @Override
  public void close() {
    channels.close().awaitUninterruptibly();
    loop.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
  }

  private final class Connection extends ChannelInitializer<Channel> {

    @Override
    protected void initChannel(Channel channel) {
      channels.add(channel);
      channel
          .pipeline()
          .addLast(new HttpServerCodec())
          .addLast(new HttpServerKeepAliveHandler())
          .addLast(new HttpObjectAggregator(LARGEST_REQUEST))
          .addLast(new Answering());
    }
  }

  /**
   * Answers in the order of arrival: a proxy does not send a second request before the first's
   * answer.
   */
  private final class Answering extends SimpleChannelInboundHandler<FullHttpRequest> {

    @Override
    protected void channelRead0(ChannelHandlerContext context, FullHttpRequest request) {
      if (request.uri().equals("/healthz")) {
        reply(context, answer(HttpResponseStatus.OK, "ok\n"));
        return;
      }
      Behaviour now = behaviour;
      boolean error = now.drawError(random);
      long latency = now.drawLatency(random);
      requests.increment();
      if (error) {
        errors.increment();
      }
      FullHttpResponse answer =
          error
              ? answer(HttpResponseStatus.INTERNAL_SERVER_ERROR, version + " failed\n")
              : answer(HttpResponseStatus.OK, version + "\n");
      if (latency == 0) {
        reply(context, answer);
      } else {
        var unused =
            context
                .executor()
                .schedule(() -> reply(context, answer), latency, TimeUnit.NANOSECONDS);
      }
    }

    private static void reply(ChannelHandlerContext context, FullHttpResponse answer) {
      var unused =
          context.writeAndFlush(answer).addListener(ChannelFutureListener.CLOSE_ON_FAILURE);
    }

    private FullHttpResponse answer(HttpResponseStatus status, String body) {
      var answer =
          new DefaultFullHttpResponse(
              HttpVersion.HTTP_1_1, status, Unpooled.wrappedBuffer(body.getBytes(UTF_8)));
      answer
          .headers()
          .set(VERSION_HEADER, version)
          .set(HttpHeaderNames.CONTENT_TYPE, HttpHeaderValues.TEXT_PLAIN)
          .setInt(HttpHeaderNames.CONTENT_LENGTH, answer.content().readableBytes());
      return answer;
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      // A client that went away; its own side counts what it lost.
      var unused = context.close();
    }
  }
}
