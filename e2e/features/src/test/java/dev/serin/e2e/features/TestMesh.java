package dev.serin.e2e.features;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.envoy.EnvoyRunner;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Outcome;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.v1.ConvergenceStatus;
import dev.serin.v1.Proxy;
import dev.serin.v1.RolloutStatus;
import java.io.IOException;
import java.io.PrintStream;
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
import java.util.function.LongFunction;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The mesh under test: a server, real Envoys, and a service {@code checkout} with the stable
 * version {@code v1} and the version {@code v2} to be released.
 */
final class TestMesh implements AutoCloseable {
  static final String ROLLOUT = "checkout-v2";
  static final Duration PATIENCE = Duration.ofSeconds(30);

  private static final LoadPlan.Request PLAIN =
      new LoadPlan.Request("checkout", "/", ImmutableMap.of());

  private final EnvoyRunner runner;
  private final Path folder;
  private final int port = ServerUnderTest.freePort();
  private final Deque<AutoCloseable> parts = new ArrayDeque<>();
  private final Map<String, EnvoyProcess> proxies = new LinkedHashMap<>();
  private final List<ProxySpec> specs = new ArrayList<>();
  private final ServerUnderTest server;
  private final Api api;
  private final Upstream stable;
  private final Upstream canary;

  private TestMesh(EnvoyRunner runner, Path folder, ServerUnderTest server) throws IOException {
    this.runner = runner;
    this.folder = folder;
    this.server = server;
    api = new Api(server.apiPort());
    stable = Upstream.start("v1", 0, Behaviour.PERFECT, 1);
    canary = Upstream.start("v2", 0, Behaviour.PERFECT, 2);
  }

  /** Starts a server in this process and three proxies in two mesh clusters. */
  static TestMesh start(EnvoyRunner runner, Path folder) throws Exception {
    return start(runner, folder, new ServerUnderTest.Within(folder), ProxySpec.THREE);
  }

  static TestMesh start(
      EnvoyRunner runner, Path folder, ServerUnderTest server, List<ProxySpec> proxies)
      throws Exception {
    TestMesh mesh = new TestMesh(runner, folder, server);
    boolean started = false;
    try {
      mesh.begin(proxies);
      started = true;
      return mesh;
    } finally {
      if (!started) {
        mesh.close();
      }
    }
  }

  private void begin(List<ProxySpec> specs) throws Exception {
    parts.push(stable);
    parts.push(canary);
    parts.push(server::stop);
    server.start();
    parts.push(api);
    applyService(List.of(), "");
    for (ProxySpec spec : specs) {
      join(spec);
    }
  }

  private void applyService(List<Upstream> besideStable, String further) {
    String v1 =
        Stream.concat(Stream.of(stable), besideStable.stream())
            .map(upstream -> "\"127.0.0.1:" + upstream.port() + "\"")
            .collect(Collectors.joining(", "));
    var unused =
        api.apply(
            """
            apiVersion: serin.dev/v1
            kind: MeshService
            metadata: {name: checkout}
            spec:
              initialStable: v1
              protocol: http
              versions:
                v1: {endpoints: [%s]}
                v2: {endpoints: ["127.0.0.1:%d"]}
                %s
              hosts: [checkout]
              port: %d
            """
                .formatted(v1, canary.port(), further, port));
  }

  /** Gives the stable version these endpoints beside its own. */
  void addToStable(List<Upstream> upstreams) {
    applyService(upstreams, "");
  }

  /** Gives the service one more version. */
  void addVersion(String version, Upstream upstream) {
    applyService(
        List.of(), "%s: {endpoints: [\"127.0.0.1:%d\"]}".formatted(version, upstream.port()));
  }

  /** Starts one more proxy, and waits until it serves. */
  void join(ProxySpec spec) throws IOException, InterruptedException {
    EnvoyProcess envoy =
        EnvoyProcess.start(runner, spec.node(), spec.bootstrap(server.xdsPort()), folder);
    parts.push(envoy);
    proxies.put(spec.node(), envoy);
    specs.add(spec);
    var unused = envoy.awaitListener("serin-" + port, PATIENCE);
    Await.until(
        "answer through " + spec.node(),
        PATIENCE,
        () -> send(1, 100, ImmutableList.of(target(spec)), number -> PLAIN).getFirst().status(),
        status -> status == 200);
  }

  ServerUnderTest server() {
    return server;
  }

  Api api() {
    return api;
  }

  /** Of the listener that every proxy has. */
  int port() {
    return port;
  }

  Upstream stable() {
    return stable;
  }

  Upstream canary() {
    return canary;
  }

  ImmutableMap<String, EnvoyProcess> proxies() {
    return ImmutableMap.copyOf(proxies);
  }

