package dev.serin.server.control;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import dev.serin.ads.AdsService;
import dev.serin.ads.AdsSettings;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.ServiceState;
import dev.serin.policy.Analysis;
import dev.serin.policy.ResourceName;
import dev.serin.policy.RolloutSpec;
import dev.serin.rollout.Event;
import dev.serin.rollout.Phase;
import dev.serin.rollout.RolloutState;
import dev.serin.server.fleet.MeshPublisher;
import dev.serin.spi.StoreException;
import dev.serin.telemetry.EvidenceRules;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ServedClusters;
import dev.serin.telemetry.TelemetryMeters;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** The product from the control loop to the streams, its fleet, and what happens to both. */
final class SoakMesh implements AutoCloseable {
  /** Longer than any pause of the machine: what the store does is what the soak says. */
  private static final Duration PATIENCE = Duration.ofMinutes(5);

  private static final ImmutableList<ResourceName> SERVICES =
      ImmutableList.of(ResourceName.parse("shop/cart"), ResourceName.parse("shop/checkout"));

  private final Random random;
  private final SimpleMeterRegistry meters = new SimpleMeterRegistry();
  private final SoakStore store = new SoakStore();
  private final ControlLoop loop;
  private final Control control;
  private final AdsService ads;
  private final MeshPublisher publisher;
  private final Server server;
  private final ManagedChannel channel;
  private final SoakRules rules;
  private final SoakFleet fleet;
  private final TreeMap<ResourceName, String> stableBefore = new TreeMap<>();
  private final Set<ResourceName> mayGoBack = new HashSet<>();
  private final TreeMap<Phase, Integer> ended = new TreeMap<>();
  private final List<String> broken = new ArrayList<>();
  private Instant now = Bench.T0;
  private int second;
  private int started;
  private @Nullable Catalog known;

