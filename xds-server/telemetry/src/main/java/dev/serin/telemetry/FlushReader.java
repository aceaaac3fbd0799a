package dev.serin.telemetry;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import dev.serin.mesh.bootstrap.ReportedStats;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.prometheus.client.Metrics.Bucket;
import io.prometheus.client.Metrics.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalLong;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * Reads the messages of one stream. It remembers, per cluster, how many tries still wait for an
 * answer, and whether the proxy counts gRPC statuses at all. One thread at a time.
 */
final class FlushReader {
  private static final int MAX_FAMILIES = 50_000;
  private static final int MAX_METRICS_A_FAMILY = 16;

  /** More tries in one flush than any proxy can make; a larger number is a lie or a bug. */
  private static final double MAX_COUNT = 1e8;

  private Map<String, Long> waiting = new HashMap<>();
  private boolean countsGrpc;

  /** What became of a message. */
  sealed interface Reading {
    /**
     * It made sense.
     *
     * @param clusters counts by cluster, of clusters that are served
     * @param unknown statistics of clusters that are not
     * @param foreignEdges histograms left out because their edges are not ours
     * @param blindGrpc gRPC clusters with traffic whose statuses this proxy does not count
     * @param open requests under way by cluster, of clusters that are served; empty where the proxy
     *     tells of none, not even of its stream to us
     */
    record Flush(
        ImmutableSortedMap<String, ArmCounts> clusters,
        int unknown,
        int foreignEdges,
        int blindGrpc,
        Optional<ImmutableSortedMap<String, Long>> open)
        implements Reading {}

    /** It did not, and nothing of it is used. */
    record Unreadable(Reason reason) implements Reading {}
  }

  /** Why a whole message was dropped. */
  enum Reason {
    /** More statistics than any proxy has. */
    TOO_LARGE,
    /** A count that is negative, not a number, or beyond belief. */
    BAD_COUNT,
    /** Buckets that do not rise. */
    BAD_HISTOGRAM
  }

  /** What one cluster sent in one message. */
  private static final class Sent {
    private final Map<String, Long> counters = new HashMap<>();
    private final long[] latency = new long[LatencyBuckets.LE_MS.length()];
    private boolean foreignEdges;
  }

  Reading read(StreamMetricsMessage message, ServedClusters served) {
    if (message.getEnvoyMetricsCount() > MAX_FAMILIES) {
      return new Reading.Unreadable(Reason.TOO_LARGE);
    }
    TreeMap<String, Sent> sent = new TreeMap<>();
    TreeMap<String, Long> open = new TreeMap<>();
    boolean tellsOpen = false;
    int unknown = 0;
    for (MetricFamily family : message.getEnvoyMetricsList()) {
      Optional<StatName> name = StatName.parse(family.getName());
      if (name.isEmpty()) {
        continue;
      }
      if (name.get().stat().equals(ReportedStats.ACTIVE)) {
        OptionalLong now = openNow(family);
        if (now.isEmpty()) {
          return new Reading.Unreadable(Reason.BAD_COUNT);
        }
        tellsOpen = true;
        served
            .role(name.get().cluster())
            .ifPresent(role -> open.merge(name.get().cluster(), now.getAsLong(), Long::sum));
        continue;
      }
      if (served.role(name.get().cluster()).isEmpty()) {
        unknown += ServedClusters.isExpected(name.get().cluster()) ? 0 : 1;
        continue;
      }
      Sent cluster =
          sent.computeIfAbsent(served.countedUnder(name.get().cluster()), c -> new Sent());
      Optional<Reason> bad = collect(family, name.get().stat(), cluster);
      if (bad.isPresent()) {
        return new Reading.Unreadable(bad.get());
      }
    }
    return fold(
        sent,
        unknown,
        served,
        tellsOpen ? Optional.of(ImmutableSortedMap.copyOfSorted(open)) : Optional.empty());
  }

  /** Empty for what is no count. */
  private static OptionalLong openNow(MetricFamily family) {
    long open = 0;
    for (Metric metric : family.getMetricList()) {
      double value = metric.getGauge().getValue();
      if (!(value >= 0 && value <= MAX_COUNT) || value != Math.rint(value)) {
        return OptionalLong.empty();
      }
      open += (long) value;
    }
    return OptionalLong.of(open);
  }

