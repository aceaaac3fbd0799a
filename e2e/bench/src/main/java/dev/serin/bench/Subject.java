package dev.serin.bench;

import dev.serin.bench.content.Content;
import dev.serin.bench.fleet.Fleet;
import dev.serin.bench.fleet.FleetSpec;
import dev.serin.bench.fleet.Loops;
import dev.serin.bench.fleet.Watch;
import dev.serin.bench.measure.MachineClock;
import dev.serin.bench.measure.ProcessClock;
import java.io.IOException;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One server and the fleet that it serves. */
final class Subject implements AutoCloseable {
  /** A push or a storm that takes longer is reported as it stands then. */
  private static final int PATIENCE_SECONDS = 60;

  /** Weights from here on are encoded in equally many bytes. */
  private static final int FIRST_WEIGHT = 20_000;

  /** ACKs are on their way when the last stream has seen a push. */
  private static final int SETTLE_MILLIS = 300;

  private final ServerKind kind;
  private final ServerProcess server;
  private final Scenario scenario;
  private final Content content;
  private final Loops loops;
  private final ProcessClock self = new ProcessClock(ProcessHandle.current().pid());
  private @Nullable Fleet fleet;

  /** The last one that was pushed. None comes twice: a server may remember what was refused. */
  private int weight = FIRST_WEIGHT;

  Subject(ServerKind kind, ServerProcess server, Scenario scenario, Content content, Loops loops) {
    this.kind = kind;
    this.server = server;
    this.scenario = scenario;
    this.content = content;
    this.loops = loops;
  }

  ServerKind kind() {
    return kind;
  }

  ServerProcess server() {
    return server;
  }

  Fleet fleet() {
    if (fleet == null) {
      throw new IllegalStateException("fleet: none (expected: connected)");
    }
    return fleet;
  }

  /** Connects a fleet and waits until every stream has everything. */
  StormFigures connect(int streams, boolean delta) throws IOException, InterruptedException {
    long cpu = server.clock().cpuNanos();
    long begun = System.nanoTime();
    Fleet opened =
        Fleet.open(
            new FleetSpec(server.port(), streams, scenario.perConnection(), delta, scenario.own()),
            content,
            loops);
    fleet = opened;
    try {
      opened.ready().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      throw new IOException(
          kind.title() + ": not all streams got everything: " + e + ", lost " + opened.lost(), e);
    }
    long nanos = System.nanoTime() - begun;
    settle();
    return new StormFigures(nanos, server.clock().cpuNanos() - cpu, opened.bytes());
  }

  void disconnect() throws InterruptedException {
    fleet().close();
    fleet = null;
    settle();
  }

  /** The weight that was pushed last: of servers that had equally many pushes the same one. */
  int weight() {
    return weight;
  }

  /** Pushes as many times as asked for. */
  void warmUp(int pushes) throws IOException, InterruptedException {
    for (int i = 0; i < pushes; i++) {
      push(fleet().streams());
    }
  }

  /** Changes the weight, and waits until the first {@code watched} streams have seen it. */
  PushFigures push(int watched) throws IOException, InterruptedException {
    weight++;
    long machine = MachineClock.busyNanos();
    long client = self.cpuNanos();
    long cpu = server.clock().cpuNanos();
    long bytes = fleet().bytes();
    Watch watch = fleet().watch(content.marker(weight), watched);
    watch.begin();
    long call = server.push(weight);
    try {
      watch.all().get(PATIENCE_SECONDS, TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      System.err.printf(
          "bench: %s: %d of %d streams did not see weight %d within %d s; %d lost: %s%n",
          kind.word(),
          watch.missing(),
          watched,
          weight,
          PATIENCE_SECONDS,
          fleet().lost(),
          fleet().whyLost());
    }
    settle();
    long serverCpu = server.clock().cpuNanos() - cpu;
    long clientCpu = self.cpuNanos() - client;
    long other = MachineClock.busyNanos() - machine - serverCpu - clientCpu;
    return new PushFigures(
        watch.latencies(),
        call,
        serverCpu,
        clientCpu,
        Math.max(0, other),
        fleet().bytes() - bytes,
        watch.missing());
  }

  static void settle() throws InterruptedException {
    Thread.sleep(SETTLE_MILLIS);
  }

  @Override
  public void close() {
    if (fleet != null) {
      fleet.close();
    }
    server.close();
  }
}
