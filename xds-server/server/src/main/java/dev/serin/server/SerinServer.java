package dev.serin.server;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.mesh.ClusterRule;
import dev.serin.notify.ChannelNotifier;
import dev.serin.server.api.AuditApi;
import dev.serin.server.api.CalendarApi;
import dev.serin.server.api.Decisions;
import dev.serin.server.api.FleetApi;
import dev.serin.server.api.FleetEvents;
import dev.serin.server.api.FleetWatches;
import dev.serin.server.api.OpenRequests;
import dev.serin.server.api.PolicyApi;
import dev.serin.server.api.ProxyDiffs;
import dev.serin.server.api.ResourceApi;
import dev.serin.server.api.RolloutApi;
import dev.serin.server.api.RolloutEvents;
import dev.serin.server.api.RolloutWatches;
import dev.serin.server.api.ServiceApi;
import dev.serin.server.config.ServerConfig;
import dev.serin.server.config.ServerConfig.ClusterOf;
import dev.serin.server.control.Control;
import dev.serin.server.control.ControlLoop;
import dev.serin.server.control.LoopMetrics;
import dev.serin.server.control.RolloutHistory;
import dev.serin.server.csds.ClientStatusService;
import dev.serin.server.csds.Sight;
import dev.serin.server.edge.ApiListener;
import dev.serin.server.edge.EventLoops;
import dev.serin.server.edge.LostStoreGuard;
import dev.serin.server.edge.MetricsListener;
import dev.serin.server.edge.OffLoop;
import dev.serin.server.edge.Readiness;
import dev.serin.server.edge.TokenBook;
import dev.serin.server.edge.XdsListener;
import dev.serin.server.fleet.MeshPublisher;
import dev.serin.server.fleet.RequestSeconds;
import dev.serin.server.fleet.RolloutMeters;
import dev.serin.server.fleet.WindowedEvidence;
import dev.serin.server.hooks.HttpHookClient;
import dev.serin.server.notify.Deliveries;
import dev.serin.server.warmup.WarmUp;
import dev.serin.spi.Store;
import dev.serin.spi.StoreException;
import dev.serin.store.sqlite.SqliteStore;
import dev.serin.telemetry.EvidenceRules;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.MetricsReceiver;
import dev.serin.telemetry.ServedClusters;
import dev.serin.telemetry.TelemetryMeters;
import io.grpc.BindableService;
import io.grpc.ServerInterceptors;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The whole control plane in one process. What starts later stops earlier; the port that proxies
 * connect to opens only when the state is loaded and the first configuration is made.
 */
