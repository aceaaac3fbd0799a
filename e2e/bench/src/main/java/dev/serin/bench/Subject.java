package dev.serin.bench;

import dev.serin.bench.fleet.Fleet;
import dev.serin.bench.fleet.FleetSpec;
import dev.serin.bench.fleet.Watch;
import dev.serin.bench.measure.MachineClock;
import dev.serin.bench.measure.ProcessClock;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** One server and the fleet that it serves. */
final class Subject implements AutoCloseable {
  /** Weights from here on are encoded in equally many bytes. */
  private static final int FIRST_WEIGHT = 20_000;

  /** ACKs are on their way when the last stream has seen a push. */
  private static final int SETTLE_MILLIS = 300;

  private final ServerKind kind;
  private final ServerProcess server;
  private final Setup setup;
  private final boolean own;
  private final ProcessClock self = new ProcessClock(ProcessHandle.current().pid());
  private @Nullable Fleet fleet;

  /** The last one that was pushed. None comes twice: a server may remember what was refused. */
  private int weight = FIRST_WEIGHT;

  /**
   * @param own whether every proxy has a cluster of its own
   */
  Subject(ServerKind kind, ServerProcess server, Setup setup, boolean own) {
    this.kind = kind;
    this.server = server;
    this.setup = setup;
    this.own = own;
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
            new FleetSpec(server.port(), streams, setup.scenario().perConnection(), delta, own),
            setup.content(),
            setup.loops());
    fleet = opened;
    try {
      opened.ready().get(patience(), TimeUnit.SECONDS);
    } catch (TimeoutException e) {
      throw new IOException(
          "did not serve %,d of %,d streams in %d s"
              .formatted(opened.incomplete(), streams, patience()),
          e);
    } catch (ExecutionException e) {
      throw new IOException(
          "did not serve %,d streams: lost %,d, the first because %s"
              .formatted(streams, opened.lost(), opened.whyLost()),
          e);
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

  /** Pushes as many times as asked for; everybody must see each. */
  void warmUp(int pushes) throws IOException, InterruptedException {
    pushes(pushes, fleet().streams());
  }

  /** As many pushes, each until the first {@code watched} streams have seen it. */
  List<PushFigures> pushes(int pushes, int watched) throws IOException, InterruptedException {
    List<PushFigures> all = new ArrayList<>();
    for (int i = 0; i < pushes; i++) {
      PushFigures figures = push(watched);
      if (figures.missing() > 0) {
        throw new IOException(notSeen(figures.missing(), watched));
      }
      all.add(figures);
    }
    return all;
  }

  /** What is said of a push that these streams did not see. */
  String notSeen(int missing, int watched) {
    String lost =
        fleet().lost() == 0
            ? ""
            : "; lost %,d, the first because %s".formatted(fleet().lost(), fleet().whyLost());
    return "did not bring weight %d to %,d of %,d streams in %d s%s"
        .formatted(weight, missing, watched, patience(), lost);
  }

  private int patience() {
    return setup.options().patience();
  }

  /** Changes the weight, and waits until the first {@code watched} streams have seen it. */
  PushFigures push(int watched) throws IOException, InterruptedException {
    weight++;
    long allocated = server.allocated();
    long machine = MachineClock.busyNanos();
    long client = self.cpuNanos();
    long cpu = server.clock().cpuNanos();
    long bytes = fleet().bytes();
    Watch watch = fleet().watch(setup.content().marker(weight), watched);
    watch.begin();
    long call = server.push(weight);
    try {
      watch.all().get(patience(), TimeUnit.SECONDS);
    } catch (ExecutionException | TimeoutException e) {
      System.err.printf("bench: %s %s%n", kind.word(), notSeen(watch.missing(), watched));
    }
    settle();
    long serverCpu = server.clock().cpuNanos() - cpu;
    long clientCpu = self.cpuNanos() - client;
    long other = MachineClock.busyNanos() - machine - serverCpu - clientCpu;
    allocated = server.allocated() - allocated;
    return new PushFigures(
        watch.latencies(),
        call,
        serverCpu,
        clientCpu,
        Math.max(0, other),
        fleet().bytes() - bytes,
        allocated,
        watch.missing());
  }

  static void settle() throws InterruptedException {
    Thread.sleep(SETTLE_MILLIS);
  }

  @Override
  public void close() {
    if (fleet != null) {
      fleet.close();
      fleet = null;
    }
    server.close();
  }
}