  private static Optional<Reason> collect(MetricFamily family, String stat, Sent into) {
    if (family.getMetricCount() > MAX_METRICS_A_FAMILY) {
      return Optional.of(Reason.TOO_LARGE);
    }
    for (Metric metric : family.getMetricList()) {
      Optional<Reason> bad =
          switch (family.getType()) {
            case COUNTER -> collectCounter(metric.getCounter().getValue(), stat, into);
            case HISTOGRAM ->
                stat.equals(ReportedStats.TIME)
                    ? collectHistogram(metric.getHistogram(), into)
                    : Optional.<Reason>empty();
            case GAUGE, SUMMARY, UNTYPED, GAUGE_HISTOGRAM -> Optional.<Reason>empty();
          };
      if (bad.isPresent()) {
        return bad;
      }
    }
    return Optional.empty();
  }

  private static Optional<Reason> collectCounter(double value, String stat, Sent into) {
    if (!(value >= 0 && value <= MAX_COUNT) || value != Math.rint(value)) {
      return Optional.of(Reason.BAD_COUNT);
    }
    into.counters.merge(stat, (long) value, Long::sum);
    return Optional.empty();
  }

  private static Optional<Reason> collectHistogram(
      io.prometheus.client.Metrics.Histogram histogram, Sent into) {
    List<Bucket> buckets = histogram.getBucketList();
    long total = histogram.getSampleCount();
    if (total < 0 || total > MAX_COUNT) {
      return Optional.of(Reason.BAD_COUNT);
    }
    long below = 0;
    for (Bucket bucket : buckets) {
      if (bucket.getCumulativeCount() < below || bucket.getCumulativeCount() > total) {
        return Optional.of(Reason.BAD_HISTOGRAM);
      }
      below = bucket.getCumulativeCount();
    }
    if (!hasOurEdges(buckets)) {
      into.foreignEdges = true;
      return Optional.empty();
    }
    long counted = 0;
    for (int i = 0; i < buckets.size(); i++) {
      into.latency[i] += buckets.get(i).getCumulativeCount() - counted;
      counted = buckets.get(i).getCumulativeCount();
    }
    into.latency[buckets.size()] += total - counted;
    return Optional.empty();
  }

  private static boolean hasOurEdges(List<Bucket> buckets) {
    if (buckets.size() != LatencyBuckets.EDGES_MS.length()) {
      return false;
    }
    for (int i = 0; i < buckets.size(); i++) {
      if (buckets.get(i).getUpperBound() != LatencyBuckets.EDGES_MS.get(i)) {
        return false;
      }
    }
    return true;
  }

  private Reading fold(
      SortedMap<String, Sent> sent,
      int unknown,
      ServedClusters served,
      Optional<ImmutableSortedMap<String, Long>> open) {
    countsGrpc |=
        sent.values().stream().anyMatch(s -> s.counters.containsKey(ReportedStats.GRPC_TOTAL));
    ImmutableSortedMap.Builder<String, ArmCounts> clusters = ImmutableSortedMap.naturalOrder();
    Map<String, Long> stillWaiting = new HashMap<>();
    int foreignEdges = 0;
    int blindGrpc = 0;
    for (Map.Entry<String, Sent> entry : sent.entrySet()) {
      Sent cluster = entry.getValue();
      Optional<ClusterRole> role = served.role(entry.getKey());
      boolean grpc = role.map(ClusterRole::service).filter(served::isGrpc).isPresent();
      if (grpc && !countsGrpc) {
        blindGrpc++;
        continue;
      }
      long before = waiting.getOrDefault(entry.getKey(), 0L);
      Map<String, Long> counters =
          role.filter(ClusterRole::fallsBack).isPresent()
              ? FirstTries.of(cluster.counters)
              : cluster.counters;
      Tries tries = grpc ? Tries.grpc(counters, before) : Tries.http(counters, before);
      stillWaiting.put(entry.getKey(), tries.waiting());
      foreignEdges += cluster.foreignEdges ? 1 : 0;
      clusters.put(
          entry.getKey(), new ArmCounts(tries.requests(), tries.errors(), latency(cluster, tries)));
    }
    waiting = stillWaiting;
    return new Reading.Flush(clusters.build(), unknown, foreignEdges, blindGrpc, open);
  }

  /** Envoy takes no time of a try that nobody answered: it was slower than every edge. */
  private static Histogram latency(Sent cluster, Tries tries) {
    if (cluster.foreignEdges) {
      return Histogram.NONE;
    }
    long[] counts = cluster.latency.clone();
    counts[counts.length - 1] += tries.unanswered();
    return new Histogram(LatencyBuckets.LE_MS, ImmutableLongArray.copyOf(counts));
  }
}
