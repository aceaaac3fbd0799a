package dev.serin.ads;

import dev.serin.mesh.Snapshot;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.UUID;

/**
 * A service and a channel to it whose every executor is the caller: when a call returns, all that
 * it causes has happened, so "nothing is sent" needs no waiting.
 */
final class Harness implements AutoCloseable, InstantSource {
  static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final AdsService ads;
  final ManagedChannel channel;
  final List<String> events = new ArrayList<>();
  private final Server server;
  private Instant now = T0;

  Harness() {
    this(AdsSettings.DEFAULT);
  }

  Harness(AdsSettings settings) {
    ads = new AdsService(settings, Runnable::run, this, meters);
    String name = UUID.randomUUID().toString();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
    for (BindableService service : ads.services()) {
      builder.addService(service);
    }
    try {
      server = builder.build().start();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    ads.fleetView().addListener(new Recorder());
  }

  @Override
  public Instant instant() {
    return now;
  }

  void publish(Snapshot snapshot) {
    ads.publish(proxy -> snapshot);
  }

  /** Lets time pass and the service look at it. */
  void pass(Duration time) {
    now = now.plus(time);
    ads.tick();
  }

  ProxyView proxy(String nodeId) {
    return ads.fleetView().proxies().stream()
        .filter(view -> view.proxy().nodeId().equals(nodeId))
        .findFirst()
        .orElseThrow();
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private final class Recorder implements FleetListener {
    @Override
    public void joined(Proxy proxy, Instant at) {
      events.add("joined " + proxy.nodeId());
    }

    @Override
    public void left(Proxy proxy, Instant at) {
      events.add("left " + proxy.nodeId());
    }

    @Override
    public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {
      events.add("acked " + proxy.nodeId() + " " + name);
    }

    @Override
    public void nacked(
        Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
      events.add("nacked " + proxy.nodeId() + " " + name + ": " + message);
    }
  }
}
