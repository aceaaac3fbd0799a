package dev.serin.bench.peer;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.Message;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.ads.SnapshotSource;
import dev.serin.bench.content.Content;
import dev.serin.bench.content.XdsType;
import dev.serin.mesh.Layer;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.edge.EventLoops;
import dev.serin.server.edge.XdsListener;
import dev.serin.server.warmup.WarmUp;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Serin's ADS service behind the product's own listener, with the product's own limits. */
final class SerinPeer implements Peer {
  /** The product's defaults, but for the pace at which it lets a fleet in: that is not measured. */
  private static final List<String> FLAGS =
      List.of(
          "--xds.listen=127.0.0.1:0",
          "--xds.limits.newStreamsPerSecond=1000000",
          "--xds.limits.newConnectionsPerSecond=1000000");

  private static final int WARM_UP_SECONDS = 2;

  private final Content content;
  private final boolean own;

  /** What no push changes is the same object in all snapshots, as between the product's own. */
  private final Snapshot fixed;

  private final ImmutableList<Resource> routes;
  private final Map<String, Layer> layers = new ConcurrentHashMap<>();
  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final ExecutorService streams =
      Executors.newFixedThreadPool(
          Math.max(2, Runtime.getRuntime().availableProcessors()),
          Thread.ofPlatform().name("serin-ads-", 0).daemon().factory());
  private final ScheduledExecutorService ticker =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().name("serin-tick").daemon().factory());
  private final EventLoops loops = new EventLoops();
  private final AdsService ads =
      new AdsService(AdsSettings.DEFAULT, streams, loops, InstantSource.system(), registry);

  private @Nullable XdsListener running;

  SerinPeer(Content content, boolean own) {
    this.content = content;
    this.own = own;
    ImmutableList.Builder<Resource> resources = ImmutableList.builder();
    for (int i = 0; i < content.clusters().size(); i++) {
      Cluster cluster = content.clusters().get(i);
      var endpoints = content.endpoints().get(i);
      resources.add(resource(XdsType.CLUSTERS, cluster.getName(), cluster));
      resources.add(
          Resource.of(
              XdsType.ENDPOINTS.url(),
              endpoints.getClusterName(),
              endpoints.toByteString(),
              cluster.toByteString()));
    }
    content
        .listeners()
        .forEach(one -> resources.add(resource(XdsType.LISTENERS, one.getName(), one)));
    this.fixed = Snapshot.of(resources.build());
    this.routes =
        content.routes().stream()
            .map(one -> resource(XdsType.ROUTES, one.getName(), one))
            .collect(ImmutableList.toImmutableList());
  }

  @Override
  public int start() throws IOException {
    push(0);
    XdsListener listener =
        new XdsListener(config(), Optional.empty(), ads.services(), registry, loops);
    WarmUp.run(Duration.ofSeconds(WARM_UP_SECONDS)); // as the product does
    listener.start();
    running = listener;
    var ignored = ticker.scheduleAtFixedRate(ads::tick, 1, 1, TimeUnit.SECONDS);
    return listener.port();
  }

  private static Xds config() {
    ConfigLoader.Result loaded = ConfigLoader.load(Optional.empty(), Map.of(), FLAGS);
    return loaded
        .config()
        .orElseThrow(() -> new IllegalStateException(loaded.problems().toString()))
        .xds();
  }

  @Override
  public void close() {
    ticker.shutdownNow();
    ads.shutDown();
    if (running != null) {
      running.close();
    }
    loops.close();
    streams.shutdownNow();
  }

  @Override
  public void push(int weight) {
    var changed = content.changing(weight);
    Snapshot shared =
        new Layer(
                ImmutableList.<Resource>builder()
                    .addAll(routes)
                    .add(resource(XdsType.ROUTES, changed.getName(), changed))
                    .build())
            .over(fixed);
    ads.publish(own ? perProxy(shared) : proxy -> shared);
  }

  /** What all share once, and above it what each has of its own. */
  private SnapshotSource perProxy(Snapshot shared) {
    return proxy -> layers.computeIfAbsent(proxy.nodeId(), SerinPeer.this::ownCluster).over(shared);
  }

  private Layer ownCluster(String nodeId) {
    return new Layer(
        ImmutableList.of(resource(XdsType.CLUSTERS, Content.ownName(nodeId), content.own(nodeId))));
  }

  private static Resource resource(XdsType type, String name, Message message) {
    return Resource.of(type.url(), name, message.toByteString());
  }
}
