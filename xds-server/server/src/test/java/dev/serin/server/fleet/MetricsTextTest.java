package dev.serin.server.fleet;

import static org.assertj.core.api.Assertions.assertThat;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.google.common.collect.ImmutableSortedMap;
import com.google.common.primitives.ImmutableLongArray;
import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import dev.serin.policy.ResourceName;
import dev.serin.server.PromTool;
import dev.serin.telemetry.EvidenceRules;
import dev.serin.telemetry.EvidenceWindows;
import dev.serin.telemetry.ProxyFlush;
import dev.serin.telemetry.ServedClusters;
import dev.serin.telemetry.TelemetryMeters;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.time.Instant;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** What the proxies' own figures look like to Prometheus. */
class MetricsTextTest {
  private static final ResourceName CHECKOUT = ResourceName.parse("shop/checkout");
  private static final Instant T0 = Instant.parse("2026-11-22T12:00:00Z");

  private final PrometheusMeterRegistry registry =
      new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  private final EvidenceWindows windows;

  MetricsTextTest() {
    TelemetryMeters meters = new TelemetryMeters(registry, () -> T0);
    ServedClusters served =
        ServedClusters.of(
            Map.of("checkout|v2", new ClusterRole(CHECKOUT, "v2", Optional.empty())),
            Set.of(),
            Map.of(CHECKOUT, "v1"));
    windows = new EvidenceWindows(EvidenceRules.DEFAULT, () -> served, meters);
    registry.getPrometheusRegistry().register(new RequestSeconds(meters.times()));
  }

  /** One request in each of the proxies' buckets; every tenth failed. */
  private void flush(String node, String meshCluster) {
    long[] one = new long[LatencyBuckets.LE_MS.length()];
    Arrays.fill(one, 1);
    Histogram latency = new Histogram(LatencyBuckets.LE_MS, ImmutableLongArray.copyOf(one));
    ArmCounts counts = new ArmCounts(one.length, 8, latency);
    for (int second = 0; second < 2; second++) {
      windows.flush(
          new ProxyFlush(
              node,
              meshCluster,
              T0.plusSeconds(second),
              ImmutableSortedMap.of("checkout|v2", counts)));
    }
  }

  @Test
  void requestsAndTheirTimesAreToldByVersionAndMeshCluster() {
    flush("gw-1", "eu");
    flush("gw-2", "eu");
    flush("gw-3", "us");
    String labels = "{cluster=\"eu\",%sservice=\"checkout\",tenant=\"shop\",version=\"v2\"%s}";
    int buckets = LatencyBuckets.LE_MS.length();
    assertThat(registry.scrape().lines())
        .contains(
            "serin_requests_total" + labels.formatted("outcome=\"error\",", "") + " 16.0",
            "serin_requests_total"
                + labels.formatted("outcome=\"ok\",", "")
                + " "
                + 2 * (buckets - 8.0),
            // 1, 2, 3, 4, 5 ms and 6 to 10 ms
            "serin_request_seconds_bucket" + labels.formatted("", ",le=\"0.005\"") + " 10",
            "serin_request_seconds_bucket" + labels.formatted("", ",le=\"0.01\"") + " 20",
            "serin_request_seconds_bucket"
                + labels.formatted("", ",le=\"+Inf\"")
                + " "
                + 2 * buckets);
  }

  /** A name that proxies bring must not grow the registry without end. */
  @Test
  void placesBeyondTheLimitAreToldAsOthers() {
    for (int i = 0; i < 1001; i++) {
      flush("gw-" + i, "mesh-" + i);
    }
    String text = registry.scrape();
    assertThat(text).contains("cluster=\"mesh-999\"").doesNotContain("cluster=\"mesh-1000\"");
    assertThat(text).contains("serin_requests_total{cluster=\"other\"");
  }

  /** Prometheus' own word on the text, where it is installed. */
  @Test
  void promtoolFindsNothing() throws Exception {
    assumeTrue(PromTool.isInstalled(), "no promtool on the PATH (Debian: prometheus)");
    flush("gw-1", "eu");
    PromTool.check(registry.scrape());
  }
}
