package dev.serin.ads;

import static dev.serin.ads.Bodies.cluster;
import static dev.serin.ads.Bodies.mesh;
import static dev.serin.ads.Bodies.route;
import static dev.serin.mesh.TypeUrls.CLUSTER;
import static dev.serin.mesh.TypeUrls.ENDPOINTS;
import static dev.serin.mesh.TypeUrls.LISTENER;
import static dev.serin.mesh.TypeUrls.ROUTES;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.MessageLite;
import dev.serin.ads.StreamState.Variant;
import dev.serin.mesh.Resource;
import dev.serin.mesh.Snapshot;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.ServerCall;
import io.grpc.Status;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * What a proxy costs that does not read or does not answer, counted in the messages and bytes that
 * the transport would have to keep for it.
 */
class SlowProxyTest {
  private static final int ROUNDS = 200;

  private final Harness harness = new Harness();
  private final AtomicInteger open = new AtomicInteger();

  @AfterEach
  void close() {
    harness.close();
  }

  /** A stream whose transport is the test: it keeps what is sent, and says when it takes more. */
  private final class Line extends ServerCall<Ask, Outgoing> {
    final List<Outgoing> sent = new ArrayList<>();
    boolean ready = true;
    Runnable whileSending = () -> {};
    private final Session session;

    Line(String node, Home home) {
      session = new Session(harness.ads, Variant.INCREMENTAL, this, new Metadata(), home, "", open);
      session.open();
      ask(
          DeltaDiscoveryRequest.newBuilder()
              .setNode(TestClient.node(node))
              .setTypeUrl(CLUSTER)
              .build());
      ask(DeltaDiscoveryRequest.newBuilder().setTypeUrl(LISTENER).build());
      ask(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(ENDPOINTS)
              .addResourceNamesSubscribe("a")
              .addResourceNamesSubscribe("b")
              .build());
      ask(
          DeltaDiscoveryRequest.newBuilder()
              .setTypeUrl(ROUTES)
              .addResourceNamesSubscribe("r")
              .build());
    }

    void ask(MessageLite request) {
      session.onMessage(RequestReader.delta(request.toByteArray()));
    }

    /** Answers what has come; returns how much that was. */
    int ackAll() {
      int count = 0;
      for (int i = 0; i < sent.size(); i++, count++) {
        Outgoing response = sent.get(i);
        ask(
            DeltaDiscoveryRequest.newBuilder()
                .setTypeUrl(response.typeUrl())
                .setResponseNonce(response.nonce())
                .build());
      }
      sent.clear();
      return count;
    }

    long bytes() {
      return sent.stream()
          .mapToLong(response -> new ResponseFrame(Variant.INCREMENTAL, response).available())
          .sum();
    }

    @Override
    public boolean isReady() {
      return ready;
    }

    @Override
    public void sendMessage(Outgoing message) {
      sent.add(message);
      whileSending.run();
    }

    @Override
    public void request(int messages) {}

    @Override
    public void sendHeaders(Metadata headers) {}

    @Override
    public void close(Status status, Metadata trailers) {}

    @Override
    public boolean isCancelled() {
      return false;
    }

    @Override
    public MethodDescriptor<Ask, Outgoing> getMethodDescriptor() {
      throw new UnsupportedOperationException();
    }
  }

  private static Home onThisThread() {
    return new Home(Runnable::run, () -> true);
  }

  /** Everything in it is new in every round. */
  private static Snapshot round(int i) {
    String mark = "%0200d".formatted(i);
    return Bodies.snapshot(
        cluster("a", mark),
        Bodies.endpoints("a", mark),
        cluster("b", mark),
        Bodies.endpoints("b", mark),
        Bodies.listener("l", mark),
        route("r", mark, "a", "b"));
  }

  private static String versionOfRound(int i) {
    return round(i).resource(ROUTES, "r").orElseThrow().version();
  }

  private void publish(List<Line> lines, int i) {
    harness.publish(round(i));
    lines.forEach(line -> line.session.refresh());
  }

  /** Accepts the first round, and reads nothing of those that follow. */
  private Line unreadForAllRounds() {
    harness.publish(round(0));
    Line line = new Line("n1", onThisThread());
    line.ackAll();
    line.ready = false;
    for (int i = 1; i <= ROUNDS; i++) {
      publish(List.of(line), i);
    }
    return line;
  }

  @Test
  void proxyThatDoesNotReadCostsNoMessageAndNoByteHoweverMuchChanges() {
    Line line = unreadForAllRounds();
    assertThat(line.sent).isEmpty();
    line.ready = true;
    line.session.onReady();
    assertThat(line.sent).hasSizeLessThanOrEqualTo(4);
    while (line.ackAll() > 0) {
      assertThat(line.sent).hasSizeLessThanOrEqualTo(4);
    }
    assertThat(harness.proxy("n1").resource(ROUTES, "r").ackedVersion())
        .as("it goes from what it had to what is newest, and gets nothing between")
        .hasValue(versionOfRound(ROUNDS));
  }