public final class SerinServer implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(SerinServer.class);

  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final AtomicReference<Readiness> starting =
      new AtomicReference<>(Readiness.waitingFor("the state is being loaded"));
  private int xdsPort;
  private int apiPort;
  private OptionalInt metricsPort = OptionalInt.empty();

  private SerinServer() {}

  /** A server that could not start, and why, in words for the person who started it. */
  public static final class StartFailure extends Exception {
    StartFailure(String message, Throwable cause) {
      super(message, cause);
    }
  }

  /** Starts everything, or nothing. */
  public static SerinServer start(ServerConfig config, Map<String, String> environment)
      throws StartFailure {
    SerinServer server = new SerinServer();
    try {
      server.begin(config, environment);
      return server;
    } catch (StoreException | IOException | IllegalStateException failure) {
      server.close();
      throw new StartFailure(String.valueOf(failure.getMessage()), failure);
    } catch (RuntimeException bug) {
      server.close();
      throw new StartFailure("the server cannot start: " + bug, bug);
    }
  }

  /** The bound port of the xDS listener. */
  public int xdsPort() {
    return xdsPort;
  }

  /** The bound port of the API listener. */
  public int apiPort() {
    return apiPort;
  }

  /** The bound port of the metrics' own listener; empty where they are on the API's. */
  public OptionalInt metricsPort() {
    return metricsPort;
  }

  private void begin(ServerConfig config, Map<String, String> environment)
      throws StoreException, IOException {
    InstantSource clock = new OnwardClock(InstantSource.system(), System::nanoTime);
    PrometheusMeterRegistry registry = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    running.push(registry::close);
    Store store =
        switch (config.store()) {
          case ServerConfig.Store.Sqlite sqlite -> SqliteStore.open(sqlite.path());
        };
    running.push(store);

    ImmutableList<ClusterRule> clusterOf = clusterOf(config.mesh());
    AtomicReference<MeshPublisher> publisherLater = new AtomicReference<>();
    java.util.function.Supplier<ServedClusters> served =
        () -> {
          MeshPublisher publisher = publisherLater.get();
          return publisher == null ? ServedClusters.NONE : publisher.served();
        };
    TelemetryMeters telemetryMeters = new TelemetryMeters(registry, clock);
    registry.getPrometheusRegistry().register(new RequestSeconds(telemetryMeters.times()));
    EvidenceWindows windows = new EvidenceWindows(EvidenceRules.DEFAULT, served, telemetryMeters);
    ExecutorService streams =
        Executors.newFixedThreadPool(
            Math.max(2, Runtime.getRuntime().availableProcessors()),
            Thread.ofPlatform().name("serin-ads-", 0).daemon().factory());
    running.push(streams::shutdownNow);
    EventLoops loops = new EventLoops();
    running.push(loops);
    AdsService ads =
        new AdsService(adsSettings(config, clusterOf), streams, loops, clock, registry);
    OpenBases bases = OpenBases.open(config.mesh().base(), registry);
    running.push(bases);
    MeshPublisher publisher = new MeshPublisher(ads, windows, bases.bases());
    publisherLater.set(publisher);
    bases.connect(ads, publisher);

    RolloutWatches watches = new RolloutWatches();
    RolloutMeters meters = new RolloutMeters(registry);
    HttpHookClient hooks = new HttpHookClient(environment);
    running.push(hooks);
    ChannelNotifier notifier = new ChannelNotifier(environment);
    running.push(notifier);
    Deliveries deliveries = new Deliveries(notifier, clock, registry);
    running.push(deliveries);
    ControlLoop loop =
        new ControlLoop(
            store,
            ControlLoop.PATIENCE,
            publisher,
            new WindowedEvidence(windows, clock),
            hooks,
            deliveries,
            clock,
            new LoopMetrics(registry),
            List.of(watches::changed, meters::changed));
    running.push(loop);
    Gauge.builder("serin.leader", loop, l -> l.decides() ? 1 : 0)
        .description("1 while the decisions are this server's.")
        .register(registry);
    if (config.acceptLoss()) {
      loop.storeDoubt().dismiss();
    }
    loop.start();
    Housekeeping housekeeping = new Housekeeping(ads);
    running.push(housekeeping);

    MetricsReceiver receiver =
        new MetricsReceiver(
            windows,
            served,
            node -> ClusterRule.meshCluster(clusterOf, node),
            clock,
            telemetryMeters);
    if (loop.storeDoubt().isOpen()) {
      ads.admit(new LostStoreGuard(loop.storeDoubt()::confirm));
    }
    XdsListener xds =
        openXds(
            config,
            environment,
            ads,
            List.of(
                offLoop(receiver, streams),
                offLoop(new ClientStatusService(ads.fleetView(), Sight.of(config.xds())), streams)),
            loops,
            registry);
    OpenRequests open =
        new OpenRequests(
            loop::catalog, (service, version) -> windows.open(service, version, clock.instant()));
    openApi(
        config, environment, clock, loop, store, ads, publisher, bases, watches, open, registry);
    running.push(xds::goingAway); // before anything else stops, nobody new is sent here
    starting.set(Readiness.READY);
  }

  private static BindableService offLoop(BindableService service, ExecutorService executor) {
    return () -> ServerInterceptors.intercept(service, new OffLoop(executor));
  }

  private XdsListener openXds(
      ServerConfig config,
      Map<String, String> environment,
      AdsService ads,
      List<BindableService> others,
      EventLoops loops,
      PrometheusMeterRegistry registry)
      throws IOException {
    List<BindableService> services = new ArrayList<>(ads.services());
    services.addAll(others);
    XdsListener xds =
        new XdsListener(
            config.xds(), tokens(config.xds().tokens(), environment), services, registry, loops);
    WarmUp.run(config.xds().warmUp());
    xds.start();
    xdsPort = xds.port();
    running.push(ads::shutDown); // what the listener has not ended by then
    running.push(xds);
    log.info("serving proxies on {}:{}", config.xds().listen().host(), xdsPort);
    return xds;
  }

  private void openApi(
      ServerConfig config,
      Map<String, String> environment,
      InstantSource clock,
      ControlLoop loop,
      Store store,
      AdsService ads,
      MeshPublisher publisher,
      OpenBases bases,
      RolloutWatches watches,
      OpenRequests open,
      PrometheusMeterRegistry registry)
      throws IOException {
    FleetWatches proxies = new FleetWatches(ads.fleetView(), publisher, Instant.now());
    Control control = new Control(loop);
    RolloutHistory history = new RolloutHistory(store);
    ImmutableList<BindableService> services =
        ImmutableList.of(
            new RolloutApi(control, watches, new Decisions(history), open),
            new ServiceApi(control),
            new PolicyApi(control),
            new ResourceApi(control, clock),
            new FleetApi(
                ads.fleetView(), publisher, new ProxyDiffs(publisher, loop::catalog), proxies),
            new CalendarApi(control, clock),
            new AuditApi(store));
    ApiListener api =
        new ApiListener(
            config.api(),
            tokens(config.api().tokens(), environment),
            new ApiListener.Parts(
                services,
                () -> readiness(loop, bases),
                registry,
                Optional.of(new FleetEvents(proxies, new RolloutEvents(watches))),
                config.metrics().listen().isEmpty()));
    api.start();
    apiPort = api.port();
    running.push(api);
    running.push(proxies); // who watches is told, before the listener cuts off who is left
    running.push(watches);
    log.info("serving people on {}:{}", config.api().listen().host(), apiPort);
    if (config.metrics().listen().isPresent()) {
      MetricsListener metrics = new MetricsListener(config.metrics().listen().get(), registry);
      metrics.start();
      metricsPort = OptionalInt.of(metrics.port());
      running.push(metrics);
    }
  }

  private Readiness readiness(ControlLoop loop, OpenBases bases) {
    return loop.trouble()
        .map(Readiness::waitingFor)
        .or(() -> Optional.of(new Readiness(bases.waiting())).filter(r -> !r.ready()))
        .orElseGet(starting::get);
  }

  private static AdsSettings adsSettings(
      ServerConfig config, ImmutableList<ClusterRule> clusterOf) {
    ServerConfig.Nodes nodes = config.xds().limits().nodes();
    AdsSettings defaults = AdsSettings.DEFAULT;
    return new AdsSettings(
        clusterOf,
        defaults.drain(),
        defaults.retention(),
        new AdsSettings.Limits(
            nodes.maxMetadataBytes(),
            nodes.maxNames(),
            defaults.limits().maxNameChars(),
            nodes.maxTypes(),
            nodes.maxGone()));
  }

  private static ImmutableList<ClusterRule> clusterOf(ServerConfig.Mesh mesh) {
    return mesh.clusterOf().stream()
        .<ClusterRule>map(rule ->
            switch (rule) {
              case ClusterOf.Metadata(String key) -> new ClusterRule.Metadata(key);
              case ClusterOf.Region region -> new ClusterRule.Region();
              case ClusterOf.Zone zone -> new ClusterRule.Zone();
              case ClusterOf.Named(String name) -> new ClusterRule.Named(name);
            })
        .collect(ImmutableList.toImmutableList());
  }

  private static Optional<TokenBook> tokens(
      Optional<dev.serin.server.config.SecretRef> source, Map<String, String> environment)
      throws IOException {
    if (source.isEmpty()) {
      return Optional.empty();
    }
    return switch (TokenBook.read(source.get(), environment)) {
      case TokenBook.Reading.Read(TokenBook book) -> Optional.of(book);
      case TokenBook.Reading.Unreadable(ImmutableList<String> problems) ->
          throw new IOException(String.join("; ", problems));
    };
  }

  @Override
  public void close() {
    while (!running.isEmpty()) {
      try {
        running.pop().close();
      } catch (Exception failure) {
        log.warn("a part did not stop cleanly", failure);
      }
    }
  }
}
