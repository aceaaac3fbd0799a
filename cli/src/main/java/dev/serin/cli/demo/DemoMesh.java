package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import dev.serin.e2e.envoy.EnvoyLookup;
import dev.serin.e2e.envoy.EnvoyProcess;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Upstream;
import dev.serin.mesh.bootstrap.Bootstrap;
import dev.serin.mesh.bootstrap.BootstrapOptions;
import dev.serin.server.SerinServer;
import dev.serin.server.config.ConfigLoader;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Everything that runs during a demo. Started part by part by the scenario's thread; {@link #close}
 * may come from any thread at any time and ends whatever has been started by then.
 */
final class DemoMesh implements AutoCloseable {
  private static final Logger log = LoggerFactory.getLogger(DemoMesh.class);

  static final String HOST = "checkout";

  /** Slow enough that the scheduling of a busy laptop is small beside it; p99 is two medians. */
  private static final Behaviour GOOD = new Behaviour(0.001, Duration.ofMillis(40), 0.3);

  private static final Behaviour BAD = new Behaviour(1, Duration.ofMillis(200), 0.3);

  private static final Duration START_TIMEOUT = Duration.ofSeconds(30);
  private static final Duration ANSWER_TIMEOUT = Duration.ofSeconds(10);
  private static final Duration POLL = Duration.ofMillis(20);
  private static final int CONNECTIONS = 64;

  private final Path folder;
  private final Deque<AutoCloseable> running = new ArrayDeque<>();
  private final Addresses addresses;
  private final List<LoadPlan.Target> upstreams = new ArrayList<>();
  private boolean closed;

  DemoMesh(Path folder, int proxies) {
    this.folder = folder;
    this.addresses = Addresses.find(proxies);
  }

  /** What is started belongs to the mesh from then on; after the end nothing starts any more. */
  private synchronized <T extends AutoCloseable> T own(T part) {
    running.push(part);
    if (closed) {
      close();
      throw new DemoFailure("stopped");
    }
    return part;
  }

  Addresses addresses() {
    return addresses;
  }

  SerinServer startServer() {
    ConfigLoader.Result loaded =
        ConfigLoader.load(
            Optional.empty(),
            Map.of(),
            List.of(
                "--xds.listen=127.0.0.1:0",
                "--api.listen=127.0.0.1:0",
                "--store.sqlite.path=" + folder.resolve("serin.db")));
    try {
      return own(
          SerinServer.start(
              loaded
                  .config()
                  .orElseThrow(() -> new DemoFailure("configuration: " + loaded.problems())),
              Map.of()));
    } catch (SerinServer.StartFailure failure) {
      throw new DemoFailure("the server did not start: " + failure.getMessage());
    }
  }

  Api connect(SerinServer server) {
    return own(new Api(server.apiPort()));
  }

  /** Starts the versions, and describes them as the service that they are versions of. */
  String startUpstreams(long seed) throws IOException {
    StringBuilder versions = new StringBuilder();
    long number = 0;
    for (String version : ImmutableList.of(Scenario.STABLE, Scenario.GOOD, Scenario.BAD)) {
      Behaviour behaviour = version.equals(Scenario.BAD) ? BAD : GOOD;
      Upstream upstream = own(Upstream.start(version, 0, behaviour, seed + number++));
      upstreams.add(
          new LoadPlan.Target(
              version, new InetSocketAddress(InetAddress.getLoopbackAddress(), upstream.port())));
      versions.append(
          "    %s: {endpoints: [\"127.0.0.1:%d\"]}%n".formatted(version, upstream.port()));
    }
    return """
    apiVersion: serin.dev/v1
    kind: MeshService
    metadata: {name: checkout, tenant: shop}
    spec:
      initialStable: v1
      protocol: http
      versions:
    %s  hosts: [%s]
      port: %d
    """
        .formatted(versions, HOST, addresses.port());
  }

