package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Baseline;
import dev.serin.judge.Histogram;
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
import dev.serin.server.control.Control;
import dev.serin.server.control.LiveRollout;
import dev.serin.server.control.Tally;
import dev.serin.server.control.Wants;
import dev.serin.telemetry.EvidenceRules;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ProxyFlush;
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
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Real streams of the real service; every executor is the caller, so nothing is waited for. */
class MeshPublisherTest {
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");
  private static final By ANN = new By("ann", "", "");
  private static final ResourceName CHECKOUT = ResourceName.parse("shop/checkout");
  private static final ResourceName CART = ResourceName.parse("shop/cart");

  private Instant now = T0;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final AtomicReference<MeshPublisher> later = new AtomicReference<>();
  private final EvidenceWindows windows =
      new EvidenceWindows(
          EvidenceRules.DEFAULT, this::served, new TelemetryMeters(meters, () -> now));
  private final AdsService ads =
      new AdsService(AdsSettings.DEFAULT, Runnable::run, () -> now, meters);
  private final MeshPublisher publisher = new MeshPublisher(ads, windows);
  private final TreeMap<ResourceName, Versioned<ServiceState>> services = new TreeMap<>();
  private final TreeMap<ResourceName, LiveRollout> rollouts = new TreeMap<>();
  private final List<FakeProxy> proxies = new ArrayList<>();
  private Server server;
  private ManagedChannel channel;

  private ServedClusters served() {
    MeshPublisher made = later.get();
    return made == null ? ServedClusters.NONE : made.served();
  }

  @BeforeEach
  void open() throws IOException {
    later.set(publisher);
    String name = UUID.randomUUID().toString();
    InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
    for (BindableService service : ads.services()) {
      builder.addService(service);
    }
    server = builder.build().start();
    channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    for (ResourceName service : List.of(CHECKOUT, CART)) {
      MeshService mesh =
          ((Control.Wanted.Service) Wants.service(service, service.name(), "v1", "v2", "v3"))
              .service();
      services.put(service, new Versioned<>(new ServiceState(mesh, "v1"), 1));
    }
    publish();
  }

  @AfterEach
  void end() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  private void publish() {
    publisher.publish(
        new Catalog(
            ImmutableSortedMap.copyOf(services),
            ImmutableSortedMap.of(),
            ImmutableSortedMap.copyOf(rollouts),
            1),
        now);
  }

  /** Three proxies that have accepted everything, a second apart. */
  private void threeProxies() {
    for (int i = 1; i <= 3; i++) {
      connect("envoy-" + i);
    }
    proxies.forEach(proxy -> proxy.routesReceived = 0);
  }

  private FakeProxy connect(String id) {
    String routes =
        dev.serin.mesh.MeshConfig.of(
                services.values().stream().map(Versioned::value).toList(), List.of())
            .routeConfigurations(CHECKOUT)
            .first();
    FakeProxy proxy = new FakeProxy(channel, id, routes);
    proxies.add(proxy);
    settle();
    now = now.plusSeconds(1);
    return proxy;
  }

  private void settle() {
    boolean any = true;
    while (any) {
      any = false;
      for (FakeProxy proxy : proxies) {
        any |= proxy.answer();
      }
    }
  }

  private List<Integer> received() {
    return proxies.stream().map(proxy -> proxy.routesReceived).toList();
  }

  private RolloutState started(ResourceName service, String to) {
    CanaryPolicy policy = ((Control.Wanted.Policy) Wants.policy(Analysis.OFF)).policy();
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
  private RolloutState next(RolloutState state, Event event) {
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

  private RolloutState weight(RolloutState state, int ppm) {
    return next(state, new Event.SetWeight(now, ANN, ppm));
  }

  private ClusterConvergence counts(RolloutState state) {
    var clusters = publisher.convergence(state, now);
    assertThat(clusters).hasSize(1);
    return clusters.values().iterator().next();
  }

  /** Started, and run by all three. */
  private RolloutState running(ResourceName service) {
    RolloutState state = started(service, "v2");
    publish();
    settle();
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(3, 3, 0, 0, 0));
    proxies.forEach(proxy -> proxy.routesReceived = 0);
    return state;
  }

  @Test
  void aStructuralChangeGoesToTheLongestConnectedProxyFirst() {
    threeProxies();
    proxies.getFirst().silent = true;
    RolloutState state = started(CHECKOUT, "v2");
    publish();
    settle();
    assertThat(received()).containsExactly(1, 0, 0);
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(3, 0, 0, 0, 0));
    now = now.plusSeconds(31);
    assertThat(counts(state).silent()).isEqualTo(3);
  }

  @Test
  void whenTheProbeHasAcceptedItAllGetIt() {
    threeProxies();
    running(CHECKOUT);
  }

  @Test
  void aMereWeightGoesToAllAtOnce() {
    threeProxies();
    RolloutState state = running(CHECKOUT);
    proxies.forEach(proxy -> proxy.silent = true);
    weight(state, 250_000);
    publish();
    settle();
    assertThat(received()).containsExactly(1, 1, 1);
  }

