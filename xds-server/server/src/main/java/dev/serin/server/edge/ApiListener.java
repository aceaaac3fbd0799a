package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSet;
import com.google.protobuf.Descriptors.Descriptor;
import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.TlsKeyPair;
import com.linecorp.armeria.common.grpc.GrpcExceptionHandlerFunction;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.server.Server;
import com.linecorp.armeria.server.ServerBuilder;
import com.linecorp.armeria.server.ServiceRequestContext;
import com.linecorp.armeria.server.grpc.GrpcService;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingConflictStrategy;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingOptions;
import com.linecorp.armeria.server.grpc.HttpJsonTranscodingQueryParamMatchRule;
import dev.serin.server.config.ServerConfig.Api;
import dev.serin.server.config.ServerConfig.ApiLimits;
import io.grpc.BindableService;
import io.grpc.Metadata;
import io.grpc.ServerCall;
import io.grpc.ServerCallHandler;
import io.grpc.ServerInterceptor;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import io.netty.handler.ssl.ClientAuth;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Semaphore;
import java.util.function.Supplier;

/**
 * The listener of people and scripts: the services as gRPC, gRPC-Web and JSON by their {@code
 * google.api.http} bindings, watches as server-sent events, {@code /healthz}, {@code /readyz},
 * {@code /metrics}, gRPC health and reflection.
 */
public final class ApiListener implements AutoCloseable {

  private static final int MAX_HEADER_BYTES = 16 << 10;
  private static final int MAX_CONNECTIONS = 4096;
  private static final int MAX_STREAMS_PER_CONNECTION = 100;
  private static final int MAX_RESETS = 200;
  private static final int RESETS_WINDOW_SECONDS = 10;
  private static final Duration IDLE = Duration.ofMinutes(2);
  private static final Duration QUIET = Duration.ZERO;
  private static final Duration DRAIN = Duration.ofSeconds(2);

  private final Api config;
  private final Optional<TlsMaterial> tls;
  private final Server server;

  /**
   * What is served.
   *
   * @param readiness asked at every {@code /readyz} and health check; must not block
   * @param watches behind {@code /v1/watch/}; empty: nothing is
   * @param metricsHere whether {@code /metrics} is served on this listener
   */
  public record Parts(
      ImmutableList<BindableService> services,
      Supplier<Readiness> readiness,
      PrometheusMeterRegistry metrics,
      Optional<WatchSource> watches,
      boolean metricsHere) {}

  /**
   * Prepares the listener and reads its certificate.
   *
   * @param tokens asked for when present
   * @throws IOException when the TLS files cannot be used
   */
  public ApiListener(Api config, Optional<TokenBook> tokens, Parts parts) throws IOException {
    this.config = config;
    this.tls =
        config.tls().isPresent()
            ? Optional.of(TlsMaterial.open(config.tls().get()))
            : Optional.empty();
    // Its own figures would come under names that are not Serin's, once for every listener.
    ServerBuilder builder =
        Server.builder()
            .meterRegistry(NoopMeterRegistry.get())
            .unloggedExceptionsReportInterval(Duration.ZERO);
    bind(builder);
    limit(builder, config.limits());
    serve(builder, new Access(tokens, config.listen()), parts);
    this.server = builder.build();
  }

  private static ImmutableSet<String> names(List<? extends BindableService> services) {
    return services.stream()
        .map(service -> service.bindService().getServiceDescriptor().getName())
        .collect(ImmutableSet.toImmutableSet());
  }

  private void bind(ServerBuilder builder) {
    builder.port(
        config.listen().socketAddress(),
        tls.isPresent() ? SessionProtocol.HTTPS : SessionProtocol.HTTP);
    tls.ifPresent(material -> secure(builder, material));
  }

  /**
   * The pair is what the server asks for first; the managers, which see changed files, replace it.
   */
  private static void secure(ServerBuilder builder, TlsMaterial material) {
    builder
        .tls(TlsKeyPair.of(material.files().key().toFile(), material.files().cert().toFile()))
        .tlsCustomizer(ssl -> {
          ssl.keyManager(material.keyManager());
          material
              .clientTrust()
              .ifPresent(trust -> ssl.trustManager(trust).clientAuth(ClientAuth.REQUIRE));
        });
  }

  private static void limit(ServerBuilder builder, ApiLimits limits) {
    builder
        .maxRequestLength(limits.maxRequestBytes())
        .requestTimeout(limits.requestTimeout())
        .maxNumConnections(MAX_CONNECTIONS)
        .http1MaxHeaderSize(MAX_HEADER_BYTES)
        .http2MaxHeaderListSize(MAX_HEADER_BYTES)
        .http2MaxStreamsPerConnection(MAX_STREAMS_PER_CONNECTION)
        .http2MaxResetFramesPerWindow(MAX_RESETS, RESETS_WINDOW_SECONDS)
        .idleTimeout(IDLE)
        .gracefulShutdownTimeout(QUIET, DRAIN);
  }

