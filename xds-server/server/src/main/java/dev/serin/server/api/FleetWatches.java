package dev.serin.server.api;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.FleetListener;
import dev.serin.ads.FleetView;
import dev.serin.ads.ProxyView;
import dev.serin.server.fleet.Splits;
import dev.serin.v1.Proxy;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.stub.ServerCallStreamObserver;
import java.time.Duration;
import java.time.Instant;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The open watches on proxies. While there is one the fleet is looked at once a second, sooner when
 * something has happened, and never for more than a twentieth of the time; while there is none it
 * is not looked at. A watcher that reads slowly gets the last state of each proxy.
 */
public final class FleetWatches implements FleetListener, AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(FleetWatches.class);

  private static final Duration TICK = Duration.ofMillis(100);
  private static final Duration LONGEST_PAUSE = Duration.ofSeconds(1);
  private static final int SHARE_OF_TIME = 20;
  private static final long REVISIONS_A_MILLISECOND = 1_000;

  private final FleetView fleet;
  private final Splits splits;
  private final FleetBoard board;
  private final Set<FleetWatcher> watchers = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService thread =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("serin-fleet-watch").daemon().factory());

  private volatile boolean happened;
  private volatile boolean ticking;

  // Touched by the thread alone.
  private long looked;
  private long tookNanos;

  /**
   * @param now revisions are counted from it, so that one of a server before is not taken for ours
   */
  public FleetWatches(FleetView fleet, Splits splits, Instant now) {
    this.fleet = fleet;
    this.splits = splits;
    this.board = new FleetBoard(now.toEpochMilli() * REVISIONS_A_MILLISECOND);
    fleet.addListener(this);
  }

  /** Opens a watch: what is there, then every change, until the caller leaves. */
  void open(WatchProxiesRequest request, ServerCallStreamObserver<WatchProxiesResponse> observer) {
    FleetWatcher watcher = watcher(request, new CallReader<>(observer));
    observer.setOnCancelHandler(() -> watchers.remove(watcher));
    observer.setOnReadyHandler(watcher::drain);
    begin(watcher);
  }

  /** Opens a watch for another kind of reader. */
  OpenWatch open(WatchProxiesRequest request, WatchReader<WatchProxiesResponse> reader) {
    FleetWatcher watcher = watcher(request, reader);
    begin(watcher);
    return new OpenWatch(watcher::drain, () -> watchers.remove(watcher));
  }

  private FleetWatcher watcher(
      WatchProxiesRequest request, WatchReader<WatchProxiesResponse> reader) {
    if (request.getRevision() < 0) {
      throw Replies.badField("revision", request.getRevision() + " (expected: 0 or more)");
    }
    return new FleetWatcher(
        board,
        ProxyFilter.of(request.getCluster(), request.getStale(), request.getStatesList()),
        request.getRevision(),
        reader,
        watchers::remove);
  }

  private void begin(FleetWatcher watcher) {
    watchers.add(watcher);
    try {
      thread.execute(() -> begun(watcher));
    } catch (RejectedExecutionException going) {
      watchers.remove(watcher);
      watcher.end();
    }
  }

  private void begun(FleetWatcher watcher) {
    look();
    watcher.begin();
    if (!ticking) {
      ticking = true;
      tickLater();
    }
  }

  private void tickLater() {
    var unused = thread.schedule(this::tick, TICK.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void tick() {
    if (watchers.isEmpty()) {
      board.rest();
      ticking = false;
      return;
    }
    long since = System.nanoTime() - looked;
    boolean mayLook = since >= SHARE_OF_TIME * tookNanos;
    if (mayLook && (happened || since >= LONGEST_PAUSE.toNanos())) {
      look();
    }
    tickLater();
  }

  /** Compares the fleet with what the board says of it, and tells the watchers. */
  private void look() {
    long begin = System.nanoTime();
    happened = false;
    try {
      ProxyMessages messages = new ProxyMessages(splits, ProxyMessages.LISTED_WORDS);
      ImmutableList.Builder<Proxy> proxies = ImmutableList.builder();
      for (ProxyView view : fleet.proxies()) {
        proxies.add(messages.of(view));
      }
      board.update(proxies.build());
      watchers.forEach(FleetWatcher::drain);
    } catch (RuntimeException bug) {
      log.error("the fleet could not be looked at", bug);
    }
    looked = System.nanoTime();
    tookNanos = looked - begin;
  }

  /** Whether the fleet is looked at again and again. */
  boolean isLooking() {
    return ticking;
  }

  @Override
  public void joined(dev.serin.ads.Proxy proxy, Instant at) {
    happen();
  }

  @Override
  public void left(dev.serin.ads.Proxy proxy, Instant at) {
    happen();
  }

  @Override
  public void acked(
      dev.serin.ads.Proxy proxy, String typeUrl, String name, String version, Instant at) {
    happen();
  }

  @Override
  public void nacked(
      dev.serin.ads.Proxy proxy,
      String typeUrl,
      String name,
      String version,
      String message,
      Instant at) {
    happen();
  }

  private void happen() {
    if (!happened) { // ten thousand proxies do not fight for one line of the cache
      happened = true;
    }
  }

  /** Tells every reader to come back later, rather than to be cut off with the connection. */
  @Override
  public void close() {
    thread.shutdownNow();
    watchers.forEach(FleetWatcher::end);
    watchers.clear();
  }
}
