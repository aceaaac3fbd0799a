package dev.serin.bench.peer;

import com.google.protobuf.CodedInputStream;
import com.google.protobuf.WireFormat;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.XdsType;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.netty.channel.EventLoop;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.util.concurrent.EventExecutor;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * The least that a gRPC server on the JVM can do: it sends bytes that were made once, and reads of
 * an ACK no more than what tells it from a first request. No control plane; what one costs more
 * than this is its own.
 */
final class FloorPeer implements Peer {
  private static final String SERVICE = "envoy.service.discovery.v3.AggregatedDiscoveryService";

  private final Content content;
  private final MultiThreadIoEventLoopGroup loops;
  private final Map<EventExecutor, Set<Stream>> streams = new ConcurrentHashMap<>();
  private volatile FloorBytes bytes;
  private @Nullable Server running;

  FloorPeer(Content content) {
    this.content = content;
    this.bytes = FloorBytes.first(content);
    this.loops =
        new MultiThreadIoEventLoopGroup(
            Runtime.getRuntime().availableProcessors(),
            Epoll.isAvailable() ? EpollIoHandler.newFactory() : NioIoHandler.newFactory());
    loops.forEach(loop -> streams.put(loop, new LinkedHashSet<>()));
  }

  @Override
  public int start() throws IOException {
    Server started =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .directExecutor()
            .bossEventLoopGroup(loops)
            .workerEventLoopGroup(loops)
            .channelType(
                Epoll.isAvailable() ? EpollServerSocketChannel.class : NioServerSocketChannel.class)
            .addService(
                ServerServiceDefinition.builder(SERVICE)
                    .addMethod(method("StreamAggregatedResources"), new Handler(false))
                    .addMethod(method("DeltaAggregatedResources"), new Handler(true))
                    .build())
            .build()
            .start();
    running = started;
    return started.getPort();
  }

  @Override
  public void close() {
    if (running != null) {
      running.shutdownNow();
    }
    var ignored = loops.shutdownGracefully(0, 1, TimeUnit.SECONDS);
  }

  @Override
  public void push(int weight) {
    FloorBytes next = bytes.changed(content.changing(weight), weight);
    bytes = next;
    streams.forEach((loop, those) ->
        loop.execute(() -> those.forEach(stream -> stream.send(next.change(stream.delta)))));
  }

  private static MethodDescriptor<InputStream, byte[]> method(String name) {
    return MethodDescriptor.<InputStream, byte[]>newBuilder()
        .setType(MethodDescriptor.MethodType.BIDI_STREAMING)
        .setFullMethodName(MethodDescriptor.generateFullMethodName(SERVICE, name))
        .setRequestMarshaller(new RawBytes.Requests())
        .setResponseMarshaller(new RawBytes.Responses())
        .build();
  }

  private final class Handler implements ServerCallHandler<InputStream, byte[]> {
    private final boolean delta;

    Handler(boolean delta) {
      this.delta = delta;
    }

    @Override
    public ServerCall.Listener<InputStream> startCall(
        ServerCall<InputStream, byte[]> call, Metadata headers) {
      call.sendHeaders(new Metadata());
      call.request(1);
      EventLoop loop = here();
      Stream stream = new Stream(call, delta);
      those(loop).add(stream);
      return stream;
    }
  }

  private EventLoop here() {
    for (EventExecutor loop : loops) {
      if (loop.inEventLoop()) {
        return (EventLoop) loop;
      }
    }
    throw new IllegalStateException(
        "thread: " + Thread.currentThread() + " (expected: an event loop)");
  }

  private Set<Stream> those(EventLoop loop) {
    Set<Stream> those = streams.get(loop);
    if (those == null) {
      throw new IllegalStateException("loop: " + loop + " (expected: one of the server's)");
    }
    return those;
  }

  /** One stream; touched by its event loop alone. */
  private final class Stream extends ServerCall.Listener<InputStream> {
    private final ServerCall<InputStream, byte[]> call;
    private final boolean delta;

    Stream(ServerCall<InputStream, byte[]> call, boolean delta) {
      this.call = call;
      this.delta = delta;
    }

    void send(byte[] response) {
      call.sendMessage(response);
    }

    @Override
    public void onMessage(InputStream request) {
      try {
        read(CodedInputStream.newInstance(request));
        request.close();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
      call.request(1);
    }

    private void read(CodedInputStream in) throws IOException {
      byte[] typeUrl = {};
      boolean answers = false;
      for (int tag = in.readTag(); tag != 0; tag = in.readTag()) {
        int field = WireFormat.getTagFieldNumber(tag);
        if (field == (delta ? 2 : 4)) {
          typeUrl = in.readByteArray();
        } else {
          answers |= field == (delta ? 6 : 5);
          in.skipField(tag);
        }
      }
      if (!answers) {
        send(bytes.first(XdsType.of(typeUrl, typeUrl.length), delta));
      }
    }

    @Override
    public void onHalfClose() {
      those(here()).remove(this);
      call.close(io.grpc.Status.OK, new Metadata());
    }

    @Override
    public void onCancel() {
      those(here()).remove(this);
    }
  }
}
