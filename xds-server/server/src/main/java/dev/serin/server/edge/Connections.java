package dev.serin.server.edge;

import dev.serin.server.config.ServerConfig;
import io.grpc.Attributes;
import io.grpc.Grpc;
import io.grpc.ServerTransportFilter;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.handler.codec.http2.Http2ConnectionAdapter;
import io.netty.handler.codec.http2.Http2ConnectionHandler;
import io.netty.handler.codec.http2.Http2Error;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The connections of a listener: how many there may be, and how fast new ones come in. A connection
 * too many is closed before a byte of it is read; one that comes in a storm waits, accepted by the
 * kernel and untouched by us, until a handshake of it can be paid for.
 */
final class Connections extends ServerTransportFilter {
  private static final Logger log = LoggerFactory.getLogger(Connections.class);

  private final ServerConfig.Connections limits;
  private final EdgeMeters meters;
  private final Quota<PeerAddress> perAddress;
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicInteger waiting = new AtomicInteger();
  private final ConcurrentHashMap<SocketAddress, Channel> channels = new ConcurrentHashMap<>();

  Connections(ServerConfig.Connections limits, EdgeMeters meters) {
    this.limits = limits;
    this.meters = meters;
    this.perAddress = new Quota<>(limits.perAddress());
    meters.gauge("connections", "Connections open.", open::get);
    meters.gauge("connections.waiting", "New connections that wait their turn.", waiting::get);
  }

  /** Has a server socket look at every connection before anything else does. */
  ServerSocketChannel guard(ServerSocketChannel socket) {
    socket.pipeline().addLast(new Gate());
    return socket;
  }

  /** One server socket's; used by its event loop alone. */
  private final class Gate extends ChannelInboundHandlerAdapter {
    private final Pacer<PeerAddress, Arrival> pacer =
        new Pacer<>(limits.newPerSecond(), System.nanoTime());
    private boolean scheduled;

    private record Arrival(Channel channel, PeerAddress from) {}

    @Override
    public void channelRead(ChannelHandlerContext context, Object accepted) {
      Channel channel = (Channel) accepted;
      Arrival arrival = new Arrival(channel, PeerAddress.of(channel.remoteAddress()));
      if (open.get() >= limits.all()) {
        refuse(arrival, EdgeMeters.Refusal.CONNECTIONS);
      } else if (!perAddress.enter(arrival.from())) {
        refuse(arrival, EdgeMeters.Refusal.CONNECTIONS_PER_ADDRESS);
      } else {
        open.incrementAndGet();
        pace(context, arrival);
      }
    }

    private void pace(ChannelHandlerContext context, Arrival arrival) {
      switch (pacer.enter(arrival.from(), arrival, System.nanoTime())) {
        case LET_IN -> letIn(context, arrival);
        case WAITS -> schedule(context);
        case TURNED_AWAY -> {
          left(arrival.from());
          refuse(arrival, EdgeMeters.Refusal.CONNECTION_STORM);
        }
      }
      waiting.set(pacer.waiting());
    }

    private void letIn(ChannelHandlerContext context, Arrival arrival) {
      Channel channel = arrival.channel();
      SocketAddress remote = channel.remoteAddress();
      if (remote != null) {
        channels.put(remote, channel);
      }
      channel
          .closeFuture()
          .addListener(closed -> {
            if (remote != null) {
              channels.remove(remote, channel);
            }
            left(arrival.from());
          });
      context.fireChannelRead(channel);
    }

    private void schedule(ChannelHandlerContext context) {
      if (!scheduled) {
        scheduled = true;
        var unused =
            context
                .executor()
                .schedule(
                    () -> release(context),
                    pacer.nanosToNext(System.nanoTime()),
                    TimeUnit.NANOSECONDS);
      }
    }

    private void release(ChannelHandlerContext context) {
      scheduled = false;
      long now = System.nanoTime();
      for (Arrival arrival : pacer.overdue(now)) {
        left(arrival.from());
        refuse(arrival, EdgeMeters.Refusal.CONNECTION_STORM);
      }
      for (Arrival arrival : pacer.due(now)) {
        letIn(context, arrival);
      }
      waiting.set(pacer.waiting());
      if (pacer.waiting() > 0) {
        schedule(context);
      }
    }

    @Override
    public void channelInactive(ChannelHandlerContext context) {
      for (Arrival arrival : pacer.dismiss()) {
        left(arrival.from());
        arrival.channel().unsafe().closeForcibly();
      }
      waiting.set(0);
      context.fireChannelInactive();
    }

    private void left(PeerAddress from) {
      open.decrementAndGet();
      perAddress.leave(from);
    }

    private void refuse(Arrival arrival, EdgeMeters.Refusal why) {
      meters.refused(why);
      log.debug("connection refused from={} why={}", arrival.from(), why);
      arrival.channel().unsafe().closeForcibly(); // no event loop has it yet
    }
  }

  /** The handshake is over; called by the connection's event loop. */
  @Override
  public Attributes transportReady(Attributes transport) {
    SocketAddress remote = transport.get(Grpc.TRANSPORT_ATTR_REMOTE_ADDR);
    Channel channel = remote == null ? null : channels.get(remote);
    PeerAddress from = PeerAddress.of(remote);
    if (channel != null) {
      Http2ConnectionHandler http = channel.pipeline().get(Http2ConnectionHandler.class);
      if (http != null) {
        http.connection().addListener(new CutOffs(from));
      }
    }
    return transport.toBuilder()
        .set(
            Connection.KEY,
            new Connection(
                from,
                PeerIdentity.of(transport.get(Grpc.TRANSPORT_ATTR_SSL_SESSION)),
                System.nanoTime(),
                new AtomicInteger()))
        .build();
  }

  /** Counts what the transport does by itself to a peer that floods it. */
  private final class CutOffs extends Http2ConnectionAdapter {
    private final PeerAddress from;

    CutOffs(PeerAddress from) {
      this.from = from;
    }

    @Override
    public void onGoAwaySent(int lastStreamId, long errorCode, ByteBuf debugData) {
      if (errorCode == Http2Error.ENHANCE_YOUR_CALM.code()) {
        String why = debugData.toString(StandardCharsets.UTF_8);
        log.info("connection cut off from={} why={}", from, why);
        meters.refused(why.contains("ping") ? EdgeMeters.Refusal.PINGS : EdgeMeters.Refusal.RESETS);
      }
    }
  }
}
