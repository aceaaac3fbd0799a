package dev.serin.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.util.JsonFormat;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.ListProxiesRequest;
import dev.serin.v1.ListProxiesResponse;
import dev.serin.v1.Proxy;
import dev.serin.v1.ProxySplit;
import dev.serin.v1.ProxyType;
import dev.serin.v1.WatchProxiesRequest;
import dev.serin.v1.WatchProxiesResponse;
import io.grpc.Server;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** {@code serin proxies} against a server that has whatever fleet a test says. */
class ProxiesCommandTest {
  private final Fleet fleet = new Fleet();
  private Server server;
  private String at = "";

  /** Answers in pages of at most a thousand. */
  private static final class Fleet extends FleetServiceGrpc.FleetServiceImplBase {
    private final List<Proxy> proxies = new ArrayList<>();
    private final List<WatchProxiesResponse> events = new ArrayList<>();
    private final List<ListProxiesRequest> asked = new CopyOnWriteArrayList<>();
    private final List<WatchProxiesRequest> watched = new CopyOnWriteArrayList<>();

    @Override
    public void listProxies(
        ListProxiesRequest request, StreamObserver<ListProxiesResponse> observer) {
      asked.add(request);
      int from = request.getPageToken().isEmpty() ? 0 : Integer.parseInt(request.getPageToken());
      int to = Math.min(proxies.size(), from + Math.min(1_000, request.getPageSize()));
      observer.onNext(
          ListProxiesResponse.newBuilder()
              .addAllProxies(proxies.subList(from, to))
              .setNextPageToken(to < proxies.size() ? Integer.toString(to) : "")
              .build());
      observer.onCompleted();
    }

    @Override
    public void watchProxies(
        WatchProxiesRequest request, StreamObserver<WatchProxiesResponse> observer) {
      watched.add(request);
      events.forEach(observer::onNext);
      observer.onCompleted();
    }
  }

  @BeforeEach
  void open() throws IOException {
    server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(fleet)
            .build()
            .start();
    at = "127.0.0.1:" + server.getPort();
  }

  @AfterEach
  void close() {
    server.shutdownNow();
  }

  private static Proxy proxy(String id, Proxy.State state, String words) {
    return Proxy.newBuilder()
        .setName("proxies/" + id)
        .setNodeId(id)
        .setCluster("eu-1")
        .setVersion("envoy 1.36")
        .setState(state)
        .addTypes(ProxyType.newBuilder().setTypeUrl("type").setNackMessage(words))
        .addAckedSplits(
            ProxySplit.newBuilder()
                .setService("tenants/shop/services/checkout")
                .putSplitPpm("v1", 990_000)
                .putSplitPpm("v2", 10_000))
        .build();
  }

  private Called proxies(String... more) {
    List<String> arguments = new ArrayList<>(List.of("proxies", "--server", at));
    arguments.addAll(Arrays.asList(more));
    return Called.serin(arguments.toArray(String[]::new));
  }

  private void fiveThousand() {
    for (int i = 0; i < 5_000; i++) {
      fleet.proxies.add(
          i % 100 == 0
              ? proxy("proxy-%05d".formatted(i), Proxy.State.ERROR, "no cluster " + i)
              : proxy("proxy-%05d".formatted(i), Proxy.State.SYNCED, ""));
    }
  }

  @Test
  void fiveThousandAreATableAtOnceWithWhatTheRefusingOnesSay() {
    fiveThousand();
    long begin = System.nanoTime();
    Called called = proxies();
    assertThat(Duration.ofNanos(System.nanoTime() - begin)).isLessThan(Duration.ofSeconds(15));
    assertThat(called.exit()).as(called.err()).isEqualTo(Exit.DONE);
    List<String> lines = called.out().lines().toList();
    assertThat(lines).hasSize(5_002);
    assertThat(lines.get(0)).startsWith("NODE         CLUSTER  VERSION     STATE   SPLIT");
    assertThat(lines.get(101))
        .startsWith("proxy-00100  eu-1     envoy 1.36  ERROR ")
        .contains("checkout: v1 99 %, v2 1 %")
        .endsWith("  no cluster 100");
    assertThat(lines.getLast()).isEqualTo("5000 proxies: 4950 SYNCED, 50 ERROR");
    assertThat(fleet.asked).hasSize(5);
  }

  @Test
  void asJsonTheyAreOneDocumentAndNothingElse() throws Exception {
    fiveThousand();
    Called called = proxies("-o", "json");
    ListProxiesResponse.Builder read = ListProxiesResponse.newBuilder();
    JsonFormat.parser().merge(called.out(), read);
    assertThat(read.getProxiesList()).isEqualTo(fleet.proxies);
  }

