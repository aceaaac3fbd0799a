package dev.serin.bench.overlay;

import com.google.common.collect.ImmutableList;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.bench.content.ManyHosts;
import dev.serin.bench.content.XdsType;
import dev.serin.bench.measure.Cost;
import dev.serin.bench.measure.Figures;
import dev.serin.bench.measure.Table;
import dev.serin.mesh.Base;
import dev.serin.mesh.BaseSnapshots;
import dev.serin.mesh.MeshConfig;
import dev.serin.mesh.ProxyGroup;
import dev.serin.mesh.Rendered;
import dev.serin.mesh.Resource;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.io.PrintStream;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.function.ToDoubleFunction;

/**
 * One step of a rollout in a mesh of many virtual hosts, beside making everything from nothing and
 * beside the floor: encoding and hashing the one resource that changes.
 */
public final class OverlayRun {
  private static final ProxyGroup ENVOY =
      new ProxyGroup("default", "", ProxyGroup.Client.ENVOY, 1, 37, "127.0.0.1");

  /** A small step is not compiled yet after a few: then, this is the warm-up. */
  private static final Duration WARM_UP = Duration.ofSeconds(1);

  private final int hosts;
  private final int warmUp;
  private final int steps;
  private final PrintStream out;
  private int weight;

  /**
   * Runs nothing yet.
   *
   * @param hosts of each mesh
   * @param warmUp steps before those that are measured, at least
   * @param steps measured ones
   */
  public OverlayRun(int hosts, int warmUp, int steps, PrintStream out) {
    this.hosts = hosts;
    this.warmUp = warmUp;
    this.steps = steps;
    this.out = out;
  }

  private record Costs(List<Cost> step, List<Cost> fromNothing, List<Cost> floor, int size) {}

  /** Measures and prints. */
  public void run() {
    Table times =
        new Table(
            "one weight changes",
            "table kB",
            "step ms",
            "CPU ms",
            "floor CPU ms",
            "step / it",
            "from nothing ms",
            "CPU ms ",
            "step / it ");
    Table bytes =
        new Table(
            "one weight changes",
            "allocated kB",
            "floor kB",
            "step / it",
            "from nothing kB",
            "step / it ");
    for (ManyHosts mesh : meshes()) {
      System.err.println("bench: overlay: " + mesh.title());
      Costs costs = measure(mesh);
      times.row(times(mesh, costs));
      bytes.row(bytes(mesh, costs));
    }
    out.printf(
        "%n### overlay: one weight among %,d virtual hosts; medians of %d steps%n%n%s%n%s",
        hosts, steps, times, bytes);
  }

  private ImmutableList<ManyHosts> meshes() {
    return ImmutableList.of(
        ManyHosts.ofBase(hosts, 1),
        ManyHosts.ofBase(hosts, Math.max(1, hosts / 100)),
        ManyHosts.ofBase(hosts, hosts),
        ManyHosts.ofServices(hosts));
  }

  private Costs measure(ManyHosts mesh) {
    Base base = mesh.made(new BaseSnapshots());
    MeshConfig[] now = {MeshConfig.of(mesh.services(), List.of(mesh.plan(nextWeight())))};
    Resource[] table = {table(mesh, now[0].render(ENVOY, base))};
    Runnable step =
        () -> {
          now[0] = now[0].with(mesh.services(), List.of(mesh.plan(nextWeight())));
          Resource after = table(mesh, now[0].render(ENVOY, base));
          if (after.version().equals(table[0].version())) {
            throw new IllegalStateException(after + " (expected: another version after a step)");
          }
          table[0] = after;
        };
    Runnable fromNothing =
        () -> {
          MeshConfig config = MeshConfig.EMPTY.with(mesh.services(), List.of(mesh.plan(weight)));
          Resource made = table(mesh, config.render(ENVOY, mesh.made(new BaseSnapshots())));
          if (!made.equals(table[0])) {
            throw new IllegalStateException(made + " (expected: " + table[0] + ")");
          }
        };
    List<Cost> afterStep = warm(step);
    return new Costs(afterStep, warm(fromNothing), warm(floor(table[0])), table[0].value().size());
  }

  private int nextWeight() {
    weight = weight % 900_000 + 1;
    return weight;
  }

  private static Resource table(ManyHosts mesh, Rendered rendered) {
    if (!rendered.refusals().isEmpty()) {
      throw new IllegalStateException(rendered.refusals() + " (expected: no refusals)");
    }
    return rendered.snapshot().resource(XdsType.ROUTES.url(), mesh.table()).orElseThrow();
  }

  private static Runnable floor(Resource table) {
    RouteConfiguration parsed;
    try {
      parsed = RouteConfiguration.parseFrom(table.value());
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException(table + " does not parse", e);
    }
    return () -> {
      try {
        byte[] hash = MessageDigest.getInstance("SHA-256").digest(parsed.toByteArray());
        if (hash.length != 32) {
          throw new IllegalStateException("hash: " + hash.length + " bytes (expected: 32)");
        }
      } catch (NoSuchAlgorithmException e) {
        throw new IllegalStateException(e);
      }
    };
  }

  private List<Cost> warm(Runnable work) {
    long end = System.nanoTime() + WARM_UP.toNanos();
    for (int i = 0; i < warmUp || System.nanoTime() < end; i++) {
      work.run();
    }
    List<Cost> costs = new ArrayList<>();
    for (int i = 0; i < steps; i++) {
      costs.add(Cost.of(work));
    }
    return costs;
  }

  private static List<String> times(ManyHosts mesh, Costs costs) {
    double cpu = median(costs.step(), c -> c.cpuNanos() / 1e6);
    double floor = median(costs.floor(), c -> c.cpuNanos() / 1e6);
    double all = median(costs.fromNothing(), c -> c.cpuNanos() / 1e6);
    return List.of(
        mesh.title(),
        number(costs.size() / 1e3),
        number(median(costs.step(), c -> c.wallNanos() / 1e6)),
        number(cpu),
        number(floor),
        number(cpu / floor),
        number(median(costs.fromNothing(), c -> c.wallNanos() / 1e6)),
        number(all),
        number(cpu / all));
  }

  private static List<String> bytes(ManyHosts mesh, Costs costs) {
    double step = median(costs.step(), c -> c.allocatedBytes() / 1e3);
    double floor = median(costs.floor(), c -> c.allocatedBytes() / 1e3);
    double all = median(costs.fromNothing(), c -> c.allocatedBytes() / 1e3);
    return List.of(
        mesh.title(),
        number(step),
        number(floor),
        number(step / floor),
        number(all),
        number(step / all));
  }

  private static double median(List<Cost> costs, ToDoubleFunction<Cost> figure) {
    return Figures.median(costs, figure);
  }

  /** Three digits, however small it is. */
  private static String number(double value) {
    String form = value >= 100 ? "%.0f" : value >= 10 ? "%.1f" : value >= 0.1 ? "%.2f" : "%.4f";
    return String.format(Locale.ROOT, form, value);
  }
}
