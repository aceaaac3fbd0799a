package dev.serin.telemetry;

import com.google.common.collect.ImmutableSortedMap;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Window;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.overlay.Split;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

/** One watched rollout: its ACKs and its windows. Owned by {@link EvidenceWindows}. */
final class Watching {
  private static final Duration LENGTH = Duration.ofSeconds(1);

  /** Windows kept for a reader that does not come; the oldest go first. */
  private static final int MAX_OPEN = 600;

  private record Ack(long generation, Instant at) {}

  private Watch watch;
  private final Map<String, Ack> acks = new HashMap<>();
  private final TreeMap<Long, OpenWindow> open = new TreeMap<>();
  private Beliefs beliefs = new Beliefs();
  private long nextSecond;

  Watching(Watch watch) {
    this.watch = watch;
    this.nextSecond = firstWholeSecond(watch.since());
  }

  /** Goes on under another split: what was collected under the old one and not closed is gone. */
  void replace(Watch next) {
    if (next.isSameSplitAs(watch)) {
      return;
    }
    if (!next.canary().equals(watch.canary()) || !next.service().equals(watch.service())) {
      beliefs = new Beliefs();
    }
    watch = next;
    open.clear();
    nextSecond = firstWholeSecond(next.since());
  }

  Watch watch() {
    return watch;
  }

  Beliefs beliefs() {
    return beliefs;
  }

  /** The first ACK of the newest generation counts; a proxy that moved on has left the old one. */
  void acked(String node, long generation, Instant at) {
    Ack known = acks.get(node);
    if (known == null || generation > known.generation()) {
      acks.put(node, new Ack(generation, at));
    }
  }

  void left(String node) {
    acks.remove(node);
  }

  /** Whether the node served this split for all of an interval that began then. */
  boolean counts(String node, Instant intervalStart) {
    Ack ack = acks.get(node);
    return ack != null
        && ack.generation() == watch.generation()
        && ack.at().isBefore(intervalStart);
  }

  /** The window that a flush received then belongs to, or null when that one is closed. */
  @Nullable OpenWindow at(Instant receivedAt) {
    long second = receivedAt.getEpochSecond();
    if (second < nextSecond) {
      return null;
    }
    while (open.size() >= MAX_OPEN) {
      open.pollFirstEntry();
    }
    return open.computeIfAbsent(second, s -> new OpenWindow());
  }

  void add(OpenWindow window, ProxyFlush flush, ClusterRole role, ArmCounts counts) {
    boolean canary = role.version().equals(watch.canary());
    if (!role.service().equals(watch.service())) {
      return;
    }
    if (isControl(role)) {
      window.addStable(flush.meshCluster(), flush.nodeId(), counts);
    } else if (role.cohort().isPresent()) {
      if (canary) {
        window.addCohort(role.cohort().get(), flush.nodeId(), counts);
      }
    } else if (canary) {
      window.addCanary(flush.meshCluster(), flush.nodeId(), counts);
    }
  }

  /** Where there is a control group, what the rest of stable answers is not compared. */
  private boolean isControl(ClusterRole role) {
    Optional<String> counted =
        watch.control().ppm().isPresent() ? Optional.of(Split.BASELINE) : Optional.empty();
    return role.version().equals(watch.stable()) && role.cohort().equals(counted);
  }

  /**
   * The windows that ended at {@code end} or before, oldest first.
   *
   * @param fresh whether a proxy was heard lately
   */
  List<ClosedWindow> close(Instant end, Predicate<String> fresh) {
    long last = end.getEpochSecond() - 1;
    nextSecond = Math.max(nextSecond, last - MAX_OPEN + 1);
    List<ClosedWindow> closed = new ArrayList<>();
    for (; nextSecond <= last; nextSecond++) {
      OpenWindow window = open.remove(nextSecond);
      Instant windowEnd = Instant.ofEpochSecond(nextSecond).plus(LENGTH);
      closed.add(new ClosedWindow(watch.rollout(), closed(window, windowEnd, fresh)));
    }
    open.headMap(nextSecond).clear();
    return closed;
  }

  private Window closed(@Nullable OpenWindow window, Instant end, Predicate<String> fresh) {
    OpenWindow contents = window == null ? new OpenWindow() : window;
    ImmutableSortedMap<String, Window.Arms> arms = contents.arms(canaryPart(), nextSecond, beliefs);
    return new Window(
        watch.generation(),
        nextSecond,
        LENGTH,
        watch.canaryPpm(),
        watch.control(),
        arms,
        contents.cohorts(beliefs),
        isUsable(end, fresh));
  }

  /** The canary's part of the requests that are counted for either arm. */
  private double canaryPart() {
    double both = (double) watch.canaryPpm() + watch.control().sharePpm(watch.canaryPpm());
    return both == 0 ? 0 : watch.canaryPpm() / both;
  }

  /** At least half of the proxies that ACKed this split by then are heard. */
  private boolean isUsable(Instant end, Predicate<String> fresh) {
    int acked = 0;
    int heard = 0;
    for (Map.Entry<String, Ack> ack : acks.entrySet()) {
      boolean ours = ack.getValue().generation() == watch.generation();
      if (ours && ack.getValue().at().isBefore(end)) {
        acked++;
        heard += fresh.test(ack.getKey()) ? 1 : 0;
      }
    }
    return acked > 0 && 2 * heard >= acked;
  }

  private static long firstWholeSecond(Instant since) {
    return since.getNano() == 0 ? since.getEpochSecond() : since.getEpochSecond() + 1;
  }
}
