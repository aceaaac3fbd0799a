package dev.serin.cli.demo;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import com.google.common.io.Resources;
import dev.serin.e2e.envoy.EnvoyBinary;
import dev.serin.e2e.envoy.EnvoyLookup;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.server.SerinServer;
import dev.serin.text.Parsed;
import dev.serin.text.ResourceReader;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.concurrent.TimeUnit;

/**
 * The scenario. {@link #run} may be called once; {@link #close} ends everything from any thread, at
 * any time.
 */
public final class Demo implements AutoCloseable {
  /** Requests a second over all proxies. */
  static final double RATE = 500;

  static final int MOST_PROXIES = 20;

  private static final long SEED = 20_261_122;

  /** Stable's own latencies are the measure; so long they are watched before the first release. */
  private static final Duration HISTORY = Duration.ofSeconds(10);

  private static final Duration WARM_UP = Duration.ofSeconds(3);

  private final Options options;
  private final Screen screen;
  private final Path folder;
  private final DemoMesh mesh;
  private final Ledger ledger = new Ledger();
  private final InstantSource clock = InstantSource.system();
  private String address = "";

  /**
   * What is run.
   *
   * @param proxies how many Envoys, 1 to 20
   */
  public record Options(Scenario scenario, int proxies) {
    public Options {
      if (proxies < 1 || proxies > MOST_PROXIES) {
        throw new DemoFailure("--proxies: " + proxies + " (expected: 1..20)");
      }
    }
  }

  Demo(Options options, Screen screen) throws IOException {
    this.options = options;
    this.screen = screen;
    this.folder = Files.createTempDirectory("serin-demo-");
    this.mesh = new DemoMesh(folder, options.proxies());
  }

  /** Prepares a demo that tells its story line by line. */
  public static Demo headless(Options options, java.io.PrintWriter out) throws IOException {
    return new Demo(options, new LineScreen(out));
  }

  Path folder() {
    return folder;
  }

  /** Where people find the server, once it runs; empty before. */
  String address() {
    return address;
  }

  /** Runs the releases of the scenario and says what happened. */
  public DemoReport run() throws IOException, InterruptedException {
    EnvoyLookup.Found envoy =
        switch (EnvoyBinary.locate(screen::say)) {
          case EnvoyLookup.Found found -> found;
          case EnvoyLookup.NotFound nothing -> throw new DemoFailure(nothing.toString());
        };
    SerinServer server = mesh.startServer();
    address = "http://127.0.0.1:" + server.apiPort();
    Api api = mesh.connect(server);
    String policy = policy();
    api.apply("checkout.yaml", mesh.startUpstreams(SEED), "the demo's service");
    api.apply("policy.yaml", policy, "the demo's policy");
    Load warmUp = mesh.warmUp(RATE);
    ImmutableList<LoadPlan.Target> targets = mesh.startProxies(envoy, server.xdsPort());
    TimeUnit.NANOSECONDS.sleep(WARM_UP.toNanos());
    warmUp.close();
    introduce(envoy, server, targets, policy);
    mesh.startLoad(RATE, targets, ledger);
    TimeUnit.NANOSECONDS.sleep(HISTORY.toNanos());

    List<Story> stories = new ArrayList<>();
    for (String version : options.scenario().versions()) {
      screen.say("\nReleasing " + version + ".");
      stories.add(new ReleaseRun(api, ledger, screen, clock, version, steps(policy)).run());
    }
    DemoReport report = report(stories, api);
    screen.say(Summary.of(report, stories, ledger.counts(clock.instant())));
    return report;
  }

  private void introduce(
      EnvoyLookup.Found envoy,
      SerinServer server,
      ImmutableList<LoadPlan.Target> targets,
      String policy) {
    if (targets.size() < options.proxies()) {
      screen.say(
          "Only %d of %d proxies: this system has no more loopback addresses."
              .formatted(targets.size(), options.proxies()));
    }
    screen.say(
        "%s; Serin: proxies at 127.0.0.1:%d, people at %s"
            .formatted(envoy, server.xdsPort(), address));
    targets.forEach(target ->
        screen.say(
            "  "
                + target.name()
                + " listens on "
                + target.address().getAddress().getHostAddress()
                + ":"
                + target.address().getPort()));
    screen.say("\nThe policy of both releases:\n\n" + policy.indent(2));
    screen.say(
        "%.0f requests a second over %d proxies; %d s of them first, to know how v1 does."
            .formatted(RATE, targets.size(), HISTORY.toSeconds()));
  }

  private static String policy() throws IOException {
    return Resources.toString(
        Resources.getResource(Demo.class, "policy.yaml"), StandardCharsets.UTF_8);
  }

  private static int steps(String policy) {
    return ResourceReader.read("policy.yaml", policy).resources().stream()
        .mapToInt(parsed -> parsed instanceof Parsed.Policy p ? p.policy().steps().size() : 0)
        .sum();
  }

  private static DemoReport report(List<Story> stories, Api api) {
    OptionalDouble toZero =
        stories.stream()
            .filter(story -> story.release().version().equals(Scenario.BAD))
            .filter(story -> story.release().outcome() == DemoReport.Outcome.ROLLED_BACK)
            .filter(story -> story.firstBad().isPresent() && story.zeroAcked().isPresent())
            .mapToDouble(story ->
                Times.seconds(story.firstBad().orElseThrow(), story.zeroAcked().orElseThrow()))
            .findFirst();
    return new DemoReport(
        stories.stream().map(Story::release).collect(ImmutableList.toImmutableList()),
        api.proxies().stream().map(Demo::proxy).collect(ImmutableList.toImmutableList()),
        toZero);
  }

  private static DemoReport.Proxy proxy(Proxy proxy) {
    return new DemoReport.Proxy(
        proxy.getNodeId(),
        proxy.getCluster(),
        proxy.getAckedSplitsList().stream()
            .map(ProxySplit::getSplitPpmMap)
            .map(Map::entrySet)
            .flatMap(java.util.Set::stream)
            .collect(
                ImmutableSortedMap.toImmutableSortedMap(
                    String::compareTo, Map.Entry::getKey, Map.Entry::getValue)));
  }

  @Override
  public void close() {
    mesh.close();
  }
}
