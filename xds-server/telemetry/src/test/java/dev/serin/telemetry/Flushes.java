package dev.serin.telemetry;

import dev.serin.mesh.bootstrap.LatencyBuckets;
import io.envoyproxy.envoy.config.core.v3.Locality;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.prometheus.client.Metrics.Bucket;
import io.prometheus.client.Metrics.Counter;
import io.prometheus.client.Metrics.Gauge;
import io.prometheus.client.Metrics.Histogram;
import io.prometheus.client.Metrics.Metric;
import io.prometheus.client.Metrics.MetricFamily;
import io.prometheus.client.Metrics.MetricType;

/** Builds messages as Envoy's metrics sink sends them. */
final class Flushes {
  private final StreamMetricsMessage.Builder message = StreamMetricsMessage.newBuilder();

  static Flushes heartbeat() {
    Flushes flushes = new Flushes();
    flushes.message.addEnvoyMetrics(
        MetricFamily.newBuilder()
            .setName("server.live")
            .setType(MetricType.GAUGE)
            .addMetric(Metric.newBuilder().setGauge(Gauge.newBuilder().setValue(1))));
    return flushes;
  }

  Flushes from(String nodeId, String region) {
    message.setIdentifier(
        StreamMetricsMessage.Identifier.newBuilder()
            .setNode(
                Node.newBuilder()
                    .setId(nodeId)
                    .setLocality(Locality.newBuilder().setRegion(region))));
    return this;
  }

  Flushes counter(String name, double value) {
    message.addEnvoyMetrics(
        MetricFamily.newBuilder()
            .setName(name)
            .setType(MetricType.COUNTER)
            .addMetric(Metric.newBuilder().setCounter(Counter.newBuilder().setValue(value))));
    return this;
  }

  /** Requests under way. */
  Flushes open(String cluster, double value) {
    message.addEnvoyMetrics(
        MetricFamily.newBuilder()
            .setName("cluster." + cluster + ".upstream_rq_active")
            .setType(MetricType.GAUGE)
            .addMetric(Metric.newBuilder().setGauge(Gauge.newBuilder().setValue(value))));
    return this;
  }

  /** {@code requests} that were answered, {@code errors} of them with 5xx. */
  Flushes answered(String cluster, long requests, long errors) {
    return counter("cluster." + cluster + ".upstream_rq_total", (double) requests)
        .counter("cluster." + cluster + ".upstream_rq_completed", (double) requests)
        .counter("cluster." + cluster + ".upstream_rq_5xx", (double) errors);
  }

  /** A histogram of samples of which each is of that many milliseconds. */
  Flushes times(String cluster, double... millis) {
    Histogram.Builder histogram = Histogram.newBuilder().setSampleCount(millis.length);
    LatencyBuckets.EDGES_MS.forEach(edge -> {
      long below = java.util.Arrays.stream(millis).filter(value -> value <= edge).count();
      histogram.addBucket(Bucket.newBuilder().setUpperBound(edge).setCumulativeCount(below));
    });
    return histogram(cluster, histogram.build());
  }

  Flushes histogram(String cluster, Histogram histogram) {
    message.addEnvoyMetrics(
        MetricFamily.newBuilder()
            .setName("cluster." + cluster + ".upstream_rq_time")
            .setType(MetricType.HISTOGRAM)
            .addMetric(Metric.newBuilder().setHistogram(histogram)));
    return this;
  }

  StreamMetricsMessage build() {
    return message.build();
  }
}
