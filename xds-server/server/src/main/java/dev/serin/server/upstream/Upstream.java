package dev.serin.server.upstream;

import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSet;
import com.google.common.collect.ImmutableSortedSet;
import dev.serin.ads.Demand;
import dev.serin.ads.FleetListener;
import dev.serin.ads.Proxy;
import dev.serin.mesh.BaseSnapshot;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.Unsaid;
import dev.serin.server.base.MeshBases;
import dev.serin.server.config.ServerConfig.UpstreamProtocol;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceStub;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.stub.MetadataUtils;
import io.micrometer.core.instrument.Counter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Duration;
import java.time.Instant;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.function.BiPredicate;

/**
 * Another control plane: one stream to it for every proxy that has one to us, in that proxy's name.
 * Any thread.
 */
public final class Upstream implements Demand, FleetListener, MeshBases.Source, AutoCloseable {
  private static final Metadata.Key<String> AUTHORIZATION =
      Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER);

  /** A proxy that comes back at once finds what it had. */
  private static final Duration GRACE = Duration.ofSeconds(10);

  private final ManagedChannel channel;
  private final Settings settings;
  private final BaseSnapshots shared;
  private final Changed changed;
  private final BiPredicate<String, String> ours;
  private final BaseSnapshot nothingYet;
  private final Counter losses;
  private final Map<String, UpstreamProxy<?, ?>> proxies = new ConcurrentHashMap<>();
  private final ScheduledExecutorService timer =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("serin-upstream").factory());

  /**
   * How it is spoken to.
   *
   * @param forwardAuthorization whether a proxy's own authorization goes with its stream
   */
  public record Settings(boolean forwardAuthorization, UpstreamProtocol protocol) {}

  /** Hears that a proxy is to have something else. */
  @FunctionalInterface
  public interface Changed {
    void changed(Proxy proxy, boolean routes);
  }

  /**
   * Streams come when proxies do.
   *
   * @param channel to the other control plane; closed with this
   * @param ours whether a resource, by type and name, is served by a base that wins over this one:
   *     it is not asked for here
   */
  public Upstream(
      ManagedChannel channel,
      Settings settings,
      BaseSnapshots shared,
      BiPredicate<String, String> ours,
      Changed changed,
      MeterRegistry meters) {
    this.channel = channel;
    this.settings = settings;
    this.shared = shared;
    this.ours = ours;
    this.changed = changed;
    this.nothingYet =
        shared.snapshot(ImmutableMap.of(), new Unsaid.Types(ImmutableMap.of(), Unsaid.EVERYTHING));
    this.losses =
        Counter.builder("serin.upstream.losses")
            .description("Streams to the upstream control plane that broke or ended.")
            .register(meters);
    Gauge.builder("serin.upstream.proxies", proxies, Map::size)
        .description("Proxies with a stream of their own to the upstream control plane.")
        .register(meters);
  }

  @Override
  public Wants opened(Opening opening) {
    while (true) {
      Wants wants =
          proxies.computeIfAbsent(opening.proxy().nodeId(), id -> begin(opening)).join(opening);
      if (wants != null) {
        return wants;
      }
      proxies.computeIfPresent(
          opening.proxy().nodeId(), (id, ended) -> ended.isClosed() ? null : ended);
    }
  }

  private UpstreamProxy<?, ?> begin(Opening opening) {
    boolean incremental =
        switch (settings.protocol()) {
          case AUTO -> opening.incremental();
          case DELTA -> true;
          case SOTW -> false;
        };
    return incremental
        ? new UpstreamProxy<>(this, Dialect.DELTA, opening)
        : new UpstreamProxy<>(this, Dialect.FULL, opening);
  }

  @Override
  public BaseSnapshot of(Proxy proxy) {
    UpstreamProxy<?, ?> known = proxies.get(proxy.nodeId());
    return known == null ? nothingYet : known.now();
  }

  @Override
  public ImmutableSet<BaseSnapshot> inUse() {
    return proxies.values().stream().map(UpstreamProxy::now).collect(ImmutableSet.toImmutableSet());
  }

  @Override
  public void joined(Proxy proxy, Instant at) {}

  @Override
  public void left(Proxy proxy, Instant at) {}

  @Override
  public void acked(Proxy proxy, String typeUrl, String name, String version, Instant at) {}

  @Override
  public void nacked(
      Proxy proxy, String typeUrl, String name, String version, String message, Instant at) {
    UpstreamProxy<?, ?> known = proxies.get(proxy.nodeId());
    if (known != null) {
      known.rejected(typeUrl, name, version, message);
    }
  }

  BaseSnapshots shared() {
    return shared;
  }

  BaseSnapshot nothingYet() {
    return nothingYet;
  }

  ImmutableSortedSet<String> notOurs(String typeUrl, ImmutableSortedSet<String> names) {
    return names.stream().noneMatch(name -> ours.test(typeUrl, name))
        ? names
        : ImmutableSortedSet.copyOf(
            names.stream().filter(name -> !ours.test(typeUrl, name)).iterator());
  }

  AggregatedDiscoveryServiceStub stub(Metadata ofProxy) {
    AggregatedDiscoveryServiceStub stub = AggregatedDiscoveryServiceGrpc.newStub(channel);
    String authorization = ofProxy.get(AUTHORIZATION);
    if (!settings.forwardAuthorization() || authorization == null) {
      return stub;
    }
    Metadata forwarded = new Metadata();
    forwarded.put(AUTHORIZATION, authorization);
    return stub.withInterceptors(MetadataUtils.newAttachHeadersInterceptor(forwarded));
  }

  void changed(Proxy proxy, boolean routes) {
    changed.changed(proxy, routes);
  }

  void lost() {
    losses.increment();
  }

  void afterGrace(Runnable task) {
    later(GRACE.toMillis(), task);
  }

  void later(long delayMs, Runnable task) {
    try {
      var unused = timer.schedule(task, delayMs, TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException e) {
      // It is being closed, and everything with it.
    }
  }

  void gone(UpstreamProxy<?, ?> ended) {
    proxies.remove(ended.proxy().nodeId(), ended);
  }

  @Override
  public void close() {
    timer.shutdownNow();
    proxies.values().forEach(UpstreamProxy::close);
    proxies.clear();
    channel.shutdownNow();
  }
}
