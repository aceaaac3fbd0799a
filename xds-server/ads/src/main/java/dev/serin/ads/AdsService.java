package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.service.cluster.v3.ClusterDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.endpoint.v3.EndpointDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.listener.v3.ListenerDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.route.v3.RouteDiscoveryServiceGrpc;
import io.grpc.BindableService;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * Serves snapshots to proxies, over aggregated and single-type streams of both variants, and knows
 * what they answered. Thread-safe.
 *
 * <p>Nothing is answered before the first {@link #publish}. The owner calls {@link #tick} about
 * once a second: drains and retention are looked at then.
 */
public final class AdsService {
  private final AdsSettings settings;
  private final Executor work;
  private final InstantSource clock;
  private final NodeReader nodes;
  private final Fleet fleet;
  private final AdsMetrics meters;
  private final References references = new References();
  private final Map<Session<?, ?>, AtomicInteger> sessions = new ConcurrentHashMap<>();
  private final AtomicBoolean fanOutQueued = new AtomicBoolean();
  private volatile @Nullable Published published;

  /** What is served now, and the measure of how it spreads. */
  record Published(SnapshotSource source, Push push) {}

  /**
   * A service without streams.
   *
   * @param work runs the streams' queues and the fan-out; a pool of a few threads
   */
  public AdsService(
      AdsSettings settings, Executor work, InstantSource clock, MeterRegistry registry) {
    this.settings = settings;
    this.work = work;
    this.clock = clock;
    this.nodes = new NodeReader(settings.clusterOf(), settings.limits());
    this.fleet = new Fleet(settings);
    this.meters = new AdsMetrics(registry);
  }

  /**
   * Serves this source from now on, and asks it anew for every connected proxy. Returns at once; a
   * proxy that is slow gets what is newest when it is ready.
   */
  public void publish(SnapshotSource source) {
    Published before = published;
    published = new Published(source, new Push(System.nanoTime(), meters::pushed));
    if (before != null) {
      before.push().fannedOut();
    }
    if (fanOutQueued.compareAndSet(false, true)) {
      work.execute(this::fanOut);
    }
  }

  private void fanOut() {
    fanOutQueued.set(false);
    Published now = published;
    sessions.keySet().forEach(Session::refresh);
    if (now != null) {
      now.push().fannedOut();
    }
  }

  public FleetView fleetView() {
    return fleet;
  }

  /** Looks at what has become due: removals after their drain, proxies past their retention. */
  public void tick() {
    Instant now = clock.instant();
    sessions.keySet().forEach(session -> session.tick(now));
    fleet.forget(now);
    meters.fleet(fleet.nodes());
  }

  /** Ends every stream with {@code UNAVAILABLE}; clients come back, here or elsewhere. */
  public void shutDown() {
    sessions.keySet().forEach(Session::shutDown);
  }

  /**
   * The gRPC services: the aggregated one, and those of clusters, endpoints, listeners and routes.
   */
  public ImmutableList<BindableService> services() {
    return ImmutableList.of(
        new AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase() {
          @Override
          public StreamObserver<DiscoveryRequest> streamAggregatedResources(
              StreamObserver<DiscoveryResponse> out) {
            return open(new Codec.Full(), out, "", "ads");
          }

          @Override
          public StreamObserver<DeltaDiscoveryRequest> deltaAggregatedResources(
              StreamObserver<DeltaDiscoveryResponse> out) {
            return open(new Codec.Delta(), out, "", "delta-ads");
          }
        },
        new ClusterDiscoveryServiceGrpc.ClusterDiscoveryServiceImplBase() {
          @Override
          public StreamObserver<DiscoveryRequest> streamClusters(
              StreamObserver<DiscoveryResponse> out) {
            return open(new Codec.Full(), out, TypeUrls.CLUSTER, "cds");
          }

          @Override
          public StreamObserver<DeltaDiscoveryRequest> deltaClusters(
              StreamObserver<DeltaDiscoveryResponse> out) {
            return open(new Codec.Delta(), out, TypeUrls.CLUSTER, "delta-cds");
          }
        },
        new EndpointDiscoveryServiceGrpc.EndpointDiscoveryServiceImplBase() {
          @Override
          public StreamObserver<DiscoveryRequest> streamEndpoints(
              StreamObserver<DiscoveryResponse> out) {
            return open(new Codec.Full(), out, TypeUrls.ENDPOINTS, "eds");
          }

          @Override
          public StreamObserver<DeltaDiscoveryRequest> deltaEndpoints(
              StreamObserver<DeltaDiscoveryResponse> out) {
            return open(new Codec.Delta(), out, TypeUrls.ENDPOINTS, "delta-eds");
          }
        },
        new ListenerDiscoveryServiceGrpc.ListenerDiscoveryServiceImplBase() {
          @Override
          public StreamObserver<DiscoveryRequest> streamListeners(
              StreamObserver<DiscoveryResponse> out) {
            return open(new Codec.Full(), out, TypeUrls.LISTENER, "lds");
          }

          @Override
          public StreamObserver<DeltaDiscoveryRequest> deltaListeners(
              StreamObserver<DeltaDiscoveryResponse> out) {
            return open(new Codec.Delta(), out, TypeUrls.LISTENER, "delta-lds");
          }
        },
        new RouteDiscoveryServiceGrpc.RouteDiscoveryServiceImplBase() {
          @Override
          public StreamObserver<DiscoveryRequest> streamRoutes(
              StreamObserver<DiscoveryResponse> out) {
            return open(new Codec.Full(), out, TypeUrls.ROUTES, "rds");
          }

          @Override
          public StreamObserver<DeltaDiscoveryRequest> deltaRoutes(
              StreamObserver<DeltaDiscoveryResponse> out) {
            return open(new Codec.Delta(), out, TypeUrls.ROUTES, "delta-rds");
          }
        });
  }

  private <Q, R> StreamObserver<Q> open(
      Codec<Q, R> codec, StreamObserver<R> out, String onlyType, String label) {
    Session<Q, R> session = new Session<>(this, codec, (ServerCallStreamObserver<R>) out, onlyType);
    AtomicInteger open = meters.streams(label);
    open.incrementAndGet();
    sessions.put(session, open);
    session.open();
    return session;
  }

  void closed(Session<?, ?> session) {
    AtomicInteger open = sessions.remove(session);
    if (open != null) {
      open.decrementAndGet();
    }
  }

  AdsSettings settings() {
    return settings;
  }

  Executor work() {
    return work;
  }

  Instant now() {
    return clock.instant();
  }

  NodeReader nodes() {
    return nodes;
  }

  Fleet fleet() {
    return fleet;
  }

  AdsMetrics meters() {
    return meters;
  }

  References references() {
    return references;
  }

  @Nullable Published published() {
    return published;
  }
}
