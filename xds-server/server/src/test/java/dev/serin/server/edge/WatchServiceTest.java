package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.server.edge.WatchSource.Event;
import dev.serin.server.edge.WatchSource.Opening;
import dev.serin.server.edge.WatchSource.Sink;
import io.grpc.Status;
import java.io.BufferedReader;
import java.io.InputStream;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class WatchServiceTest {

  /** Opens what is asked for but {@code nothing}, and hands the sinks to the test. */
  private static final class Source implements WatchSource {
    private final BlockingQueue<Request> requests = new LinkedBlockingQueue<>();
    private final BlockingQueue<Sink> sinks = new LinkedBlockingQueue<>();
    private final CountDownLatch cancelled = new CountDownLatch(1);

    @Override
    public Opening open(Request request, Sink sink) {
      if (request.path().equals("nothing")) {
        return new Opening.Refused(Status.NOT_FOUND.withDescription("nothing there"));
      }
      sink.send(new Event("1", "rollout", "{\"n\":1}"));
      requests.add(request);
      sinks.add(sink);
      return new Opening.Opened(cancelled::countDown);
    }
  }

  private final Source source = new Source();

  @Test
  void eventsArriveWithTheirRevisionsAsTheyAreSent() throws Exception {
    try (TestApi api = new TestApi(Optional.empty(), Optional.of(source));
        BufferedReader lines = lines(watch(api, "tenants/t/rollouts/r?revision=7&x=y"))) {
      assertThat(source.requests.take())
          .isEqualTo(
              new WatchSource.Request(
                  "tenants/t/rollouts/r",
                  com.google.common.collect.ImmutableMap.of("revision", "7", "x", "y"),
                  Optional.of("7")));
      assertThat(event(lines)).containsExactly("id:1", "event:rollout", "data:{\"n\":1}");
      Sink sink = source.sinks.take();
      assertThat(sink.send(new Event("2", "rollout", "{\"n\":2}"))).isTrue();
      assertThat(event(lines)).containsExactly("id:2", "event:rollout", "data:{\"n\":2}");
      sink.end();
      assertThat(lines.readLine()).isNull();
      assertThat(source.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(sink.send(new Event("3", "rollout", "{}"))).isFalse();
    }
  }

  @Test
  void aReconnectingClientGoesOnAfterTheEventItSawLast() throws Exception {
    try (TestApi api = new TestApi(Optional.empty(), Optional.of(source));
        InputStream body = watch(api, "all?revision=7", "last-event-id", "41").body()) {
      assertThat(source.requests.take().revision()).contains("41");
      assertThat(body).isNotNull();
      source.sinks.take().end();
    }
  }

  @Test
  void aClientThatLeavesEndsTheWatchAndFreesItsSlot() throws Exception {
    try (TestApi api =
        new TestApi(Optional.empty(), Optional.of(source), "--api.limits.maxWatches=1")) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), api.listener.port())) {
        socket
            .getOutputStream()
            .write(
                "GET /v1/watch/all HTTP/1.1\r\nhost: localhost\r\n\r\n"
                    .getBytes(StandardCharsets.US_ASCII));
        assertThat(socket.getInputStream().read()).isEqualTo('H');
        assertThat(api.get("/v1/watch/all").statusCode()).isEqualTo(429);
      }
      assertThat(source.cancelled.await(10, TimeUnit.SECONDS)).isTrue();
      assertThat(watch(api, "all").statusCode()).isEqualTo(200);
    }
  }

  @Test
  void aRefusalIsAStatus() throws Exception {
    try (TestApi api = new TestApi(Optional.empty(), Optional.of(source))) {
      HttpResponse<String> response = api.get("/v1/watch/nothing");
      assertThat(response.statusCode()).isEqualTo(404);
      assertThat(response.body()).contains("\"code\":5", "nothing there");
    }
  }

  @Test
  void aWatchNeedsTheToken() throws Exception {
    try (TestApi api = new TestApi(Optional.of(TestApi.tokens()), Optional.of(source))) {
      assertThat(api.get("/v1/watch/all").statusCode()).isEqualTo(401);
      HttpResponse<InputStream> response =
          watch(api, "all", "authorization", "Bearer 0123456789abcdef");
      assertThat(response.statusCode()).isEqualTo(200);
      response.body().close();
    }
  }

  @Test
  void watchesAreCapped() throws Exception {
    try (TestApi api =
        new TestApi(Optional.empty(), Optional.of(source), "--api.limits.maxWatches=1")) {
      HttpResponse<InputStream> first = watch(api, "all");
      assertThat(first.statusCode()).isEqualTo(200);
      assertThat(watch(api, "all").statusCode()).isEqualTo(429);
      first.body().close();
    }
  }

  @Test
  void aClientThatDoesNotReadIsCutOff() {
    EventStream stream = new EventStream(Runnable::run);
    Event event = new Event("1", "rollout", "{}");
    for (int i = 0; i < EventStream.MAX_WAITING; i++) {
      assertThat(stream.send(event)).isTrue();
    }
    assertThat(stream.send(event)).isFalse();
    assertThat(stream.send(event)).isFalse();
  }

  /** As a fleet of thousands is sent: much at once, and never more than there is room for. */
  @Test
  void whoSendsOnlyWhenThereIsRoomIsNotCutOff() throws Exception {
    int all = 5_000;
    AtomicInteger sent = new AtomicInteger();
    WatchSource large =
        (request, sink) -> {
          Runnable send = () -> sendWhatFits(sink, sent, all);
          sink.onReady(send);
          send.run();
          return new Opening.Opened(() -> {});
        };
    try (TestApi api = new TestApi(Optional.empty(), Optional.of(large));
        BufferedReader lines = lines(watch(api, "proxies"))) {
      for (int i = 1; i <= all; i++) {
        assertThat(event(lines)).containsExactly("id:" + i, "event:proxy", "data:" + i);
      }
    }
  }

  private static void sendWhatFits(Sink sink, AtomicInteger sent, int all) {
    synchronized (sent) {
      while (sent.get() < all && sink.isReady()) {
        String n = Integer.toString(sent.incrementAndGet());
        assertThat(sink.send(new Event(n, "proxy", n))).isTrue();
      }
    }
  }

  private static HttpResponse<InputStream> watch(TestApi api, String path, String... headers)
      throws Exception {
    var request = api.request("/v1/watch/" + path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return api.http().send(request.build(), BodyHandlers.ofInputStream());
  }

  private static BufferedReader lines(HttpResponse<InputStream> response) {
    assertThat(response.headers().firstValue("content-type").orElse(""))
        .startsWith("text/event-stream");
    return new BufferedReader(new InputStreamReader(response.body(), StandardCharsets.UTF_8));
  }

  /** The lines up to the next empty one. */
  private static java.util.List<String> event(BufferedReader lines) throws Exception {
    java.util.List<String> event = new java.util.ArrayList<>();
    for (String line = lines.readLine(); line != null && !line.isEmpty(); line = lines.readLine()) {
      event.add(line.replaceFirst(": ", ":"));
    }
    return event;
  }
}
