package dev.serin.server.edge;

import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.config.ServerConfig.XdsLimits;
import io.grpc.BindableService;
import io.grpc.InsecureServerCredentials;
import io.grpc.Server;
import io.grpc.ServerCredentials;
import io.grpc.TlsServerCredentials;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.protobuf.services.HealthStatusManager;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;

/**
 * The listener that proxies connect to. It listens from {@link #start()} on, not before: a control
 * plane that answers before its state is loaded would reset every canary.
 */
public final class XdsListener implements AutoCloseable {

  private static final int MAX_METADATA_BYTES = 16 << 10;
  private static final int PERMITTED_KEEP_ALIVE_SECONDS = 10;
  private static final int HANDSHAKE_SECONDS = 10;
  private static final int DRAIN_SECONDS = 2;

  /** Streams reset by a peer, of the kind that CVE-2023-44487 floods a server with. */
  private static final int MAX_RESETS = 200;

  private static final int RESETS_WINDOW_SECONDS = 10;

  private final Xds config;
  private final Server server;
  private final Optional<TlsMaterial> tls;
  private final HealthStatusManager health = new HealthStatusManager();

  /** The names under which a health check may ask. */
  private final List<String> served =
      new ArrayList<>(List.of(HealthStatusManager.SERVICE_NAME_ALL_SERVICES));

  /**
   * Prepares the listener and reads its certificate.
   *
   * @param tokens asked for when present
   * @param transport what the services want of it, such as their executor and event loops
   * @throws IOException when the TLS files cannot be used
   */
  public XdsListener(
      Xds config,
      Optional<TokenBook> tokens,
      List<? extends BindableService> services,
      MeterRegistry registry,
      UnaryOperator<NettyServerBuilder> transport)
      throws IOException {
    this.config = config;
    this.tls =
        config.tls().isPresent()
            ? Optional.of(TlsMaterial.open(config.tls().get()))
            : Optional.empty();
    EdgeMeters meters = new EdgeMeters(registry, "xds");
    NettyServerBuilder builder =
        NettyServerBuilder.forAddress(config.listen().socketAddress(), credentials(tls));
    limit(builder, config.limits());
    Semaphore calls = new Semaphore(config.limits().maxStreams());
    services.forEach(builder::addService);
    services.forEach(service -> served.add(service.bindService().getServiceDescriptor().getName()));
    Reflection.services().forEach(builder::addService);
    builder
        .addService(health.getHealthService())
        .intercept(new CallSlots(calls, calls, meters))
        // The last one added is asked first: a caller without a token takes no slot.
        .intercept(new AccessInterceptor(new Access(tokens, config.listen()), meters));
    this.server = transport.apply(builder).build();
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
    builder
        .maxInboundMessageSize(limits.maxInboundMessageBytes())
        .maxInboundMetadataSize(MAX_METADATA_BYTES)
        .maxConcurrentCallsPerConnection(limits.maxStreamsPerConnection())
        .maxRstFramesPerWindow(MAX_RESETS, RESETS_WINDOW_SECONDS)
        .keepAliveTime(limits.keepAlive().toNanos(), TimeUnit.NANOSECONDS)
        .keepAliveTimeout(limits.keepAliveTimeout().toNanos(), TimeUnit.NANOSECONDS)
        .permitKeepAliveTime(PERMITTED_KEEP_ALIVE_SECONDS, TimeUnit.SECONDS)
        .permitKeepAliveWithoutCalls(true)
        .maxConnectionAge(limits.maxConnectionAge().toNanos(), TimeUnit.NANOSECONDS)
        .maxConnectionAgeGrace(limits.maxConnectionAgeGrace().toNanos(), TimeUnit.NANOSECONDS);
    builder.handshakeTimeout(HANDSHAKE_SECONDS, TimeUnit.SECONDS);
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

  /** Takes no new calls, gives those under way two seconds, then ends them. */
  @Override
  public void close() {
    health.enterTerminalState();
    server.shutdown();
    try {
      if (!server.awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS)) {
        server.shutdownNow().awaitTermination(DRAIN_SECONDS, TimeUnit.SECONDS);
      }
    } catch (InterruptedException e) {
      server.shutdownNow();
      Thread.currentThread().interrupt();
    } finally {
      tls.ifPresent(TlsMaterial::close);
    }
  }
}
