package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.config.ServerConfig.Lifetimes;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.Status;
import io.grpc.health.v1.HealthCheckRequest;
import io.grpc.health.v1.HealthCheckResponse;
import io.grpc.health.v1.HealthCheckResponse.ServingStatus;
import io.grpc.health.v1.HealthGrpc;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.SocketException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** How a fleet comes and goes, over a real transport. */
@Timeout(120)
class XdsPaceTest {

  private static final Metadata.Key<String> RETRY_AFTER =
      Metadata.Key.of("grpc-retry-pushback-ms", Metadata.ASCII_STRING_MARSHALLER);

  /** Of the room to wait in one address gets half. */
  private static int atLeastServed(int perSecond) {
    return perSecond + perSecond * Pacer.LONGEST_WAIT_SECONDS / 2;
  }

  @Test
  void aStormOfStreamsIsLetInAtARateAndWhoCannotWaitIsToldWhenToComeBack() throws Exception {
    int perSecond = 5;
    try (TestXds xds = TestXds.listen("--xds.limits.newStreamsPerSecond=" + perSecond)) {
      ManagedChannel channel = xds.channel();
      long begin = System.nanoTime();
      List<TestStream> storm = new ArrayList<>();
      for (int i = 0; i < 60; i++) {
        storm.add(TestStream.open(channel));
      }
      List<TestStream> away = new ArrayList<>();
      for (TestStream stream : storm) {
        if (!stream.answered()) {
          away.add(stream);
        }
      }
      double seconds = (System.nanoTime() - begin) / 1e9;

      int served = 60 - away.size();
      assertThat(served).isGreaterThanOrEqualTo(atLeastServed(perSecond));
      assertThat((double) served).isLessThanOrEqualTo(perSecond * (seconds + 1) + 1);
      assertThat(away).isNotEmpty();
      for (TestStream stream : away) {
        assertThat(stream.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(stream.end().getDescription())
            .isEqualTo("too many new streams; try again later");
        assertThat(Integer.parseInt(stream.trailers().get(RETRY_AFTER))).isBetween(1_000, 5_000);
      }
      assertThat(xds.refusals("stream_storm")).isEqualTo(away.size());
      assertThat(
              HealthGrpc.newBlockingStub(channel)
                  .check(HealthCheckRequest.getDefaultInstance())
                  .getStatus())
          .isEqualTo(ServingStatus.SERVING);
    }
  }

  @Test
  void aStreamThatLeavesWhileItWaitsTakesNobodysPlace() throws Exception {
    try (TestXds xds = TestXds.listen("--xds.limits.newStreamsPerSecond=1")) {
      ManagedChannel channel = xds.channel();
      assertThat(TestStream.open(channel).answered()).isTrue();
      TestStream impatient = TestStream.open(xds.channel());
      xds.await("serin.edge.streams.waiting", 1);
      impatient.cancel();
      xds.await("serin.edge.streams.waiting", 0);
      xds.await("serin.edge.streams", 1);
      assertThat(TestStream.open(channel).answered()).isTrue();
      assertThat(xds.discovery.begun).hasValue(2);
    }
  }

  @Test
  void aStormOfConnectionsIsLetInAtARate() throws Exception {
    int perSecond = 4;
    int storm = 40;
    try (TestXds xds = TestXds.listen("--xds.limits.newConnectionsPerSecond=" + perSecond)) {
      List<RawHttp2> clients = new ArrayList<>();
      try {
        for (int i = 0; i < storm; i++) {
          clients.add(RawHttp2.silent(xds.port()));
        }
        int served = 0;
        for (RawHttp2 client : clients) {
          served += isServed(client) ? 1 : 0;
        }
        assertThat(served).isGreaterThanOrEqualTo(atLeastServed(perSecond));
        assertThat(xds.refusals("connection_storm")).isEqualTo(storm - served).isPositive();
      } finally {
        for (RawHttp2 client : clients) {
          client.close();
        }
      }
      xds.await("serin.edge.connections", 0);
    }
  }

  private static boolean isServed(RawHttp2 client) throws IOException {
    try {
      client.greet();
      return client.next(RawHttp2.SETTINGS).isPresent();
    } catch (SocketException closed) {
      return false;
    }
  }

  @Test
  void anOldConnectionIsAskedToGoAndItsStreamsEndWithWords() throws Exception {
    try (TestXds xds =
        TestXds.listen(
            "--xds.limits.maxConnectionAge=1s", "--xds.limits.maxConnectionAgeGrace=1s")) {
      try (RawHttp2 idle = RawHttp2.open(xds.port())) {
        assertThat(idle.next(RawHttp2.GO_AWAY).orElseThrow().errorCode()).isZero();
      }
      ManagedChannel channel = xds.channel();
      TestStream stream = TestStream.open(channel);
      assertThat(stream.answered()).isTrue();
      assertThat(stream.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
      assertThat(stream.end().getDescription()).contains("as old as it may get");
      assertThat(xds.discovery.ends.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
      assertThat(TestStream.open(channel).answered()).isTrue();
    }
  }

  @Test
  void streamsOfAnOldConnectionEndAfterItWasAskedToGoAndBeforeItIsCutOff() {
    Lifetimes lifetimes =
        new Lifetimes(
            Duration.ofSeconds(30),
            Duration.ofSeconds(10),
            Duration.ofSeconds(10),
            Duration.ofMinutes(30),
            Duration.ofMinutes(5));
    Duration latestAsk = Duration.ofMinutes(33); // the transport's jitter is 10 %
    Duration earliestCut = Duration.ofMinutes(27).plus(Ages.cutOffAfter(lifetimes));
    List<Long> seconds = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      long end = Ages.streamNanos(lifetimes);
      assertThat(end).isBetween(latestAsk.toNanos(), earliestCut.toNanos());
      seconds.add(end / 1_000_000_000);
    }
    assertThat(seconds.stream().distinct().count()).as("different seconds").isGreaterThan(200);
  }

  @Test
  void aServerThatGoesSaysSoFirstAndEndsItsStreamsOneByOne() throws Exception {
    int streams = 40;
    try (TestXds xds =
        TestXds.listen(
            "--xds.limits.newStreamsPerSecond=" + (streams + 1), "--xds.limits.drain=60s")) {
      BlockingQueue<String> health = watchHealth(xds.channel());
      assertThat(health.poll(20, TimeUnit.SECONDS)).isEqualTo("SERVING");
      List<TestStream> open = new ArrayList<>();
      for (int i = 0; i < streams; i++) {
        open.add(TestStream.open(xds.channel()));
        assertThat(open.getLast().answered()).isTrue();
      }

      long begin = System.nanoTime();
      CompletableFuture<Void> closed = CompletableFuture.runAsync(xds.listener()::close);
      assertThat(health.poll(20, TimeUnit.SECONDS)).isEqualTo("NOT_SERVING");
      List<Duration> ends = new ArrayList<>();
      for (TestStream stream : open) {
        assertThat(stream.end().getCode()).isEqualTo(Status.Code.UNAVAILABLE);
        assertThat(stream.end().getDescription()).isEqualTo("the server is going away");
        ends.add(Duration.ofNanos(stream.endedAt() - begin));
      }
      closed.get(20, TimeUnit.SECONDS);
      // As fast as they were let in: a second's worth takes a second.
      ends.sort(Duration::compareTo);
      assertThat(ends.getLast()).isGreaterThan(Duration.ofMillis(900));
      assertThat(ends.get(streams / 2)).isGreaterThan(Duration.ofMillis(400));
      for (int i = 0; i < streams; i++) {
        assertThat(xds.discovery.ends.poll(20, TimeUnit.SECONDS)).isEqualTo("cancelled");
      }
    }
  }

  @Test
  void aServerWithoutProxiesStopsAtOnce() throws Exception {
    try (TestXds xds = TestXds.listen()) {
      long begin = System.nanoTime();
      xds.listener().close();
      assertThat(System.nanoTime() - begin).isLessThan(TimeUnit.SECONDS.toNanos(2));
    }
  }

  private static BlockingQueue<String> watchHealth(ManagedChannel channel) {
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    HealthGrpc.newStub(channel)
        .watch(
            HealthCheckRequest.getDefaultInstance(),
            new StreamObserver<>() {
              @Override
              public void onNext(HealthCheckResponse response) {
                said.add(response.getStatus().name());
              }

              @Override
              public void onError(Throwable error) {
                said.add("broken");
              }

              @Override
              public void onCompleted() {
                said.add("over");
              }
            });
    return said;
  }
}
