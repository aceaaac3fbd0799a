package dev.serin.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.judge.ArmCounts;
import dev.serin.judge.Histogram;
import dev.serin.mesh.ClusterRole;
import dev.serin.mesh.bootstrap.LatencyBuckets;
import dev.serin.telemetry.FlushReader.Reading;
import dev.serin.telemetry.FlushReader.Reason;
import io.prometheus.client.Metrics.Bucket;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class FlushReaderTest {
  private static final String GRPC = "outbound|80|v1|pay.shop.svc";

  private final FlushReader reader = new FlushReader();

  @Test
  void namesWithDotsAndPipesAreWhole() {
    Reading.Flush flush =
        readable(
            Flushes.heartbeat()
                .answered(GRPC, 7, 0)
                .counter("cluster." + GRPC + ".grpc.total", 7)
                .counter("cluster." + GRPC + ".grpc.12", 1)
                .counter("cluster." + GRPC + ".grpc.2", 2));

    assertThat(flush.clusters()).containsOnlyKeys(GRPC);
    assertThat(counts(flush, GRPC).requests()).isEqualTo(7);
    assertThat(counts(flush, GRPC).errors()).isEqualTo(3);
  }

  @Test
  void copiesByOriginAreNotCountedTwice() {
    Reading.Flush flush =
        readable(
            Flushes.heartbeat()
                .answered("shop|v1", 5, 1)
                .answered("shop|v1.internal", 5, 1)
                .answered("shop|v1.external", 5, 1));

    assertThat(counts(flush, "shop|v1").requests()).isEqualTo(5);
    assertThat(flush.clusters()).hasSize(1);
    assertThat(flush.unknown()).isZero();
  }

  @Test
  void namesThatEnvoyCannotTellApartAreNotJudged() {
    ServedClusters served =
        ServedClusters.of(
            Map.of(
                "a", new ClusterRole(Mesh.SHOP, "v1", Optional.empty()),
                "a.internal", new ClusterRole(Mesh.SHOP, "v2", Optional.empty()),
                "b:80", new ClusterRole(Mesh.SHOP, "v3", Optional.empty()),
                "b_80", new ClusterRole(Mesh.SHOP, "v4", Optional.empty()),
                "c:80", new ClusterRole(Mesh.SHOP, "v5", Optional.empty())),
            Set.of(),
            Map.of());

    assertThat(served.role("a").map(ClusterRole::version)).contains("v1");
    assertThat(served.role("a.internal")).isEmpty();
    assertThat(served.role("b_80")).isEmpty();
    assertThat(served.role("c_80").map(ClusterRole::version)).contains("v5");
  }

  @Test
  void whatIsReportedOfAFallingBackClusterAndOfThatWhichItTriesIsOneCount() {
    ServedClusters served =
        ServedClusters.of(
            Map.of(
                "shop|v1", new ClusterRole(Mesh.SHOP, "v1", Optional.empty()),
                "shop|v2", new ClusterRole(Mesh.SHOP, "v2", Optional.empty()),
                "shop|v2|retry", new ClusterRole(Mesh.SHOP, "v2", Optional.empty(), true)),
            Set.of(),
            Map.of());
    Reading read =
        reader.read(
            Flushes.heartbeat()
                .counter("cluster.shop|v2.upstream_rq_total", 9)
                .counter("cluster.shop|v1.upstream_rq_total", 4)
                .counter("cluster.shop|v2|retry.upstream_rq_completed", 9)
                .counter("cluster.shop|v2|retry.upstream_rq_retry", 4)
                .build(),
            served);

    Reading.Flush flush = (Reading.Flush) read;
    assertThat(flush.clusters()).containsOnlyKeys("shop|v1", "shop|v2|retry");
    assertThat(counts(flush, "shop|v2|retry").requests()).isEqualTo(9);
    assertThat(counts(flush, "shop|v2|retry").errors()).isEqualTo(4);
    assertThat(counts(flush, "shop|v1").errors()).isZero();
  }

  @Test
  void unknownClustersAreCountedAndLeftOut() {
    Reading.Flush flush =
        readable(Flushes.heartbeat().answered("else|v1", 5, 1).answered("serin_xds", 5, 1));

    assertThat(flush.clusters()).isEmpty();
    assertThat(flush.unknown()).isEqualTo(3);
  }

  @Test
  void cumulativeBucketsBecomeCountsPerBucket() {
    ArmCounts counts =
        counts(
            readable(
                Flushes.heartbeat().answered("shop|v1", 4, 0).times("shop|v1", 0, 1, 4.2, 70_000)),
            "shop|v1");

    Histogram latency = counts.latency();
    assertThat(latency.le()).isEqualTo(LatencyBuckets.LE_MS);
    assertThat(latency.total()).isEqualTo(4);
    assertThat(latency.counts().get(0)).isEqualTo(2);
    assertThat(latency.counts().get(4)).isEqualTo(1);
    assertThat(latency.counts().get(latency.counts().length() - 1)).isEqualTo(1);
  }

  @Test
  void aTimeoutIsSlowerThanEveryEdge() {
    Flushes flush =
        Flushes.heartbeat()
            .answered("shop|v1", 3, 2)
            .counter("cluster.shop|v1.upstream_rq_timeout", 2)
            .times("shop|v1", 10);

    Histogram latency = counts(readable(flush), "shop|v1").latency();

    assertThat(latency.total()).isEqualTo(3);
    assertThat(latency.counts().get(latency.counts().length() - 1)).isEqualTo(2);
  }

  @Test
  void aHistogramWithOtherEdgesIsLeftOutAndItsErrorsStay() {
    Flushes flush =
        Flushes.heartbeat()
            .answered("shop|v1", 3, 2)
            .histogram(
                "shop|v1",
                io.prometheus.client.Metrics.Histogram.newBuilder()
                    .setSampleCount(3)
                    .addBucket(Bucket.newBuilder().setUpperBound(0.5).setCumulativeCount(3))
                    .build());

    Reading.Flush read = readable(flush);

    assertThat(read.foreignEdges()).isEqualTo(1);
    assertThat(counts(read, "shop|v1")).isEqualTo(new ArmCounts(3, 2, Histogram.NONE));
  }

  @Test
  void grpcIsNotJudgedByProxiesThatDoNotCountItsStatuses() {
    Reading.Flush blind = readable(Flushes.heartbeat().answered(GRPC, 9, 0));

    assertThat(blind.clusters()).isEmpty();
    assertThat(blind.blindGrpc()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(doubles = {-1, Double.NaN, Double.POSITIVE_INFINITY, 1e300, 0.5, -0.1})
  void aCountThatCannotBeVoidsItsWholeFlush(double value) {
    Flushes flush =
        Flushes.heartbeat()
            .answered("shop|v1", 5, 0)
            .counter("cluster.shop|v2.upstream_rq_5xx", value);

    assertThat(read(flush)).isEqualTo(new Reading.Unreadable(Reason.BAD_COUNT));
  }

  @Test
  void bucketsThatFallVoidTheirFlush() {
    var falling =
        io.prometheus.client.Metrics.Histogram.newBuilder()
            .setSampleCount(5)
            .addBucket(Bucket.newBuilder().setUpperBound(1).setCumulativeCount(4))
            .addBucket(Bucket.newBuilder().setUpperBound(2).setCumulativeCount(3))
            .build();

    assertThat(read(Flushes.heartbeat().histogram("shop|v1", falling)))
        .isEqualTo(new Reading.Unreadable(Reason.BAD_HISTOGRAM));
  }

  private Reading read(Flushes flush) {
    return reader.read(flush.build(), Mesh.SERVED);
  }

  private Reading.Flush readable(Flushes flush) {
    return (Reading.Flush) read(flush);
  }

  private static ArmCounts counts(Reading.Flush flush, String cluster) {
    return java.util.Objects.requireNonNull(flush.clusters().get(cluster));
  }
}
