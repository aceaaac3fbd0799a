package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.ads.ProxyView;
import dev.serin.judge.Baseline;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.Analysis;
import dev.serin.policy.CanaryPolicy;
import dev.serin.policy.MeshService;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.By;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Event;
import dev.serin.rollout.Opening;
import dev.serin.rollout.Rollout;
import dev.serin.rollout.RolloutState;
import dev.serin.server.control.Catalog;
import dev.serin.server.control.Catalog.Versioned;
import dev.serin.server.control.Freezes;
import dev.serin.server.control.KindStanding;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Tally;
import dev.serin.server.control.Wanted;
import dev.serin.server.control.Wants;
import dev.serin.telemetry.EvidenceRules;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ServedClusters;
import dev.serin.telemetry.TelemetryMeters;
import io.grpc.BindableService;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;

/** Real streams of the real service; every executor is the caller, so nothing is waited for. */
abstract class PublisherBench {
  static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
  static final By ANN = new By("ann", "", "");
  static final ResourceName CHECKOUT = ResourceName.parse("shop/checkout");
  static final ResourceName CART = ResourceName.parse("shop/cart");

  Instant now = T0;
  final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  final AtomicReference<MeshPublisher> later = new AtomicReference<>();
  final EvidenceWindows windows =
      new EvidenceWindows(
          EvidenceRules.DEFAULT, this::served, new TelemetryMeters(meters, () -> now));
  AdsService ads = new AdsService(AdsSettings.DEFAULT, Runnable::run, () -> now, meters);
  MeshPublisher publisher = new MeshPublisher(ads, windows);
  final TreeMap<ResourceName, Versioned<ServiceState>> services = new TreeMap<>();
  final TreeMap<ResourceName, LiveRollout> rollouts = new TreeMap<>();
  final List<FakeProxy> proxies = new ArrayList<>();
  Server server;
  ManagedChannel channel;

  ServedClusters served() {
    MeshPublisher made = later.get();
    return made == null ? ServedClusters.NONE : made.served();
  }

  @BeforeEach
  void open() throws IOException {
    listen();
    for (ResourceName service : List.of(CHECKOUT, CART)) {
      MeshService mesh =
          ((Wanted.Service) Wants.service(service, service.name(), "v1", "v2", "v3")).service();
      services.put(service, new Versioned<>(new ServiceState(mesh, "v1"), 1));
    }
    publish();
  }

  /** A new server knows what was stored, and nothing else; its proxies are not back yet. */
  void restart() throws IOException {
    ImmutableList<KindStanding> stored = publisher.standings();
    proxies.forEach(FakeProxy::close);
    proxies.clear();
    end();
    ads = new AdsService(AdsSettings.DEFAULT, Runnable::run, () -> now, meters);
    publisher = new MeshPublisher(ads, windows);
    listen();
    publisher.restore(stored);
    publish();
  }

  private void listen() throws IOException {
    later.set(publisher);
    String name = UUID.randomUUID().toString();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
    for (BindableService service : ads.services()) {
      builder.addService(service);
    }
    server = builder.build().start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
  }

  @AfterEach
  void end() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  void publish() {
    publisher.publish(
        new Catalog(
            ImmutableSortedMap.copyOf(services),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.copyOf(rollouts),
            ImmutableSortedMap.of(),
            Freezes.NONE,
            ImmutableSortedMap.of(),
            1),
        now);
  }

  /** Three proxies that have accepted everything, a second apart. */
  void threeProxies() {
    for (int i = 1; i <= 3; i++) {
      connect("envoy-" + i);
    }
    proxies.forEach(proxy -> proxy.routesReceived = 0);
  }

  FakeProxy connect(String id) {
    return connect(id, 38);
  }

  /** A proxy of Envoy 1.{@code minor}. */
  FakeProxy connect(String id, int minor) {
    return connect(id, minor, proxy -> {});
  }

  FakeProxy connect(String id, int minor, Consumer<FakeProxy> temper) {
    String routes =
        dev.serin.mesh.MeshConfig.of(
                services.values().stream().map(Versioned::value).toList(), List.of())
            .routeConfigurations(CHECKOUT)
            .first();
    FakeProxy proxy = new FakeProxy(channel, id, minor, routes);
    temper.accept(proxy);
    proxies.add(proxy);
    settle();
    now = now.plusSeconds(1);
    return proxy;
  }

  void settle() {
    boolean any = true;
    while (any) {
      any = false;
      for (FakeProxy proxy : proxies) {
        any |= proxy.answer();
      }
    }
  }

  List<Integer> received() {
    return proxies.stream().map(proxy -> proxy.routesReceived).toList();
  }

  RolloutState started(ResourceName service, String to) {
    CanaryPolicy policy = ((Wanted.Policy) Wants.policy(Analysis.OFF)).policy();
    ResourceName name = new ResourceName("shop", service.name() + "-" + to);
    RolloutState pending =
        RolloutState.pending(
            new RolloutSpec(name, ImmutableSortedMap.of(), service, to, "quick", false),
            policy,
            "v1",
            "salt",
            now);
    return next(
        pending,
        new Event.Started(
            now,
            ANN,
            new Opening(Baseline.NONE, ImmutableSortedMap.of("", 1.0), OptionalDouble.of(1000))));
  }

  /** What an event makes of a rollout, in the catalogue but not yet published. */
  RolloutState next(RolloutState state, Event event) {
    RolloutState after = Rollout.next(state, event).state();
    rollouts.put(
        after.spec().name(),
        new LiveRollout(
            after,
            new Tally(0, 0, 0, 0),
            Optional.empty(),
            Optional.empty(),
            ImmutableSortedMap.of(),
            after.split().generation(),
            0,
            1));
    return after;
  }

  RolloutState weight(RolloutState state, int ppm) {
    return next(state, new Event.SetWeight(now, ANN, ppm));
  }

  ClusterConvergence counts(RolloutState state) {
    var clusters = publisher.convergence(state, now);
    assertThat(clusters).hasSize(1);
    return clusters.values().iterator().next();
  }

  /** Started, and run by all three. */
  RolloutState running(ResourceName service) {
    RolloutState state = started(service, "v2");
    publish();
    settle();
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(3, 3, 0, 0, 0));
    proxies.forEach(proxy -> proxy.routesReceived = 0);
    return state;
  }

  /** The canary's share at a proxy, by the version of the routes that it has accepted last. */
  int share(String node, ResourceName service) {
    ProxyView view = ads.fleetView().proxy(node).orElseThrow();
    return publisher.ackedSplits(view).stream()
        .filter(split -> split.service().equals(service))
        .findFirst()
        .map(split -> split.splitPpm().getOrDefault("v2", 0))
        .orElseThrow(() -> new AssertionError(node + " uses no routes of " + service));
  }

  /** A turn of the loop, and what comes of it. */
  void turn() {
    publisher.tick(now);
    settle();
  }
}
