package dev.serin.ads;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.StreamState.Variant;
import io.grpc.BindableService;
import io.grpc.ServerCallHandler;
import io.micrometer.core.instrument.MeterRegistry;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves snapshots to proxies, over aggregated and single-type streams of both variants, and knows
 * what they answered. Thread-safe.
 *
 * <p>Nothing is answered before the first {@link #publish}. The owner calls {@link #tick} about
 * once a second: drains and retention are looked at then.
 */
public final class AdsService {
  private static final Logger log = LoggerFactory.getLogger(AdsService.class);

  private final AdsSettings settings;
  private final Executor work;
  private final InstantSource clock;
  private final NodeReader nodes;
  private final Fleet fleet;
  private final AdsMetrics meters;
  private final References references = new References();
  private final Homes homes;
  private final AtomicBoolean fanOutQueued = new AtomicBoolean();
  private volatile @Nullable Published published;
  private volatile Admission admission = Admission.ALL;
  private volatile Demand demand = Demand.NONE;

  /** What is served now, and the measure of how it spreads. */
  record Published(SnapshotSource source, Push push) {}

  /**
   * A service without streams, whose streams will run on {@code work}.
   *
   * @param work prepares what is served; a pool of a few threads
   */
  public AdsService(
      AdsSettings settings, Executor work, InstantSource clock, MeterRegistry registry) {
    this(settings, work, StreamThreads.NONE, clock, registry);
  }

  /**
   * A service without streams.
   *
   * @param work prepares what is served; a pool of a few threads
   * @param threads the event loops of the transport, on which the streams run then
   */
  public AdsService(
      AdsSettings settings,
      Executor work,
      StreamThreads threads,
      InstantSource clock,
      MeterRegistry registry) {
    this.settings = settings;
    this.work = work;
    this.clock = clock;
    this.nodes = new NodeReader(settings.clusterOf(), settings.limits());
    this.fleet = new Fleet(settings);
    this.meters = new AdsMetrics(registry);
    this.homes = new Homes(threads, work);
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

  /** Asks this from now on whether a client may be served. */
  public void admit(Admission wanted) {
    admission = wanted;
  }

  /** Tells this from now on what streams ask for. Before the first one comes. */
  public void tell(Demand wanted) {
    demand = wanted;
  }

  /** Asks the source anew for one proxy. Returns at once. */
  public void lookAgain(Proxy proxy) {
    prepare(proxy, () -> fleet.lookAgain(proxy.nodeId()));
  }

  private void fanOut() {
    fanOutQueued.set(false);
    Published now = published;
    if (now == null) {
      return;
    }
    makeForEveryGroup(now.source());
    List<Home> all = homes.all();
    AtomicInteger open = new AtomicInteger(all.size());
    for (Home home : all) {
      home.refresh(() -> {
        if (open.decrementAndGet() == 0) {
          now.push().fannedOut();
        }
      });
    }
  }

  /** Makes here what the streams will ask for: their threads are the transport's. */
  private void makeForEveryGroup(SnapshotSource source) {
    fleet.samples().forEach(sample -> make(source, sample));
  }

  private static void make(SnapshotSource source, Proxy proxy) {
    try {
      source.snapshot(proxy);
    } catch (RuntimeException e) {
      // The streams of these proxies will meet it, too, and end by it; the others go on.
      log.error("nothing can be made for a proxy node={}", proxy.nodeId(), e);
    }
  }

  /** Makes what a proxy is served, then calls {@code done}. */
  void prepare(Proxy proxy, Runnable done) {
    work.execute(() -> {
      Published now = published;
      if (now != null) {
        make(now.source(), proxy);
        done.run(); // what is published later reaches the stream by itself
      }
    });
  }

  public FleetView fleetView() {
    return fleet;
  }

  /** Looks at what has become due: removals after their drain, proxies past their retention. */
  public void tick() {
    Instant now = clock.instant();
    homes.all().forEach(home -> home.forEach(session -> session.tick(now)));
    fleet.forget(now);
    meters.fleet(fleet.nodes());
  }

  /** Ends every stream with {@code UNAVAILABLE}; clients come back, here or elsewhere. */
  public void shutDown() {
    homes.all().forEach(home -> home.forEach(Session::shutDown));
  }

  /** The gRPC services: the aggregated one, and one for each type. */
  public ImmutableList<BindableService> services() {
    return DiscoveryServices.all(this::handler);
  }

  private ServerCallHandler<Ask, Outgoing> handler(Variant variant, String onlyType, String label) {
    AtomicInteger open = meters.streams(label);
    return (call, headers) -> {
      Session session = new Session(this, variant, call, headers, homes.choose(), onlyType, open);
      session.open();
      return session;
    };
  }

  AdsSettings settings() {
    return settings;
  }

  Demand demand() {
    return demand;
  }

  Admission admission() {
    return admission;
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
