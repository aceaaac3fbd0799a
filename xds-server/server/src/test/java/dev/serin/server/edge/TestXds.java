package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import io.grpc.BindableService;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An xDS listener on a free port, over a real transport. */
final class TestXds implements AutoCloseable {
  private static final long PATIENCE_NANOS = TimeUnit.SECONDS.toNanos(30);

  final TestDiscovery discovery = new TestDiscovery();
  private final PrometheusMeterRegistry metrics =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final EventLoops loops = new EventLoops();
  private final XdsListener listener;

  private TestXds(String... flags) throws IOException {
    listener =
        new XdsListener(
            TestApi.config(flags).xds(),
            Optional.empty(),
            List.<BindableService>of(discovery),
            metrics,
            loops);
    listener.start();
  }

  static TestXds listen(String... flags) throws IOException {
    return new TestXds(flags);
  }

  int port() {
    return listener.port();
  }

  /** Begins what {@link #close} does, and does not wait for it. */
  XdsListener listener() {
    return listener;
  }

  /** A connection of its own. */
  ManagedChannel channel() {
    return TestApi.channel(listener.port(), InsecureChannelCredentials.create(), channels);
  }

  /** How often it refused for that reason. */
  double refusals(String reason) {
    return metrics
        .get("serin.edge.refused")
        .tag("listener", "xds")
        .tag("reason", reason)
        .counter()
        .count();
  }

  /** The transport tells us of an end from threads of its own. */
  void await(String gauge, int wanted) {
    long deadline = System.nanoTime() + PATIENCE_NANOS;
    while (metrics.get(gauge).gauge().value() != wanted) {
      assertThat(System.nanoTime()).as(gauge + ": " + wanted).isLessThan(deadline);
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    TestApi.end(channels);
    listener.close();
    loops.close();
  }
}