  /** Applies a policy and starts the rollout of {@code v2} by it. */
  void release(String policySpec) {
    release("", policySpec);
  }

  /** The same for a rollout that says more than its service, version and policy. */
  void release(String rolloutSpec, String policySpec) {
    var unused =
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
            spec:
              service: checkout
              to: v2
              policy: policy
              %s
            """
                .formatted(policySpec.strip().indent(2).stripTrailing(), ROLLOUT, rolloutSpec));
  }

  RolloutStatus rollout() {
    return api.rollout(ROLLOUT);
  }

  RolloutStatus awaitPhase(RolloutStatus.Phase phase, Duration timeout) {
    return Await.until(phase.name(), timeout, this::rollout, s -> s.getPhase() == phase);
  }

  /** Sets the weight by hand and waits until every proxy has it. */
  void setWeight(int ppm) {
    var unused = api.setWeight(ROLLOUT, ppm);
    awaitWeight(ppm);
  }

  /** Waits until every connected proxy has acknowledged the weight. */
  void awaitWeight(int ppm) {
    Await.until(
        "weight of " + ppm + " ppm at every proxy",
        PATIENCE,
        this::weights,
        weights ->
            weights.keySet().containsAll(proxies.keySet())
                && weights.values().stream().allMatch(weight -> weight == ppm));
  }

  /** The canary's share in ppm that each proxy has acknowledged; -1 where that is not known. */
  ImmutableMap<String, Integer> weights() {
    ImmutableMap.Builder<String, Integer> weights = ImmutableMap.builder();
    for (Proxy proxy : api.proxies().values()) {
      weights.put(
          proxy.getNodeId(),
          proxy.getAckedSplitsList().stream()
              .map(split -> split.getSplitPpmOrDefault("v2", 0))
              .findFirst()
              .orElse(-1));
    }
    return weights.buildOrThrow();
  }

  /** Waits until every proxy has acknowledged the rollout's present split, cohorts included. */
  void awaitConverged() {
    Await.until(
        "ACK of every proxy",
        PATIENCE,
        () ->
            rollout().getClustersList().stream().map(cluster -> cluster.getConvergence()).toList(),
        counts ->
            counts.stream().mapToInt(ConvergenceStatus::getAcked).sum() == proxies.size()
                && counts.stream().mapToInt(ConvergenceStatus::getWant).sum() == proxies.size());
  }

  ImmutableList<LoadPlan.Target> targets() {
    return specs.stream().map(this::target).collect(ImmutableList.toImmutableList());
  }

  private LoadPlan.Target target(ProxySpec spec) {
    return new LoadPlan.Target(spec.node(), new InetSocketAddress(spec.bind(), port));
  }

  /** Sends to all proxies in turn, at a rate, until it is closed. */
  Load load(double perSecond, LongFunction<LoadPlan.Request> request, Consumer<Outcome> listener) {
    return Load.start(
        new LoadPlan(perSecond, targets(), 32, request, Duration.ofSeconds(20)), listener);
  }

  Load load(double perSecond, Consumer<Outcome> listener) {
    return load(perSecond, number -> PLAIN, listener);
  }

  /** Sends at least so many requests to all proxies in turn and returns all answers. */
  List<Outcome> send(int count, double perSecond, LongFunction<LoadPlan.Request> request) {
    return send(count, perSecond, targets(), request);
  }

  List<Outcome> send(int count, double perSecond) {
    return send(count, perSecond, number -> PLAIN);
  }

  /** The same to some proxies, or from another address. */
  static List<Outcome> send(
      int count,
      double perSecond,
      ImmutableList<LoadPlan.Target> targets,
      LongFunction<LoadPlan.Request> request) {
    List<Outcome> outcomes = Collections.synchronizedList(new ArrayList<>());
    try (Load load =
        Load.start(
            new LoadPlan(perSecond, targets, 32, request, Duration.ofSeconds(20)), outcomes::add)) {
      Await.until(
          "end of " + count + " requests",
          Duration.ofSeconds(60),
          load::counts,
          counts -> counts.sent() >= count);
      var unused = load.stop();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
    return ImmutableList.copyOf(outcomes);
  }

  /** A request with headers. */
  static LoadPlan.Request request(ImmutableMap<String, String> headers) {
    return new LoadPlan.Request("checkout", "/", headers);
  }

  /** Figures are for whoever reads the build's output. */
  static void say(String figures) {
    standardError().println("FIGURES " + figures);
  }

  private static PrintStream standardError() {
    return System.err;
  }

  @Override
  public void close() {
    while (!parts.isEmpty()) {
      try {
        parts.pop().close();
      } catch (Exception e) {
        say("a part of the mesh did not end: " + e);
      }
    }
  }
}
