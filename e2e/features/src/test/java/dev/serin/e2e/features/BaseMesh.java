package dev.serin.e2e.features;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.DiffProxyResponse;
import dev.serin.v1.RolloutStatus;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A server over a base that is not its own, real Envoys, and a service {@code checkout} whose two
 * versions are clusters of that base: {@code shop-v1} and {@code shop-v2}. The base has the
 * listener {@code edge} on any port.
 */
final class BaseMesh implements AutoCloseable {
  static final String ROLLOUT = "checkout-v2";
  private static final Duration PATIENCE = TestMesh.PATIENCE;

  private final EnvoyRunner runner;
  private final Path folder;
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Map<String, EnvoyProcess> proxies = new LinkedHashMap<>();
  private final Map<String, InetSocketAddress> listeners = new LinkedHashMap<>();
  private final ServerUnderTest server;
  private final Api api;

  BaseMesh(EnvoyRunner runner, Path folder, String base) throws Exception {
    this.runner = runner;
    this.folder = folder;
    server = new ServerUnderTest.Within(folder, "--mesh.base=" + base, "--xds.warmUp=0s");
    server.start();
    parts.push(server::stop);
    api = new Api(server.apiPort());
    parts.push(api);
    api.apply(
        """
        apiVersion: serin.dev/v1
        kind: MeshService
        metadata: {name: checkout}
        spec:
          initialStable: v1
          protocol: http
          versions:
            v1: {envoyCluster: shop-v1}
            v2: {envoyCluster: shop-v2}
        """);
  }

  /** One more version of the service's programs. */
  static Upstream version(String name, long seed) throws IOException {
    return Upstream.start(name, 0, Behaviour.PERFECT, seed);
  }

  EnvoyProcess join(ProxySpec spec) throws Exception {
    EnvoyProcess envoy =
        EnvoyProcess.start(runner, spec.node(), spec.bootstrap(server.xdsPort()), folder);
    parts.push(envoy);
    proxies.put(spec.node(), envoy);
    return envoy;
  }

  /** Waits until the base's listener is there and leads to a version. */
  void awaitServing(String node) throws Exception {
    EnvoyProcess envoy = proxies.get(node);
    if (envoy == null) {
      throw new IllegalArgumentException(node);
    }
    listeners.put(node, envoy.awaitListener("edge", PATIENCE));
    awaitAnswer(node, outcome -> outcome.status() == 200);
  }

  Outcome awaitAnswer(String node, java.util.function.Predicate<Outcome> good) {
    return Await.until("answer through " + node, PATIENCE, () -> send(node, 1).getFirst(), good);
  }

  Api api() {
    return api;
  }

  EnvoyProcess proxy(String node) {
    return java.util.Objects.requireNonNull(proxies.get(node));
  }

  /** Applies a policy and starts the rollout of {@code v2} by it. */
  void release(String policySpec) {
    api.apply(
        """
        apiVersion: serin.dev/v1
        kind: CanaryPolicy
        metadata: {name: policy}
        spec:
        %s
        ---
        apiVersion: serin.dev/v1
        kind: Rollout
        metadata: {name: %s}
        spec: {service: checkout, to: v2, policy: policy}
        """
            .formatted(policySpec.strip().indent(2).stripTrailing(), ROLLOUT));
  }

  RolloutStatus rollout() {
    return api.rollout(ROLLOUT);
  }

  /** Sets the weight by hand and waits until every proxy has acknowledged it. */
  void setWeight(int ppm) {
    var unused = api.setWeight(ROLLOUT, ppm);
    awaitWeight(ppm);
  }

  void awaitWeight(int ppm) {
    Await.until(
        "weight of " + ppm + " ppm at every proxy",
        PATIENCE,
        this::weights,
        weights ->
            weights.keySet().containsAll(proxies.keySet())
                && weights.values().stream().allMatch(weight -> weight == ppm));
  }

  /**
   * Moves stable to {@code v2} by hand, which changes the base's only route to the service, and
   * detaches it, which has to give a proxy everything as the base has it.
   *
   * @param original what the base's own route leads to
   */
  void giveBack(String node, String original) {
    Await.until(
        "the rollout's end",
        PATIENCE,
        () -> rollout().getPhase(),
        phase -> phase == RolloutStatus.Phase.ROLLED_BACK);
    var unused = api.setStable("checkout", "v2");
    var unused2 = awaitAnswer(node, outcome -> outcome.version().equals("v2"));
    DiffProxyResponse moved = api.diff(node, "");
    assertThat(moved.getReach().getChangedRoutes()).isEqualTo(1);
    assertThat(moved.getReach().getChangedResources()).isEqualTo(1);
    assertThat(moved.getResources(0).getServed()).isNotEqualTo(moved.getResources(0).getBase());

    assertThat(api.detach("checkout").getStatus().getDetached()).isTrue();
    var unused3 = awaitAnswer(node, outcome -> outcome.version().equals(original));
    assertThat(api.diff(node, "").getResourcesList()).isEmpty();
  }

  private ImmutableMap<String, Integer> weights() {
    ImmutableMap.Builder<String, Integer> weights = ImmutableMap.builder();
    api.proxies()
        .values()
        .forEach(proxy ->
            weights.put(
                proxy.getNodeId(),
                proxy.getAckedSplitsList().stream()
                    .map(split -> split.getSplitPpmOrDefault("v2", 0))
                    .findFirst()
                    .orElse(-1)));
    return weights.buildOrThrow();
  }

  /** Sends requests through one proxy and returns all answers. */
  List<Outcome> send(String node, int count) throws InterruptedException {
    return send(node, count, ImmutableMap.of());
  }

  List<Outcome> send(String node, int count, ImmutableMap<String, String> headers)
      throws InterruptedException {
    InetSocketAddress address = java.util.Objects.requireNonNull(listeners.get(node));
    List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    try (Load load = load(ImmutableList.of(node), 2_000, headers, outcomes::add)) {
      Await.until(
          "end of " + count + " requests to " + address,
          Duration.ofSeconds(60),
          load::counts,
          counts -> counts.sent() >= count);
      var unused = load.stop();
    }
    return ImmutableList.copyOf(outcomes);
  }

  /** Sends to proxies in turn until it is closed. */
  Load load(
      List<String> nodes,
      double perSecond,
      ImmutableMap<String, String> headers,
      Consumer<Outcome> listener) {
    ImmutableList<LoadPlan.Target> targets =
        nodes.stream()
            .map(node ->
                new LoadPlan.Target(node, java.util.Objects.requireNonNull(listeners.get(node))))
            .collect(ImmutableList.toImmutableList());
    return Load.start(
        new LoadPlan(
            perSecond,
            targets,
            16,
            number -> new LoadPlan.Request("shop.example", "/", headers),
            Duration.ofSeconds(20)),
        listener);
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        TestMesh.say("a part of the mesh did not end: " + e);
      }
    }
  }
}