  @Test
  void proxyThatDoesNotAnswerCostsOneResponseATypeHoweverMuchChanges() {
    harness.publish(round(0));
    Line line = new Line("n1", onThisThread());
    long first = line.bytes();
    for (int i = 1; i <= ROUNDS; i++) {
      publish(List.of(line), i);
    }
    assertThat(line.sent).extracting(Outgoing::typeUrl).doesNotHaveDuplicates();
    assertThat(line.bytes()).isEqualTo(first).isLessThan(4_000);
  }

  @Test
  void whatASlowProxyWasNotSentIsNotKeptForIt() {
    Line line = unreadForAllRounds();
    assertThat(harness.proxy("n1").type(ROUTES).resources()).containsOnlyKeys("r");
    line.ready = true;
    line.session.onReady();
    List<Resource> got =
        line.sent.stream().flatMap(response -> response.resources().stream()).toList();
    assertThat(got)
        .isNotEmpty()
        .allSatisfy(resource ->
            assertThat(resource)
                .isEqualTo(round(ROUNDS).resources(resource.typeUrl()).get(resource.name())));
  }

  @Test
  void slowProxiesDelayNobodyOfTheirHome() {
    harness.publish(round(0));
    Home home = onThisThread();
    List<Line> slow = new ArrayList<>();
    List<Line> quick = new ArrayList<>();
    for (int i = 0; i < 50; i++) {
      slow.add(new Line("slow" + i, home));
      quick.add(new Line("quick" + i, home));
    }
    quick.forEach(SlowProxyTest::settle);
    slow.forEach(SlowProxyTest::settle);
    slow.forEach(line -> line.ready = false);
    List<Line> all = new ArrayList<>(slow);
    all.addAll(quick);
    for (int i = 1; i <= 20; i++) {
      publish(all, i);
      String version = versionOfRound(i);
      quick.forEach(SlowProxyTest::settle);
      assertThat(quick)
          .as("round %s", i)
          .allSatisfy(line ->
              assertThat(harness.proxy(nodeOf(quick, line)).resource(ROUTES, "r").acked(version))
                  .isTrue());
    }
    assertThat(slow).allSatisfy(line -> assertThat(line.sent).isEmpty());
  }

  private static String nodeOf(List<Line> lines, Line line) {
    return "quick" + lines.indexOf(line);
  }

  private static void settle(Line line) {
    while (line.ackAll() > 0) {
      // answers may bring responses
    }
  }

  /** Somebody else asks for the view of this very stream in the midst of a send. */
  @Test
  @Timeout(60)
  void noLockIsHeldWhileSending() {
    harness.publish(mesh("1", "a"));
    Line line = new Line("n1", onThisThread());
    settle(line);
    AtomicInteger looks = new AtomicInteger();
    line.whileSending =
        () -> {
          var views =
              CompletableFuture.supplyAsync(() -> harness.ads.fleetView().proxies())
                  .orTimeout(30, TimeUnit.SECONDS)
                  .join();
          assertThat(views.getFirst().resource(ROUTES, "r").sentVersion())
              .hasValue(route("r", "2", "a").version());
          looks.incrementAndGet();
        };
    harness.publish(mesh("2", "a"));
    line.session.refresh();
    assertThat(looks).hasValue(1);
  }

  /** An executor that runs one task when it is told to. */
  private static final class Loop {
    private final Deque<Runnable> tasks = new ArrayDeque<>();

    Home home() {
      return new Home(tasks::add, () -> false);
    }

    void runOne() {
      tasks.remove().run();
    }

    void runAll() {
      while (!tasks.isEmpty()) {
        runOne();
      }
    }
  }

  @Test
  void fanOutLetsOthersInBetween() {
    harness.publish(mesh("1", "a"));
    Loop loop = new Loop();
    Home home = loop.home();
    List<Line> lines = new ArrayList<>();
    for (int i = 0; i < 1_000; i++) {
      lines.add(new Line("n" + i, home));
    }
    loop.runAll();
    lines.forEach(Line::ackAll);
    loop.runAll();
    lines.forEach(line -> line.sent.clear());

    harness.publish(mesh("2", "a"));
    AtomicInteger before = new AtomicInteger(-1);
    home.refresh(() -> {});
    home.run(() -> before.set(sent(lines)));
    loop.runOne();
    assertThat(sent(lines)).as("streams of one task").isBetween(1, 300);
    loop.runOne();
    assertThat(before.get()).as("what came meanwhile had its turn").isBetween(1, 300);
    loop.runAll();
    assertThat(sent(lines)).isEqualTo(1_000);
  }

  private static int sent(List<Line> lines) {
    return lines.stream().mapToInt(line -> line.sent.size()).sum();
  }
}