  @Test
  void theServerChoosesAndSorts() {
    Called called =
        proxies(
            "--stale",
            "--state",
            "error,disconnected",
            "--cluster",
            "eu-1",
            "--sort",
            "state,last_seen desc");
    assertThat(called.exit()).as(called.err()).isEqualTo(Exit.DONE);
    assertThat(fleet.asked)
        .containsExactly(
            ListProxiesRequest.newBuilder()
                .setPageSize(10_000)
                .setStale(true)
                .addStates(Proxy.State.ERROR)
                .addStates(Proxy.State.DISCONNECTED)
                .setCluster("eu-1")
                .setOrderBy("state,last_seen desc")
                .build());
  }

  @Test
  void aLimitEndsTheList() {
    fiveThousand();
    assertThat(proxies("--limit", "1500", "-o", "name").out().lines()).hasSize(1_500);
    assertThat(fleet.asked).extracting(ListProxiesRequest::getPageSize).containsExactly(1_500, 500);
  }

  @Test
  void nobodyIsSaidInWords() {
    assertThat(proxies().out()).isEqualTo("no proxy has connected yet\n");
    assertThat(proxies("--stale").out()).isEqualTo("every proxy is synced\n");
    assertThat(proxies("--cluster", "x").out()).isEqualTo("no such proxy\n");
  }

  /** A proxy's words are somebody else's: they must not reach the terminal as commands. */
  @Test
  void whatAProxySaysStaysOnItsLineAndMovesNoCursor() {
    fleet.proxies.add(
        proxy("evil\u001b[2J", Proxy.State.ERROR, "first\n  second\r\n\u001b[31mred\u0007\u009bX"));
    String shown = proxies().out();
    assertThat(shown).contains("evil?[2J", "first; second; ?[31mred??X");
    assertThat(shown.lines()).hasSize(2);
    assertThat(shown.chars().filter(c -> Character.isISOControl(c) && c != '\n')).isEmpty();
  }

  @Test
  void aWatchShowsWhatIsThereAndThenEachChangeInTheSameColumns() {
    watchEvents();
    Called called = proxies("-w", "--stale");
    assertThat(called.out().lines())
        .containsExactly(
            "NODE     CLUSTER  VERSION     STATE  SPLIT                      SAYS",
            "proxy-1  eu-1     envoy 1.36  STALE  checkout: v1 99 %, v2 1 %",
            "proxy-2  eu-1     envoy 1.36  STALE  checkout: v1 99 %, v2 1 %",
            "proxy-2  eu-1     envoy 1.36  ERROR  checkout: v1 99 %, v2 1 %  no such cluster",
            "proxy-1  -        -           -      -                          gone");
    assertThat(fleet.watched)
        .containsExactly(WatchProxiesRequest.newBuilder().setStale(true).build());
  }

  @Test
  void aWatchAsJsonIsOneProxyALine() throws Exception {
    watchEvents();
    List<Proxy> read = new ArrayList<>();
    for (String line : proxies("-w", "-o", "json").out().lines().toList()) {
      Proxy.Builder proxy = Proxy.newBuilder();
      JsonFormat.parser().merge(line, proxy);
      read.add(proxy.build());
    }
    assertThat(read)
        .containsExactly(
            proxy("proxy-1", Proxy.State.STALE, ""),
            proxy("proxy-2", Proxy.State.STALE, ""),
            proxy("proxy-2", Proxy.State.ERROR, "no such cluster"),
            Proxy.newBuilder().setName("proxies/proxy-1").build());
  }

  private void watchEvents() {
    fleet.events.addAll(
        List.of(
            event(proxy("proxy-1", Proxy.State.STALE, "")),
            event(proxy("proxy-2", Proxy.State.STALE, "")),
            WatchProxiesResponse.newBuilder().setSynced(true).build(),
            event(proxy("proxy-2", Proxy.State.ERROR, "no such cluster")),
            WatchProxiesResponse.newBuilder().setForgotten("proxies/proxy-1").build()));
  }

  private static WatchProxiesResponse event(Proxy proxy) {
    return WatchProxiesResponse.newBuilder().setProxy(proxy).build();
  }

  @Test
  void optionsThatDoNotGoTogetherAreAMistake() {
    assertThat(proxies("-w", "--sort", "state").exit()).isEqualTo(Exit.USAGE);
    assertThat(proxies("--limit", "0").exit()).isEqualTo(Exit.USAGE);
    assertThat(proxies("--state", "sleepy").exit()).isEqualTo(Exit.USAGE);
  }
}
