package dev.serin.telemetry;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.judge.Control;
import io.envoyproxy.envoy.service.metrics.v3.MetricsServiceGrpc;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsMessage;
import io.envoyproxy.envoy.service.metrics.v3.StreamMetricsResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.inprocess.InProcessChannelBuilder;
import io.grpc.inprocess.InProcessServerBuilder;
import io.grpc.stub.StreamObserver;
import io.micrometer.core.instrument.Meter;
import io.micrometer.core.instrument.simple.SimpleMeterRegistry;
import java.io.IOException;
import java.time.Instant;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Over a real, in-process channel that delivers on the caller's thread. */
final class MetricsReceiverTest {
  private Instant now = Instant.parse("2026-11-22T12:00:00Z");
  private final SimpleMeterRegistry registry = new SimpleMeterRegistry();
  private final TelemetryMeters meters = new TelemetryMeters(registry, () -> now);
  private final EvidenceWindows windows =
      new EvidenceWindows(EvidenceRules.DEFAULT, () -> Mesh.SERVED, meters);
  private final Server server =
      InProcessServerBuilder.forName("telemetry-" + hashCode())
          .directExecutor()
          .addService(
              new MetricsReceiver(
                  windows,
                  () -> Mesh.SERVED,
                  node -> node.getLocality().getRegion(),
                  () -> now,
                  meters))
          .build();
  private final ManagedChannel channel =
      InProcessChannelBuilder.forName("telemetry-" + hashCode()).directExecutor().build();

  @BeforeEach
  void start() throws IOException {
    server.start();
  }

  @AfterEach
  void stop() {
    channel.shutdownNow();
    server.shutdownNow();
  }

  @Test
  void flushesOfAStreamBecomeRequestsOfTheirService() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a", "eu"));
    proxy.send(Flushes.heartbeat().answered("shop|v1", 100, 3).times("shop|v1", 5, 7));
    proxy.send(Flushes.heartbeat().answered("shop|v1", 50, 0));

