package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.RouteSimulator;
import dev.serin.mesh.RouteSimulator.Answer;
import dev.serin.mesh.SimulatedRequest;
import dev.serin.mesh.TypeUrls;
import dev.serin.policy.ResourceName;
import dev.serin.rollout.ClusterConvergence;
import dev.serin.rollout.Event;
import dev.serin.rollout.RolloutState;
import dev.serin.telemetry.ProxyFlush;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Publishing, and counting the fleet. */
class MeshPublisherTest extends PublisherBench {
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
  void whatSerinChangesForAProxyIsTheSplitAndNothingElse() {
    threeProxies();
    var proxy = ads.fleetView().proxy("envoy-1").orElseThrow().proxy();
    assertThat(publisher.sides(proxy).served()).isEqualTo(publisher.sides(proxy).base());
    running(CHECKOUT);
    Sides sides = publisher.sides(proxy);
    for (String type : List.of(TypeUrls.CLUSTER, TypeUrls.ENDPOINTS, TypeUrls.LISTENER)) {
      assertThat(sides.served().version(type)).isEqualTo(sides.base().version(type));
    }
    assertThat(sides.served().version(TypeUrls.ROUTES))
        .isNotEqualTo(sides.base().version(TypeUrls.ROUTES));
  }

  @Test
  void aStepIsToldFromTheOneBeforeWhereverTheRolloutStands() {
    threeProxies();
    var proxy = ads.fleetView().proxy("envoy-1").orElseThrow().proxy();
    RolloutState state = running(CHECKOUT);
    running(CART);
    assertThat(state.lastStep()).isEqualTo(2);
    assertThat(canaryPpm(publisher.sides(proxy, state, 1))).containsExactly(0, 100_000);
    assertThat(canaryPpm(publisher.sides(proxy, state, 2))).containsExactly(100_000, 980_000);
    Sides promoted = publisher.sides(proxy, state, 3);
    assertThat(canaryPpm(promoted)).containsExactly(980_000, 1_000_000);
    assertThat(canaryPpm(promoted, CART)).as("another rollout").containsExactly(100_000, 100_000);
  }

  private List<Integer> canaryPpm(Sides sides) {
    return canaryPpm(sides, CHECKOUT);
  }

  private List<Integer> canaryPpm(Sides sides, ResourceName service) {
    String table = publisher.target().config().routeConfigurations(service).first();
    return Stream.of(sides.base(), sides.served())
        .map(side -> RouteSimulator.of(side, table).orElseThrow())
        .map(routes -> (Answer.Routed) routes.ask(SimulatedRequest.to(service.name(), "/")))
        .map(routed -> routed.ppm(service + "|v2"))
        .toList();
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
    proxies.forEach(proxy -> proxy.silentOn = "checkout|v3");
    publish();
    settle();
    assertThat(received()).as("the old canary's share is gone").containsExactly(2, 1, 1);
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