  /** Starts the proxies; each listens once it has its configuration. */
  ImmutableList<LoadPlan.Target> startProxies(EnvoyLookup.Found envoy, int xdsPort)
      throws IOException, InterruptedException {
    List<EnvoyProcess> started = new ArrayList<>();
    for (int i = 0; i < addresses.hosts().size(); i++) {
      BootstrapOptions options = options(i, xdsPort);
      started.add(
          own(
              EnvoyProcess.start(
                  envoy.runner(), options.node().id(), Bootstrap.yaml(options), folder)));
    }
    ImmutableList.Builder<LoadPlan.Target> targets = ImmutableList.builder();
    for (EnvoyProcess proxy : started) {
      proxy.awaitReady(START_TIMEOUT);
      targets.add(awaitListener(proxy));
    }
    return targets.build();
  }

  /** Two of three in Amsterdam, one in Berlin; that one speaks the older protocol variant. */
  private BootstrapOptions options(int index, int xdsPort) {
    boolean berlin = index % 3 == 2;
    String cluster = berlin ? "berlin" : "amsterdam";
    return new BootstrapOptions(
        new BootstrapOptions.Node(
            cluster + "-" + (berlin ? index / 3 + 1 : index - index / 3 + 1),
            "gateway",
            Optional.empty(),
            Optional.empty(),
            ImmutableSortedMap.of(
                "CLUSTER_ID", cluster, "SERIN_BIND", addresses.hosts().get(index))),
        new BootstrapOptions.Server(
            new BootstrapOptions.Address("127.0.0.1", xdsPort), Optional.empty()),
        new BootstrapOptions.Address("127.0.0.1", 0),
        berlin ? BootstrapOptions.Ads.STATE_OF_THE_WORLD : BootstrapOptions.Ads.DELTA);
  }

  private LoadPlan.Target awaitListener(EnvoyProcess proxy)
      throws IOException, InterruptedException {
    long end = System.nanoTime() + START_TIMEOUT.toNanos();
    while (System.nanoTime() < end) {
      for (var listener : proxy.admin().listeners().values()) {
        if (listener.getPort() == addresses.port()) {
          return new LoadPlan.Target(proxy.name(), listener);
        }
      }
      TimeUnit.NANOSECONDS.sleep(POLL.toNanos());
    }
    throw new DemoFailure(
        "%s has no listener on port %d after %d s; its log is %s"
            .formatted(proxy.name(), addresses.port(), START_TIMEOUT.toSeconds(), proxy.logFile()));
  }

  /**
   * Exercises the versions without a proxy between, until the answer is closed: the slowness of a
   * JVM's first seconds would pass for stable's own, and hide a slow release behind it.
   */
  Load warmUp(double rate) {
    return own(Load.start(plan(rate, ImmutableList.copyOf(upstreams))));
  }

  void startLoad(double rate, ImmutableList<LoadPlan.Target> targets, Ledger ledger) {
    Load unused = own(Load.start(plan(rate, targets), ledger));
  }

  private static LoadPlan plan(double rate, ImmutableList<LoadPlan.Target> targets) {
    return new LoadPlan(
        rate,
        targets,
        CONNECTIONS,
        number -> new LoadPlan.Request(HOST, "/", ImmutableMap.of()),
        ANSWER_TIMEOUT);
  }

  /** Ends everything, what started last first, and removes the folder. */
  @Override
  public synchronized void close() {
    closed = true;
    for (@Nullable AutoCloseable part = running.poll(); part != null; part = running.poll()) {
      try {
        part.close();
      } catch (Exception failure) {
        log.warn("{} did not stop cleanly", part, failure);
      }
    }
    try {
      if (Files.exists(folder)) {
        MoreFiles.deleteRecursively(folder, RecursiveDeleteOption.ALLOW_INSECURE);
      }
    } catch (IOException left) {
      System.err.println("serin: could not remove " + folder + ": " + left.getMessage());
    }
  }
}
