package dev.serin.server.warmup;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.mesh.Snapshot;
import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.edge.EventLoops;
import dev.serin.server.edge.XdsListener;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A fleet that comes to a JVM which has just started costs three times the CPU, at the worst of all
 * moments: the control plane was away, and everybody comes at once. So a small fleet is simulated
 * first. It meets a listener and a discovery service of its own, over the loopback interface; the
 * real ones see nothing of it.
 */
public final class WarmUp {
  private static final Logger log = LoggerFactory.getLogger(WarmUp.class);

  private static final AtomicBoolean DONE = new AtomicBoolean();

  /** So many connect at once. */
  private static final int FLEET = 32;

  private static final int STEPS = 20;

  private static final ImmutableList<String> FLAGS =
      ImmutableList.of(
          "--xds.listen=127.0.0.1:0",
          "--xds.limits.newStreamsPerSecond=1000000",
          "--xds.limits.newConnectionsPerSecond=1000000",
          "--xds.limits.drain=1s");

  private final long begun = System.nanoTime();
  private final long deadline;
  private final Semaphore seen = new Semaphore(0);
  private int weight;

  WarmUp(Duration time) {
    this.deadline = begun + time.toNanos();
  }

  /**
   * Serves a simulated fleet for as long as this, and returns how many proxies it had. A JVM is
   * warmed up once; a failure is logged and costs nothing but the warmth.
   *
   * @param time zero: not at all
   */
  public static int run(Duration time) {
    return time.isZero() || DONE.getAndSet(true) ? 0 : new WarmUp(time).serveSafely();
  }

  int serveSafely() {
    try {
      int proxies = serve();
      long took = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - begun);
      log.info("warmed up proxies={} ms={}", proxies, took);
      return proxies;
    } catch (IOException | RuntimeException e) {
      log.warn("not warmed up: the first fleet to connect will take longer", e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
    return 0;
  }

  /** Returns how many proxies it has served. */
  private int serve() throws IOException, InterruptedException {
    ExecutorService work = Executors.newFixedThreadPool(2, Thread.ofPlatform().daemon().factory());
    try (EventLoops loops = new EventLoops()) {
      var registry = new SimpleMeterRegistry();
      AdsService ads =
          new AdsService(AdsSettings.DEFAULT, work, loops, InstantSource.system(), registry);
      try (XdsListener listener =
          new XdsListener(config(), Optional.empty(), ads.services(), registry, loops)) {
        listener.start();
        publish(ads);
        int proxies = 0;
        while (left() > 0) {
          proxies += round(ads, listener.port(), proxies);
        }
        ads.shutDown();
        return proxies;
      }
    } finally {
      work.shutdownNow();
    }
  }

  private static Xds config() {
    ConfigLoader.Result loaded = ConfigLoader.load(Optional.empty(), Map.of(), FLAGS);
    return loaded
        .config()
        .orElseThrow(() -> new IllegalStateException(loaded.problems().toString()))
        .xds();
  }

  private long left() {
    return deadline - System.nanoTime();
  }

  /** A fleet comes, takes a few steps and goes. */
  private int round(AdsService ads, int port, int number) throws InterruptedException {
    List<ManagedChannel> channels = new ArrayList<>();
    try {
      for (int i = 0; i < FLEET && left() > 0; i++) {
        ManagedChannel channel =
            Grpc.newChannelBuilder("127.0.0.1:" + port, InsecureChannelCredentials.create())
                .directExecutor()
                .build();
        channels.add(channel);
        String id = "warm-up-" + (number + i);
        SimulatedProxy<?, ?> proxy =
            i % 2 == 0 ? new FullProxy(id, seen::release) : new DeltaProxy(id, seen::release);
        proxy.connect(channel);
      }
      boolean all = seen.tryAcquire(channels.size(), left(), TimeUnit.NANOSECONDS);
      for (int i = 0; all && i < STEPS; i++) {
        publish(ads);
        all = seen.tryAcquire(channels.size(), left(), TimeUnit.NANOSECONDS);
      }
      ads.tick();
      return channels.size();
    } finally {
      channels.forEach(ManagedChannel::shutdownNow);
      seen.drainPermits();
    }
  }

  private void publish(AdsService ads) {
    Snapshot snapshot = Content.at(++weight);
    ads.publish(proxy -> snapshot);
  }
}
