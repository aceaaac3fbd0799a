package dev.serin.bench.fleet;

import com.google.common.collect.ImmutableList;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.Marker;
import dev.serin.bench.content.XdsType;
import io.netty.bootstrap.Bootstrap;
import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.EnumMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.SortedMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.LongAdder;
import org.jspecify.annotations.Nullable;

/**
 * N proxies on the streams of one server. Opened once, closed once; pushes are watched one at a
 * time. Its methods belong to the driver's thread, its streams to their event loops.
 */
public final class Fleet implements ResponseScanner.Wanted, AutoCloseable {
  /** Connections under way at once; more would overflow the server's backlog and wait a second. */
  private static final int DIALLING = 256;

  private final FleetSpec spec;
  private final Requests requests;
  private final Map<XdsType, Integer> expected;
  private final Witness witness;
  private final List<ProxyStream> streams = new ArrayList<>();
  private final Map<Connection, Channel> channels = new ConcurrentHashMap<>();
  private final Queue<Connection> toDial = new ConcurrentLinkedQueue<>();
  private final AtomicInteger incomplete;
  private final CompletableFuture<Void> ready = new CompletableFuture<>();
  private final LongAdder bytes = new LongAdder();
  private final LongAdder responses = new LongAdder();
  private final LongAdder refusals = new LongAdder();
  private final LongAdder refusedAgain = new LongAdder();
  private final AtomicInteger lost = new AtomicInteger();
  private final List<Connection> connections = new ArrayList<>();
  private final Loops loops;
  private volatile String whyLost = "";
  private volatile boolean closing;
  private volatile @Nullable Watch watch;

  private Fleet(FleetSpec spec, Content content, Loops loops) {
    this.spec = spec;
    this.loops = loops;
    this.requests = new Requests(spec.delta(), content);
    this.expected = new EnumMap<>(XdsType.class);
    for (XdsType type : XdsType.values()) {
      int more = spec.own() && type == XdsType.CLUSTERS ? 1 : 0;
      expected.put(type, content.count(type) + more);
    }
    this.incomplete = new AtomicInteger(spec.streams());
    this.witness = new Witness(spec.delta());
    for (int first = 0; first < spec.streams(); first += spec.perConnection()) {
      connections.add(connection(first));
    }
  }

  /** Opens all streams; {@link #ready} tells when every one has everything. */
  public static Fleet open(FleetSpec spec, Content content, Loops loops) {
    Fleet fleet = new Fleet(spec, content, loops);
    fleet.toDial.addAll(fleet.connections);
    Bootstrap bootstrap = fleet.bootstrap();
    for (int i = 0; i < Math.min(DIALLING, spec.connections()); i++) {
      fleet.dial(bootstrap);
    }
    return fleet;
  }

  private Connection connection(int first) {
    Connection connection = new Connection(this);
    ImmutableList.Builder<ProxyStream> carried = ImmutableList.builder();
    int end = Math.min(first + spec.perConnection(), spec.streams());
    for (int i = first; i < end; i++) {
      carried.add(
          new ProxyStream(this, connection, i, 2 * (i - first) + 1, i == 0 ? witness : null));
    }
    ImmutableList<ProxyStream> those = carried.build();
    streams.addAll(those);
    connection.carry(those);
    return connection;
  }

  private Bootstrap bootstrap() {
    return new Bootstrap()
        .group(loops.group())
        .channel(loops.channelType())
        .option(ChannelOption.TCP_NODELAY, true)
        .option(
            ChannelOption.RECVBUF_ALLOCATOR, new AdaptiveRecvByteBufAllocator(1_024, 8_192, 65_536))
        .remoteAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), spec.port()));
  }

  private void dial(Bootstrap bootstrap) {
    Connection next = toDial.poll();
    if (next == null || closing) {
      return;
    }
    bootstrap
        .clone()
        .handler(next)
        .connect()
        .addListener((ChannelFuture done) -> {
          if (done.isSuccess()) {
            channels.put(next, done.channel());
            dial(bootstrap);
          } else {
            lost(1, String.valueOf(done.cause()));
          }
        });
  }

  /** Done when every stream has every resource; fails when one is lost before. */
  public CompletableFuture<Void> ready() {
    return ready;
  }

  /** Watches for a push among the first streams, without those at the end that misbehave. */
  public Watch watch(Marker marker, int watched) {
    Watch next = new Watch(marker, watched);
    watch = next;
    return next;
  }

  /** The last stream of the fleet refuses every RouteConfiguration from now on. */
  public void refuseAtLast() {
    streams.get(streams.size() - 1).refuseFromNowOn();
  }

  /** The last connections of the fleet read nothing until told otherwise. */
  public void stallLast(int count, boolean stalled) {
    connections
        .subList(connections.size() - count, connections.size())
        .forEach(connection -> {
          Channel channel = channels.get(connection);
          if (channel != null) {
            channel.config().setAutoRead(!stalled);
          }
        });
  }

  /** How many streams it has. */
  public int streams() {
    return spec.streams();
  }

  /** Bytes read from all connections so far. */
  public long bytes() {
    return bytes.sum();
  }

  /** Responses of all streams so far. */
  public long responses() {
    return responses.sum();
  }

  /** RouteConfigurations that were refused so far. */
  public long refusals() {
    return refusals.sum();
  }

  /** Those among them that had been refused before, by content. */
  public long refusedAgain() {
    return refusedAgain.sum();
  }

  /** Streams that have not had everything yet. */
  public int incomplete() {
    return incomplete.get();
  }

  /** Streams that ended, and why the first one did. */
  public int lost() {
    return lost.get();
  }

  public String whyLost() {
    return whyLost;
  }

  /**
   * What the first proxy has, by type URL and name: lengths, and hashes that do not depend on the
   * order in which a server's language writes fields.
   */
  public SortedMap<String, String> resources() {
    return witness.resources();
  }

  /** The same, as hashes of the bytes as they came. */
  public SortedMap<String, String> bytesOfResources() {
    return witness.asTheyCame();
  }

  @Override
  public void close() {
    closing = true;
    List<ChannelFuture> closed = channels.values().stream().map(Channel::close).toList();
    closed.forEach(ChannelFuture::awaitUninterruptibly);
  }

  @Override
  public @Nullable Marker marker() {
    Watch now = watch;
    return now == null ? null : now.marker();
  }

  boolean delta() {
    return spec.delta();
  }

  String path() {
    return "/envoy.service.discovery.v3.AggregatedDiscoveryService/%sAggregatedResources"
        .formatted(spec.delta() ? "Delta" : "Stream");
  }

  Requests requests() {
    return requests;
  }

  int expected(XdsType type) {
    return expected.getOrDefault(type, 0);
  }

  boolean mayRefuse(int stream) {
    return stream == spec.streams() - 1;
  }

  void completed() {
    if (incomplete.decrementAndGet() == 0) {
      ready.complete(null);
    }
  }

  void seen(int stream) {
    Watch now = watch;
    if (now != null) {
      now.seen(stream);
    }
  }

  void read(int count) {
    bytes.add(count);
  }

  void counted() {
    responses.increment();
  }

  void refused(boolean again) {
    refusals.increment();
    if (again) {
      refusedAgain.increment();
    }
  }

  void lost(int count, String why) {
    if (closing) {
      return;
    }
    if (lost.getAndAdd(count) == 0) {
      whyLost = why;
    }
    ready.completeExceptionally(new IllegalStateException("a stream was lost: " + why));
  }
}