  private void serve(ServerBuilder builder, Access access, Parts parts) {
    EdgeMeters meters = EdgeMeters.ofApi(parts.metrics());
    ImmutableSet<Descriptor> messages = HttpBindings.messages(parts.services());
    HttpBindings bindings = new HttpBindings(parts.services());
    JsonStatus errors = new JsonStatus(messages);
    ApiLimits limits = config.limits();
    Semaphore streams = new Semaphore(limits.maxWatches());
    Gauge.builder("serin.api.watches", () -> limits.maxWatches() - streams.availablePermits())
        .description("Streams that clients of the API hold open, of the limit for them.")
        .register(parts.metrics());
    CallSlots slots = new CallSlots(new Semaphore(limits.maxConcurrentRequests()), streams, meters);

    ReadinessHealth health = new ReadinessHealth(parts.readiness(), names(parts.services()));
    ImmutableList<BindableService> served =
        ImmutableList.<BindableService>builder().addAll(parts.services()).add(health).build();
    builder.service(
        GrpcService.builder()
            .addServices(served.toArray(BindableService[]::new))
            .addServices(Reflection.services(served).toArray(BindableService[]::new))
            .intercept(
                new UnboundedStreams(),
                new AccessInterceptor(access, meters),
                slots,
                new StatusDetails())
            .maxRequestMessageLength(limits.maxRequestBytes())
            .exceptionHandler((context, status, cause, metadata) ->
                StatusDetails.ofUnreadable(cause, metadata)
                    .orElseGet(() ->
                        GrpcExceptionHandlerFunction.of().apply(context, status, cause, metadata)))
            .jsonMarshallerFactory(unused -> new ProtoJson(messages))
            .enableHttpJsonTranscoding(transcoding(errors))
            .useBlockingTaskExecutor(true)
            .build());
    parts
        .watches()
        .ifPresent(source ->
            builder.serviceUnder(
                WatchService.PREFIX, new WatchService(source, access, streams, errors, meters)));
    builder.service(Probes.at("/healthz"), Probes.alive());
    builder.service(Probes.at("/readyz"), Probes.ready(parts.readiness()));
    if (parts.metricsHere()) {
      builder.service(Probes.at("/metrics"), Probes.metrics(parts.metrics()));
    }
    builder.errorHandler(new JsonErrors(errors));
    Doorkeeper.Rules rules =
        new Doorkeeper.Rules(
            new Semaphore(limits.maxConcurrentRequests() + limits.maxWatches()),
            bindings,
            config.listen().isLoopback(),
            errors,
            meters);
    builder.decorator(delegate -> new Doorkeeper(delegate, rules));
  }

  private static HttpJsonTranscodingOptions transcoding(JsonStatus errors) {
    return HttpJsonTranscodingOptions.builder()
        .conflictStrategy(HttpJsonTranscodingConflictStrategy.strict())
        .queryParamMatchRules(
            HttpJsonTranscodingQueryParamMatchRule.LOWER_CAMEL_CASE,
            HttpJsonTranscodingQueryParamMatchRule.JSON_NAME,
            HttpJsonTranscodingQueryParamMatchRule.ORIGINAL_FIELD)
        .errorHandler(errors)
        .build();
  }

  /**
   * Binds and serves.
   *
   * @throws IOException when the address cannot be bound
   */
  public void start() throws IOException {
    try {
      server.start().join();
    } catch (CompletionException e) {
      throw new IOException("api.listen: cannot bind " + config.listen() + ": " + e.getCause(), e);
    }
  }

  /** The bound port; after {@link #start()}. */
  public int port() {
    return server.activeLocalPort();
  }

  /** The TLS files; empty: none. */
  Optional<TlsMaterial> tls() {
    return tls;
  }

  /**
   * Takes no new requests, gives those under way two seconds, then ends them. The future completes
   * when the transport's threads are gone, too, which takes it another two seconds of quiet.
   */
  public CompletableFuture<Void> stop() {
    return server.stop().whenComplete((done, error) -> tls.ifPresent(TlsMaterial::close));
  }

  /** As {@link #stop()}, waiting for it. */
  @Override
  public void close() {
    stop().join();
  }

  /** A stream lasts as long as its client wants; the request timeout is for the rest. */
  private static final class UnboundedStreams implements ServerInterceptor {
    @Override
    public <Q, R> ServerCall.Listener<Q> interceptCall(
        ServerCall<Q, R> call, Metadata headers, ServerCallHandler<Q, R> next) {
      if (!call.getMethodDescriptor().getType().serverSendsOneMessage()) {
        ServiceRequestContext.current().clearRequestTimeout();
      }
      return next.startCall(call, headers);
    }
  }
}
