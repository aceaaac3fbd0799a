package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ServerConfig.Lifetimes;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.config.ServerConfig.XdsLimits;
import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.ServerInterceptors;
import io.grpc.ServerServiceDefinition;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.core.instrument.MeterRegistry;
import io.netty.channel.ChannelOption;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.logging.Level;
import java.util.logging.Logger;
import java.util.stream.Stream;

/**
 * The listener that proxies connect to. It listens from {@link #start()} on, not before: a control
 * plane that answers before its state is loaded would reset every canary.
 */
public final class XdsListener implements AutoCloseable {

  /** Up to so many times the limit headers are refused with words, beyond it by the transport. */
  private static final int METADATA_MARGIN = 4;

  /** So many streams beyond the limit are refused with words; of more a client is told to wait. */
  private static final int STREAMS_MARGIN = 16;

  private static final int LAST_SECONDS = 2;

  /**
   * Connections that the kernel may keep for us. Of a fleet that comes at once it drops those
   * beyond it, which come again a second later.
   */
  private static final int BACKLOG = 4_096;

  /**
   * The transport writes a stack trace for every bad frame, stream and connection; who floods us
   * would fill the disk. Counters say it instead.
   */
  private static final ImmutableList<Logger> HUSHED =
      Stream.of("Handler", "Stream", "Transport")
          .map(part -> Logger.getLogger("io.grpc.netty.NettyServer" + part))
          .collect(ImmutableList.toImmutableList());

  static {
    HUSHED.forEach(logger -> logger.setLevel(Level.SEVERE));
  }

  private final Xds config;
  private final Server server;
  private final Optional<TlsMaterial> tls;
  private final ScheduledThreadPoolExecutor timer =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("serin-xds-timer").factory());
  private final HealthStatusManager health = new HealthStatusManager();
  private final Streams streams;
  private final AtomicBoolean goesAway = new AtomicBoolean();

  /** The names under which a health check may ask. */
  private final List<String> served =
      new ArrayList<>(List.of(HealthStatusManager.SERVICE_NAME_ALL_SERVICES));

  /**
   * Prepares the listener and reads its certificate.
   *
   * @param tokens asked for when present
   * @param loops run the server, its calls included
   * @throws IOException when the TLS files cannot be used
   */
  public XdsListener(
      Xds config,
      Optional<TokenBook> tokens,
      List<? extends BindableService> services,
      MeterRegistry registry,
      EventLoops loops)
      throws IOException {
    this.config = config;
    this.tls =
        config.tls().isPresent()
            ? Optional.of(TlsMaterial.open(config.tls().get()))
            : Optional.empty();
    EdgeMeters meters = EdgeMeters.ofXds(registry);
    this.streams = new Streams(config.limits(), meters, timer, loops);
    Connections connections = new Connections(config.limits().connections(), meters);
    MessageLimits messages = new MessageLimits(config.limits().messages(), meters);
    List<ServerServiceDefinition> definitions =
        guarded(services, new Access(tokens, config.listen()), meters);
    messages.serve(definitions);
    NettyServerBuilder builder =
        loops
            .use(
                NettyServerBuilder.forAddress(config.listen().socketAddress(), credentials(tls)),
                connections::guard)
            .addTransportFilter(connections)
            .addStreamTracerFactory(messages);
    limit(builder, config.limits());
    definitions.forEach(builder::addService);
    this.server = builder.build();
  }

  private List<ServerServiceDefinition> guarded(
      List<? extends BindableService> services, Access access, EdgeMeters meters) {
    services.forEach(service -> served.add(service.bindService().getServiceDescriptor().getName()));
    Requests own =
        new Requests(
            config.limits().messages().maxBytes(), new Identity(ImmutableList.of()), meters);
    Requests proxies =
        new Requests(
            config.limits().messages().maxBytes(), new Identity(config.identity()), meters);
    Stream<ServerServiceDefinition> ours =
        Stream.concat(Stream.of(health.getHealthService()), Reflection.services().stream())
            .map(service -> own.checked(service.bindService()));
    Stream<ServerServiceDefinition> theirs =
        services.stream().map(service -> proxies.checked(service.bindService()));
    return Stream.concat(theirs, ours)
        .map(service ->
            ServerInterceptors.intercept(
                service,
                // The last one is asked first: a caller without a token takes no slot.
                streams,
                new AccessInterceptor(access, meters),
                new EndableCalls()))
        .toList();
  }

  private static ServerCredentials credentials(Optional<TlsMaterial> tls) {
    if (tls.isEmpty()) {
      return InsecureServerCredentials.create();
    }
    TlsServerCredentials.Builder builder =
        TlsServerCredentials.newBuilder().keyManager(tls.get().keyManager());
    tls.get()
        .clientTrust()
        .ifPresent(trust ->
            builder.trustManager(trust).clientAuth(TlsServerCredentials.ClientAuth.REQUIRE));
    return builder.build();
  }

  private static void limit(NettyServerBuilder builder, XdsLimits limits) {
    Lifetimes lives = limits.lifetimes();
    builder
        .withOption(ChannelOption.SO_BACKLOG, BACKLOG)
        .maxInboundMessageSize(Integer.MAX_VALUE) // bounded by MessageLimits
        .maxInboundMetadataSize(METADATA_MARGIN * limits.messages().maxMetadataBytes())
        .maxConcurrentCallsPerConnection(limits.streams().perConnection() + STREAMS_MARGIN)
        .maxRstFramesPerWindow(
            limits.streams().resets(), (int) limits.streams().resetsWindow().toSeconds())
        .keepAliveTime(lives.keepAlive().toNanos(), TimeUnit.NANOSECONDS)
        .keepAliveTimeout(lives.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveTime(lives.minClientKeepAlive().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveWithoutCalls(true)
        .maxConnectionAge(lives.maxAge().toNanos(), TimeUnit.NANOSECONDS)
        .maxConnectionAgeGrace(Ages.cutOffAfter(lives).toNanos(), TimeUnit.NANOSECONDS)
        .handshakeTimeout(limits.connections().handshake().toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Binds and serves.
   *
   * @throws IOException when the address cannot be bound
   */
  public void start() throws IOException {
    try {
      server.start();
    } catch (IOException e) {
      throw new IOException("xds.listen: cannot bind " + config.listen() + ": " + e, e);
    }
    var unused = timer.scheduleWithFixedDelay(streams::tick, 1, 1, TimeUnit.SECONDS);
    served.forEach(service -> health.setStatus(service, ServingStatus.SERVING));
  }

  /** The bound port; after {@link #start()}. */
  public int port() {
    return server.getPort();
  }

  /** The TLS files; empty: none. */
  Optional<TlsMaterial> tls() {
    return tls;
  }

  /** Says from now on that it is not serving, so that nobody new is sent here; serves on. */
  public void goingAway() {
    if (!goesAway.getAndSet(true)) {
      health.enterTerminalState();
    }
  }

  /**
   * Says that it goes away, takes nobody new, and asks every connection to go; then ends the
   * streams one by one, no faster than another server lets them in, within the time to drain.
   */
  @Override
  public void close() {
    goingAway();
    server.shutdown();
    try {
      Departure.of(streams.open(), config.limits()).run(server);
      if (!server.awaitTermination(LAST_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow().awaitTermination(LAST_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      timer.shutdownNow();
      tls.ifPresent(TlsMaterial::close);
    }
  }
}