    assertThat(requests("v1", "ok")).isEqualTo(147);
    assertThat(requests("v1", "error")).isEqualTo(3);
    assertThat(registry.get("serin.requests").tag("cluster", "eu").counters()).hasSize(2);
    assertThat(windows.lastHeard("eu")).contains(now);
    assertThat(windows.baseline(Mesh.SHOP, now).stableLatency().total()).isEqualTo(2);
  }

  @Test
  void whatIsUnderWayIsSummedOverProxies() {
    Proxy one = new Proxy();
    Proxy other = new Proxy();
    one.send(Flushes.heartbeat().from("a", "eu").open("serin_xds", 2).open("shop|v1", 7));
    other.send(Flushes.heartbeat().from("b", "us").open("serin_xds", 2));
    assertThat(windows.open(Mesh.SHOP, "v1", now)).hasValue(7);
    assertThat(windows.open(Mesh.SHOP, "v2", now)).hasValue(0);

    other.send(Flushes.heartbeat().open("serin_xds", 2).open("shop|v1", 3));
    assertThat(windows.open(Mesh.SHOP, "v1", now)).hasValue(10);

    one.send(Flushes.heartbeat().open("serin_xds", 2).open("shop|v1", 0));
    assertThat(windows.open(Mesh.SHOP, "v1", now)).hasValue(3);
  }

  @Test
  void whatIsUnderWayIsUnknownWhereAProxyDoesNotTell() {
    assertThat(windows.open(Mesh.SHOP, "v1", now)).as("nobody there").isEmpty();
    Proxy one = new Proxy();
    Proxy other = new Proxy();
    one.send(Flushes.heartbeat().from("a", "eu").open("serin_xds", 2).open("shop|v1", 7));
    other.send(Flushes.heartbeat().from("b", "us").answered("shop|v1", 1, 0));
    assertThat(windows.open(Mesh.SHOP, "v1", now)).as("an older bootstrap").isEmpty();

    windows.left("b");
    assertThat(windows.open(Mesh.SHOP, "v1", now)).hasValue(7);

    one.send(Flushes.heartbeat().open("serin_xds", 2).open("shop|v1", -1));
    assertThat(windows.open(Mesh.SHOP, "v1", now)).as("no count").isEmpty();
    assertThat(dropped("bad_count")).isEqualTo(1);

    one.send(Flushes.heartbeat().open("serin_xds", 2).open("shop|v1", 7));
    assertThat(windows.open(Mesh.SHOP, "v1", now.plusSeconds(60))).as("silent since").isEmpty();
  }

  @Test
  void onlyTheFirstMessageNamesTheNode() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a", "eu"));
    proxy.send(Flushes.heartbeat().from("b", "us"));

    assertThat(windows.lastHeard("us")).isEmpty();
  }

  @Test
  void aStreamWithoutANameIsRefused() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat());

    assertThat(proxy.failure.map(Status::getCode)).contains(Status.Code.INVALID_ARGUMENT);
    assertThat(dropped("no_identity")).isEqualTo(1);
  }

  @Test
  void aNameThatWouldWriteItsOwnLogLinesIsRefused() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a\nWARN all is lost", "eu"));

    assertThat(proxy.failure.map(Status::getCode)).contains(Status.Code.INVALID_ARGUMENT);
  }

  @Test
  void aNewerStreamOfANodeTakesTheOlderOnesPlace() {
    Proxy older = new Proxy();
    older.send(Flushes.heartbeat().from("a", "eu"));
    Proxy newer = new Proxy();
    newer.send(Flushes.heartbeat().from("a", "eu"));
    older.send(Flushes.heartbeat().answered("shop|v1", 100, 100));
    newer.send(Flushes.heartbeat().answered("shop|v1", 10, 0));

    assertThat(older.failure.map(Status::getCode)).contains(Status.Code.ABORTED);
    assertThat(newer.failure).isEmpty();
    assertThat(requests("v1", "ok")).isEqualTo(10);
    assertThat(requests("v1", "error")).isZero();
    assertThat(registry.get("serin.telemetry.streams").gauge().value()).isEqualTo(1);
  }

  @Test
  void whatWasCountedWhileTheStreamWasBrokenIsNoFlush() {
    Proxy before = new Proxy();
    before.send(Flushes.heartbeat().from("a", "eu"));
    before.stream.onError(Status.CANCELLED.asRuntimeException());
    Proxy after = new Proxy();
    after.send(Flushes.heartbeat().from("a", "eu").answered("shop|v1", 100, 0));
    after.send(Flushes.heartbeat().answered("shop|v1", 10, 0));

    assertThat(requests("v1", "ok")).isEqualTo(10);
  }

  @Test
  void aFlushThatLiesIsCountedAndTheStreamGoesOn() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a", "eu"));
    proxy.send(Flushes.heartbeat().answered("shop|v1", -5, 0));
    proxy.send(Flushes.heartbeat().answered("shop|v1", 10, 0));

    assertThat(proxy.failure).isEmpty();
    assertThat(dropped("bad_count")).isEqualTo(1);
    assertThat(requests("v1", "ok")).isEqualTo(10);
  }

  @Test
  void aProxyThatFloodsIsNotReadFasterThanItMay() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a", "eu"));
    for (int i = 0; i < 100; i++) {
      proxy.send(Flushes.heartbeat().answered("shop|v1", 1, 0));
    }
    assertThat(dropped("too_many_messages")).isEqualTo(81);

    now = now.plusSeconds(1);
    proxy.send(Flushes.heartbeat().answered("shop|v1", 1, 0));
    assertThat(requests("v1", "ok")).isEqualTo(20);
  }

  @Test
  void noMessageEndsAStreamByAnException() {
    long seed = 7;
    System.out.println("seed " + seed);
    Random random = new Random(seed);
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("a", "eu"));
    double[] values = {0, 1, -1, 1e18, Double.NaN, Double.NEGATIVE_INFINITY, 5, 1e8};
    String[] names = {
      "shop|v1", "shop|v2", "", ".", "shop|v1.external", "\u0000", "x".repeat(9999)
    };
    for (int i = 0; i < 5000; i++) {
      now = now.plusSeconds(1);
      String name = names[random.nextInt(names.length)];
      proxy.send(
          Flushes.heartbeat()
              .counter("cluster." + name + ".upstream_rq_completed", value(random, values))
              .counter("cluster." + name + ".upstream_rq_5xx", value(random, values))
              .counter("cluster." + name + ".upstream_rq_retry", value(random, values))
              .counter("cluster.upstream_rq_5xx", value(random, values))
              .times(name, value(random, values)));
    }
    assertThat(proxy.failure).isEmpty();
  }

  @Test
  void noMetricNamesAProxyAndEachIsDescribed() {
    Proxy proxy = new Proxy();
    proxy.send(Flushes.heartbeat().from("node-7", "eu"));
    proxy.send(Flushes.heartbeat().answered("shop|v1", 2, 1).answered("else", -1, 1));
    proxy.send(Flushes.heartbeat().answered("shop|v1", 2, 1).answered("else", 1, 1));
    windows.watch(new Watch(Mesh.ROLLOUT, Mesh.SHOP, "v1", "v2", 1, 10_000, Control.REST, now));
    windows.close(now.plusSeconds(5));

    assertThat(registry.getMeters())
        .extracting(meter -> meter.getId().getName())
        .contains(
            "serin.telemetry.age",
            "serin.telemetry.windows",
            "serin.telemetry.dropped",
            "serin.requests");
    assertThat(registry.getMeters())
        .extracting(Meter::getId)
        .allSatisfy(id -> {
          assertThat(id.getDescription()).isNotBlank();
          assertThat(id.toString()).doesNotContain("node-7");
        });
  }

  private static double value(Random random, double[] values) {
    return values[random.nextInt(values.length)];
  }

  private double requests(String version, String outcome) {
    return registry
        .find("serin.requests")
        .tags("version", version, "outcome", outcome)
        .counters()
        .stream()
        .mapToDouble(counter -> counter.count())
        .sum();
  }

  private double dropped(String reason) {
    return registry.get("serin.telemetry.dropped").tag("reason", reason).counter().count();
  }

  /** A proxy's end of a stream. */
  private final class Proxy implements StreamObserver<StreamMetricsResponse> {
    private Optional<Status> failure = Optional.empty();
    private final StreamObserver<StreamMetricsMessage> stream =
        MetricsServiceGrpc.newStub(channel).streamMetrics(this);

    void send(Flushes flush) {
      stream.onNext(flush.build());
    }

    @Override
    public void onNext(StreamMetricsResponse response) {}

    @Override
    public void onError(Throwable broken) {
      failure = Optional.of(Status.fromThrowable(broken));
    }

    @Override
    public void onCompleted() {}
  }
}