  @Test
  void loweringReachesAllWhileAnotherRolloutsProbeIsOut() {
    threeProxies();
    RolloutState cart = running(CART);
    proxies.getFirst().silent = true;
    RolloutState checkout = started(CHECKOUT, "v2");
    publish();
    settle();
    assertThat(received()).containsExactly(1, 0, 0);
    RolloutState zero = next(cart, new Event.Abort(now, ANN, false));
    assertThat(zero.split().weightPpm()).isZero();
    publish();
    settle();
    assertThat(received().subList(1, 3)).containsExactly(1, 1);
    proxies.getFirst().silent = false;
    assertThat(counts(checkout).acked()).isZero();
  }

  @Test
  void aRefusedProbeKeepsItFromItsLikeWhichCountAsNacked() {
    threeProxies();
    proxies.getFirst().refuses = "no such cluster";
    RolloutState state = started(CHECKOUT, "v2");
    publish();
    settle();
    publisher.tick(now);
    settle();
    assertThat(received().subList(1, 3)).containsExactly(0, 0);
    assertThat(counts(state).nacked()).isEqualTo(3);
    assertThat(publisher.takeRefusals())
        .first()
        .satisfies(refused -> {
          assertThat(refused.service()).isEqualTo(CHECKOUT);
          assertThat(refused.node()).isEqualTo("envoy-1");
          assertThat(refused.words()).contains("no such cluster");
        });
    assertThat(publisher.takeRefusals()).isEmpty();
  }

  /** A pause or a hold is no new split: whoever was overdue before it is overdue in it. */
  @Test
  void silenceCountsFromWhenTheSplitWasSentWhateverThePhase() {
    threeProxies();
    proxies.forEach(proxy -> proxy.silent = true);
    RolloutState state = started(CHECKOUT, "v2");
    publish();
    settle();
    now = now.plusSeconds(31);
    assertThat(counts(state).silent()).isEqualTo(3);
    RolloutState paused = next(state, new Event.Pause(now, ANN));
    publish();
    now = now.plusSeconds(2);
    assertThat(paused.since()).isAfter(state.since());
    assertThat(counts(paused).silent()).isEqualTo(3);
  }

  @Test
  void aSplitThatWasNotPublishedHasNoAnswers() {
    threeProxies();
    RolloutState state = running(CHECKOUT);
    RolloutState raised = weight(state, 500_000);
    assertThat(publisher.convergence(raised, now)).isEmpty();
    publish();
    settle();
    assertThat(counts(raised).acked()).isEqualTo(3);
  }

  @Test
  void whatMadeRoomIsGivenBackByAllBeforeTheNewOnesProbesAnswer() {
    threeProxies();
    RolloutState old = running(CHECKOUT);
    next(old, new Event.Supersede(now, ANN, "shop/checkout-v3"));
    started(CHECKOUT, "v3");
    proxies.getFirst().silent = true;
    publish();
    settle();
    assertThat(received().subList(1, 3)).as("the old canary's share is gone").containsExactly(1, 1);
    assertThat(publisher.ackedSplits(ads.fleetView().proxies().get(1)))
        .filteredOn(split -> split.service().equals(CHECKOUT))
        .singleElement()
        .satisfies(split -> assertThat(split.splitPpm()).containsOnlyKeys("v1"));
  }

  @Test
  void aProxyThatLeftIsUnreachableAndOneThatCameBackIsCounted() {
    threeProxies();
    RolloutState state = running(CHECKOUT);
    proxies.removeLast().close();
    now = now.plusSeconds(11);
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(2, 2, 0, 0, 1));
    connect("envoy-3");
    assertThat(counts(state)).isEqualTo(new ClusterConvergence(3, 3, 0, 0, 0));
  }

  @Test
  void evidenceOfAProxyCountsAgainAfterItsReconnect() {
    threeProxies();
    WindowedEvidence evidence = new WindowedEvidence(windows, () -> now);
    RolloutState state = started(CHECKOUT, "v2");
    evidence.watch(state, now);
    publish();
    settle();
    assertThat(counts(state).acked()).isEqualTo(3);
    assertThat(requests(evidence)).isPositive();
    proxies.removeLast().close();
    connect("envoy-3");
    counts(state);
    assertThat(requests(evidence)).isPositive();
  }

  /** Canary requests that count, of four seconds in which envoy-3 alone reports some. */
  private long requests(WindowedEvidence evidence) {
    String canary =
        publisher.target().config().clusterRoles().entrySet().stream()
            .filter(e -> e.getValue().service().equals(CHECKOUT))
            .filter(e -> e.getValue().version().equals("v2"))
            .map(e -> e.getKey())
            .findFirst()
            .orElseThrow();
    long counted = 0;
    for (int second = 0; second < 4; second++) {
      now = now.plusSeconds(1);
      windows.flush(
          new ProxyFlush(
              "envoy-3",
              "default",
              now,
              ImmutableSortedMap.of(canary, new ArmCounts(10, 0, Histogram.NONE))));
      counted +=
          evidence.close(now).stream().mapToLong(closed -> closed.window().canaryRequests()).sum();
    }
    return counted;
  }
}