  SoakMesh(long seed) {
    random = new Random(seed);
    ads = new AdsService(AdsSettings.DEFAULT, Runnable::run, () -> now, meters);
    EvidenceWindows windows =
        new EvidenceWindows(
            EvidenceRules.DEFAULT,
            () -> ServedClusters.NONE,
            new TelemetryMeters(meters, () -> now));
    publisher = new MeshPublisher(ads, windows);
    try {
      loop =
          new ControlLoop(
              store,
              PATIENCE,
              publisher,
              new SoakEvidence(),
              (hook, question) -> new CompletableFuture<>(),
              Courier.NONE,
              () -> now,
              new LoopMetrics(meters),
              List.of(this::changed));
      control = new Control(loop);
      String name = UUID.randomUUID().toString();
      InProcessServerBuilder builder = InProcessServerBuilder.forName(name).directExecutor();
      ads.services().forEach(builder::addService);
      server = builder.build().start();
      channel = InProcessChannelBuilder.forName(name).directExecutor().build();
    } catch (StoreException e) {
      throw new IllegalStateException(e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    apply(
        List.of(
            service(SERVICES.get(0), true),
            service(SERVICES.get(1), true),
            Wants.policy(
                Analysis.OFF,
                Duration.ofSeconds(1),
                Duration.ofSeconds(3),
                10_000,
                100_000,
                500_000,
                1_000_000)));
    loop.turn(now);
    MeshConfig config = config();
    rules = new SoakRules(config.clusterRoles(), this::allowed);
    fleet = new SoakFleet(random, channel, config.routeConfigurations(SERVICES.getFirst()), rules);
    fleet.settle();
  }

  private static Wanted service(ResourceName name, boolean spare) {
    return spare
        ? Wants.service(name, name.name(), "v1", "v2", "v3", "spare", SoakRules.BAD)
        : Wants.service(name, name.name(), "v1", "v2", "v3", SoakRules.BAD);
  }

  private MeshConfig config() {
    return MeshConfig.of(
        loop.catalog().services().values().stream().map(Catalog.Versioned::value).toList(),
        List.of());
  }

  int seconds() {
    return second;
  }

  List<String> broken() {
    List<String> all = new ArrayList<>(rules.broken());
    all.addAll(broken);
    return all;
  }

  String told() {
    return "%d s simulated, %d rollouts %s, %d responses, %d refusals"
        .formatted(second, started, ended, rules.responses, rules.nacks);
  }

  // ---- one second

  /** What happens in one second, and what it leads to. */
  void second() {
    second++;
    now = now.plusSeconds(1);
    fleet.second(second);
    operate();
    store.failing = random.nextInt(40) == 0;
    turnAndSettle();
    store.failing = false;
    turnAndSettle();
    whoIsWellHoldsNoMoreThanAllowed();
  }

  private void operate() {
    for (ResourceName service : SERVICES) {
      LiveRollout running = running(service);
      if (running == null) {
        if (random.nextInt(4) == 0) {
          apply(List.of(service(service, random.nextInt(3) == 0)));
        }
        start(service);
        loop.turn(now);
        continue;
      }
      ResourceName name = running.state().spec().name();
      switch (random.nextInt(60)) {
        case 0 -> {
          mayGoBack.add(name);
          command(name, at -> new Event.Abort(at, Bench.ANN, false));
        }
        case 1 -> {
          int ppm = random.nextInt(1_000) * 1_000;
          command(name, at -> new Event.SetWeight(at, Bench.ANN, ppm));
        }
        case 2 -> command(name, at -> new Event.Pause(at, Bench.ANN));
        case 3, 4, 5, 6, 7, 8 -> command(name, at -> new Event.Resume(at, Bench.ANN));
        case 9 -> {
          mayGoBack.add(name);
          command(name, at -> new Event.Rollback(at, Bench.ANN));
        }
        default -> {}
      }
    }
  }

  private void command(
      ResourceName rollout, java.util.function.Function<Instant, Event.Command> verb) {
    var ignored = control.command(rollout, false, verb);
  }

  /** What is over makes room for the next one. */
  private void start(ResourceName service) {
    for (ResourceName over : List.copyOf(loop.catalog().rollouts().keySet())) {
      LiveRollout live = Bench.of(loop.catalog(), over);
      if (live.state().spec().service().equals(service) && live.state().isOver()) {
        var ignored = control.deleteRollout(over, false, Bench.ANN, false);
      }
    }
    boolean beside =
        SERVICES.stream()
            .map(this::running)
            .filter(Objects::nonNull)
            .anyMatch(live -> live.state().spec().to().equals(SoakRules.BAD));
    boolean bad = !beside && random.nextInt(5) == 0; // of two it could not be told who took which
    String stable = stable(loop.catalog(), service);
    List<String> good = new ArrayList<>(List.of("v1", "v2", "v3"));
    good.remove(stable);
    String to = bad ? SoakRules.BAD : good.get(random.nextInt(good.size()));
    ResourceName name = new ResourceName("shop", service.name() + "-" + started++);
    if (bad) {
      mayGoBack.add(name);
      rules.badBegins();
    }
    apply(
        List.of(
            new Wanted.Rollout(
                new RolloutSpec(name, ImmutableSortedMap.of(), service, to, "quick", false))));
  }

  private void apply(List<Wanted> wanted) {
    var ignored = control.apply(wanted, Bench.ANN, false);
  }

  private @Nullable LiveRollout running(ResourceName service) {
    return loop.catalog().rollouts().values().stream()
        .filter(live -> live.state().spec().service().equals(service) && !live.state().isOver())
        .findFirst()
        .orElse(null);
  }

  private void turnAndSettle() {
    loop.turn(now);
    ads.tick();
    fleet.settle();
  }

  // ---- what must hold

  /** What the journal allows of a version now; what was stable before is where everybody was. */
  private int allowed(ResourceName service, String version) {
    Catalog catalog = loop.catalog();
    int most =
        version.equals(stable(catalog, service)) || version.equals(stableBefore.get(service))
            ? 1_000_000
            : 0;
    for (LiveRollout live : catalog.rollouts().values()) {
      RolloutState state = live.state();
      if (state.spec().service().equals(service) && state.spec().to().equals(version)) {
        if (!version.equals(stable(catalog, service)) && !state.isOver()) {
          most = state.plan().map(plan -> plan.weightPpm()).orElse(0);
        }
      }
    }
    return most;
  }

  private static String stable(Catalog catalog, ResourceName service) {
    return catalog.service(service).map(ServiceState::stable).orElseThrow();
  }

  private static int weight(Catalog catalog, ResourceName rollout) {
    LiveRollout live = catalog.rollouts().get(rollout);
    return live == null ? 0 : live.state().plan().map(plan -> plan.weightPpm()).orElse(0);
  }

  /** Hears of every catalogue. */
  private void changed(Catalog catalog) {
    Catalog before = known;
    known = catalog;
    if (before == null) {
      return;
    }
    for (ResourceName service : SERVICES) {
      if (before.service(service).isPresent()
          && !stable(before, service).equals(stable(catalog, service))) {
        stableBefore.put(service, stable(before, service));
      }
    }
    catalog
        .rollouts()
        .forEach((name, live) -> {
          if (weight(catalog, name) > weight(before, name) && !store.takeCommitted()) {
            broken.add(name + ": its weight rose before that was stored");
          }
          LiveRollout was = before.rollouts().get(name);
          if (was != null && was.state().phase() != live.state().phase()) {
            enters(name, live.state());
          }
        });
    store.committed = false;
  }

  private void enters(ResourceName name, RolloutState state) {
    switch (state.phase()) {
      case ROLLING_BACK -> {
        if (!mayGoBack.contains(name)) {
          broken.add(name + " was taken back, and nothing was wrong with it: " + state.reason());
        }
      }
      case PROMOTING, SUCCEEDED -> {
        if (state.spec().to().equals(SoakRules.BAD)) {
          broken.add(name + " was promoted, and everybody refuses it");
        }
        count(state.phase());
      }
      case ROLLED_BACK -> count(state.phase());
      case PENDING, WAITING, PROGRESSING, HOLDING, PAUSED, SUPERSEDED -> {}
    }
  }

  private void count(Phase phase) {
    if (phase != Phase.PROMOTING) {
      ended.merge(phase, 1, Integer::sum);
    }
  }

  private void whoIsWellHoldsNoMoreThanAllowed() {
    for (SoakProxy proxy : fleet.proxies()) {
      if (proxy.atOnce()) {
        rules.holdsNoMoreThanAllowed(proxy);
      }
    }
  }

  /** Everybody is there and well: what is under way comes to its end. */
  void calmDown() {
    rules.cranky = null;
    fleet.calmDown();
    for (int i = 0; i < 3_600 && SERVICES.stream().anyMatch(s -> running(s) != null); i++) {
      second++;
      now = now.plusSeconds(1);
      for (ResourceName service : SERVICES) {
        LiveRollout running = running(service);
        if (running != null && running.state().phase() == Phase.PAUSED) {
          command(running.state().spec().name(), at -> new Event.Resume(at, Bench.ANN));
        }
      }
      turnAndSettle();
    }
    for (ResourceName service : SERVICES) {
      LiveRollout running = running(service);
      if (running != null) {
        broken.add("does not end: " + running.state().reason());
      }
    }
    whoIsWellHoldsNoMoreThanAllowed();
  }

  /** That something happened which could have gone wrong. */
  void wasWorthIt() {
    assertThat(ended)
        .as("rollouts that came to an end")
        .containsKeys(Phase.SUCCEEDED, Phase.ROLLED_BACK);
    assertThat(rules.nacks).as("refusals").isPositive();
    assertThat(ads.fleetView().proxies())
        .as("proxies that are remembered")
        .hasSize(SoakFleet.PROXIES);
  }

  @Override
  public void close() {
    channel.shutdownNow();
    server.shutdownNow();
    loop.close();
  }
}
