package dev.serin.e2e.traffic;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import io.netty.channel.EventLoop;
import io.netty.channel.EventLoopGroup;
import io.netty.channel.MultiThreadIoEventLoopGroup;
import io.netty.channel.nio.NioIoHandler;
import io.netty.util.concurrent.DefaultThreadFactory;
import java.time.Duration;
import java.time.Instant;
import java.util.TreeMap;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Sends requests at a given rate, whatever becomes of them: a slow service gets no fewer, as it
 * would from users. One thread owns the connections, the clock's ticks and the counts.
 */
public final class Load implements AutoCloseable {

  /** Requests that fall due within one tick are sent together; the kernel is asked less often. */
  private static final Duration TICK = Duration.ofMillis(2);

  /** How late a request that nobody answers may be given up. */
  private static final Duration EXPIRY = Duration.ofMillis(50);

  private final LoadPlan plan;
  private final Consumer<Outcome> listener;
  private final EventLoopGroup group;
  private final EventLoop loop;
  private final ImmutableList<TargetConnections> targets;
  private final TreeMap<String, LoadCounts.Tally> byVersion = new TreeMap<>();

  private double rate;
  private long rateSince;
  private long sentSince;
  private long sent;
  private long answered;
  private long errors;
  private long lost;
  private boolean stopped;

  private Load(LoadPlan plan, Consumer<Outcome> listener) {
    this.plan = plan;
    this.listener = listener;
    this.group =
        new MultiThreadIoEventLoopGroup(
            1, new DefaultThreadFactory("load", true), NioIoHandler.newFactory());
    this.loop = group.next();
    this.targets =
        plan.targets().stream()
            .map(target -> new TargetConnections(loop, target, plan.connections(), this::over))
            .collect(ImmutableList.toImmutableList());
    this.rate = plan.rate();
    this.rateSince = System.nanoTime();
  }

  /**
   * Starts sending.
   *
   * @param listener is told of every outcome, on the load's thread, which it must not block
   */
  public static Load start(LoadPlan plan, Consumer<Outcome> listener) {
    Load load = new Load(plan, listener);
    load.onLoop(load::restartClock);
    load.every(TICK, load::tick);
    load.every(EXPIRY, load::expire);
    return load;
  }

  /** Starts sending, for a caller to whom the counts are enough. */
  public static Load start(LoadPlan plan) {
    return start(plan, outcome -> {});
  }

  /** Changes the rate: requests a second over all targets, 0 for a pause. */
  public void setRate(double rate) {
    LoadPlan.requireRate(rate);
    onLoop(() -> {
      this.rate = rate;
      restartClock();
    });
  }

  /** What has become of the requests so far; every count is of the same moment. */
  public LoadCounts counts() {
    if (group.isTerminated()) {
      return countsNow();
    }
    return loop.submit(this::countsNow).syncUninterruptibly().getNow();
  }

  private LoadCounts countsNow() {
    return new LoadCounts(sent, answered, errors, lost, ImmutableSortedMap.copyOf(byVersion));
  }

  /** Sends no more, waits for those under way to be answered or lost, and returns the counts. */
  public LoadCounts stop() throws InterruptedException {
    onLoop(() -> stopped = true);
    LoadCounts counts = counts();
    while (counts.answered() + counts.lost() < counts.sent()) {
      TimeUnit.NANOSECONDS.sleep(TICK.toNanos());
      counts = counts();
    }
    return counts;
  }

  /** Sends no more and closes the connections; what is under way counts as nothing. */
  @Override
  public void close() {
    if (!group.isShuttingDown()) {
      onLoop(() -> {
        stopped = true;
        targets.forEach(TargetConnections::close);
      });
      group.shutdownGracefully(0, 5, TimeUnit.SECONDS).awaitUninterruptibly();
    }
  }

  private void every(Duration period, Runnable task) {
    var unused =
        loop.scheduleAtFixedRate(task, period.toNanos(), period.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void onLoop(Runnable task) {
    loop.submit(task).syncUninterruptibly();
  }

  private void restartClock() {
    rateSince = System.nanoTime();
    sentSince = 0;
  }

  private void tick() {
    long now = System.nanoTime();
    long due = stopped ? 0 : (long) ((now - rateSince) / 1e9 * rate);
    while (!stopped && sentSince < due) {
      long dueAt = rateSince + (long) (sentSince * 1e9 / rate);
      sentSince++;
      long number = sent++;
      PendingRequest request =
          new PendingRequest(
              number, plan.request().apply(number), dueAt, dueAt + plan.timeout().toNanos());
      targets.get((int) (number % targets.size())).send(request);
    }
  }

  private void expire() {
    long now = System.nanoTime();
    targets.forEach(target -> target.expire(now));
  }

  private void over(TargetConnections target, PendingRequest request, String version, int status) {
    Outcome outcome =
        new Outcome(
            request.number(),
            target.name(),
            version,
            status,
            Duration.ofNanos(System.nanoTime() - request.dueAt()),
            Instant.now());
    if (outcome.isLost()) {
      lost++;
    } else {
      answered++;
      errors += outcome.isError() ? 1 : 0;
      byVersion.merge(
          version,
          new LoadCounts.Tally(0, 0).plus(outcome.isError()),
          (all, one) -> all.plus(outcome.isError()));
    }
    listener.accept(outcome);
  }
}
