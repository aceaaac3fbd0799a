package dev.serin.server.edge;

import com.linecorp.armeria.common.SessionProtocol;
import com.linecorp.armeria.common.metric.NoopMeterRegistry;
import com.linecorp.armeria.server.Server;
import dev.serin.server.config.Endpoint;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CompletionException;

/** {@code /metrics} on a listener of its own, for scrapers that must not reach the API. */
public final class MetricsListener implements AutoCloseable {

  private static final int MAX_CONNECTIONS = 64;

  private final Endpoint listen;
  private final Server server;

  /** Prepares the listener. */
  public MetricsListener(Endpoint listen, PrometheusMeterRegistry metrics) {
    this.listen = listen;
    this.server =
        Server.builder()
            .meterRegistry(NoopMeterRegistry.get())
            .unloggedExceptionsReportInterval(Duration.ZERO)
            .port(listen.socketAddress(), SessionProtocol.HTTP)
            .maxNumConnections(MAX_CONNECTIONS)
            .service(Probes.at("/healthz"), Probes.alive())
            .service(Probes.at("/metrics"), Probes.metrics(metrics))
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
      throw new IOException("metrics.listen: cannot bind " + listen + ": " + e.getCause(), e);
    }
  }

  /** The bound port; after {@link #start()}. */
  public int port() {
    return server.activeLocalPort();
  }

  @Override
  public void close() {
    server.stop().join();
  }
}
