package dev.serin.server.fleet;

import com.google.common.primitives.ImmutableDoubleArray;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import dev.serin.telemetry.RequestTimes;
import dev.serin.telemetry.RequestTimes.Answering;
import io.prometheus.metrics.model.registry.Collector;
import io.prometheus.metrics.model.snapshots.ClassicHistogramBuckets;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot.HistogramDataPointSnapshot;
import io.prometheus.metrics.model.snapshots.Labels;

/**
 * {@code serin_request_seconds}: the latencies that the proxies counted, as a histogram. Their sum
 * is not known: proxies report buckets.
 */
public record RequestSeconds(RequestTimes times) implements Collector {
  private static final String NAME = "serin_request_seconds";

  /** Some of the proxies' own edges: all eighty, times versions and clusters, fill a database. */
  static final ImmutableDoubleArray EDGES_MS =
      ImmutableDoubleArray.copyOf(
          new double[] {
            1,
            2,
            5,
            10,
            20,
            30,
            51,
            75,
            100,
            150,
            200,
            300,
            510,
            750,
            1000,
            1500,
            2200,
            4700,
            10_000,
            22_000,
            60_000,
            Double.POSITIVE_INFINITY
          });

  private static final double[] EDGES = EDGES_MS.stream().map(ms -> ms / 1000).toArray();

  @Override
  public HistogramSnapshot collect() {
    HistogramSnapshot.Builder histogram =
        HistogramSnapshot.builder()
            .name(NAME)
            .help("Upstream tries by the time that they took, as the proxies reported them");
    times.counts().forEach((answering, counts) -> histogram.dataPoint(point(answering, counts)));
    return histogram.build();
  }

  private static HistogramDataPointSnapshot point(Answering answering, ImmutableLongArray counts) {
    return HistogramDataPointSnapshot.builder()
        .labels(
            Labels.of(
                "cluster", answering.cluster(),
                "service", answering.service(),
                "tenant", answering.tenant(),
                "version", answering.version()))
        .classicHistogramBuckets(ClassicHistogramBuckets.of(EDGES, coarse(counts)))
        .build();
  }

  /** The counts of the proxies' buckets in those of {@link #EDGES_MS}. */
  private static long[] coarse(ImmutableLongArray counts) {
    long[] coarse = new long[EDGES.length];
    int at = 0;
    for (int i = 0; i < counts.length(); i++) {
      while (LatencyBuckets.LE_MS.get(i) > EDGES_MS.get(at)) {
        at++;
      }
      coarse[at] += counts.get(i);
    }
    return coarse;
  }
}
