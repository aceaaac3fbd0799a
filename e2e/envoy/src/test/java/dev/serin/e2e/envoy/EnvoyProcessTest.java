package dev.serin.e2e.envoy;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableMap;
import dev.serin.e2e.traffic.Behaviour;
import dev.serin.e2e.traffic.Load;
import dev.serin.e2e.traffic.LoadCounts;
import dev.serin.e2e.traffic.LoadPlan;
import dev.serin.e2e.traffic.Upstream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

@RequireEnvoy
final class EnvoyProcessTest {

  private static final Duration TIMEOUT = Duration.ofSeconds(20);

  @TempDir Path folder;

  /** A static gateway to one upstream; the admin port is one that two proxies cannot share. */
  private static String bootstrap(int upstream) {
    return """
    node: {id: test, cluster: test}
    admin: {address: {socket_address: {address: 127.0.0.1, port_value: 9901}}}
    static_resources:
      listeners:
      - name: gateway
        address: {socket_address: {address: 127.0.0.1, port_value: 0}}
        filter_chains:
        - filters:
          - name: envoy.filters.network.http_connection_manager
            typed_config:
              "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
              stat_prefix: gateway
              route_config:
                virtual_hosts:
                - name: all
                  domains: ["*"]
                  routes: [{match: {prefix: "/"}, route: {cluster: "checkout|v1"}}]
              http_filters:
              - name: envoy.filters.http.router
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
      clusters:
      - name: checkout|v1
        type: STATIC
        load_assignment:
          cluster_name: checkout|v1
          endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: %d}}}}]}]
    """
        .formatted(upstream);
  }

  private static LoadPlan plan(double rate, InetSocketAddress... targets) {
    ImmutableList.Builder<LoadPlan.Target> named = ImmutableList.builder();
    for (InetSocketAddress target : targets) {
      named.add(new LoadPlan.Target("port " + target.getPort(), target));
    }
    LoadPlan.Request request = new LoadPlan.Request("checkout", "/", ImmutableMap.of());
    return new LoadPlan(rate, named.build(), 8, number -> request, Duration.ofSeconds(10));
  }

  private static void await(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TIMEOUT.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).as("time").isLessThan(end);
      Thread.onSpinWait();
    }
  }

  @Test
  void loadUpstreamsAndTwoProxiesCountTheSame(EnvoyRunner runner) throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, new Behaviour(.2, Duration.ZERO, 0), 1);
        EnvoyProcess one = EnvoyProcess.start(runner, "one", bootstrap(v1.port()), folder);
        EnvoyProcess two = EnvoyProcess.start(runner, "two", bootstrap(v1.port()), folder)) {
      one.awaitReady(TIMEOUT);
      InetSocketAddress first = one.awaitListener("gateway", TIMEOUT);
      InetSocketAddress second = two.awaitListener("gateway", TIMEOUT);
      assertThat(first.getPort()).isNotIn(0, second.getPort());

      try (Load load = Load.start(plan(1_000, first, second))) {
        await(() -> load.counts().answered() >= 500);
        LoadCounts counts = load.stop();

        assertThat(counts.lost()).isZero();
        assertThat(counts.of("v1").answered()).isEqualTo(v1.requests()).isEqualTo(counts.sent());
        assertThat(counts.of("v1").errors()).isEqualTo(v1.errors()).isBetween(50L, 250L);
        String total = "cluster.checkout|v1.upstream_rq_total";
        assertThat(one.admin().stat(total) + two.admin().stat(total)).isEqualTo(counts.sent());
        assertThat(one.admin().stats("^cluster\\.checkout\\|v1\\.upstream_rq_[25]xx$").values())
            .hasSize(2);
      }
      assertThat(one.admin().configDump()).contains("checkout|v1");
    }
  }

  @Test
  void killedProxyLosesRequestsAndTheLoadSaysSo(EnvoyRunner runner) throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, Behaviour.PERFECT, 1);
        EnvoyProcess envoy = EnvoyProcess.start(runner, "envoy", bootstrap(v1.port()), folder)) {
      InetSocketAddress listener = envoy.awaitListener("gateway", TIMEOUT);
      try (Load load = Load.start(plan(500, listener))) {
        await(() -> load.counts().answered() >= 50);
        envoy.kill();
        assertThat(envoy.isAlive()).isFalse();
        await(() -> load.counts().lost() >= 50);
        LoadCounts counts = load.stop();
        assertThat(counts.answered() + counts.lost()).isEqualTo(counts.sent());
        assertThat(counts.of("v1").answered()).isLessThanOrEqualTo(v1.requests());
      }
    }
  }

  @Test
  void frozenProxyKeepsRequestsWaitingAndGoesOn(EnvoyRunner runner) throws Exception {
    try (Upstream v1 = Upstream.start("v1", 0, Behaviour.PERFECT, 1);
        EnvoyProcess envoy = EnvoyProcess.start(runner, "envoy", bootstrap(v1.port()), folder)) {
      InetSocketAddress listener = envoy.awaitListener("gateway", TIMEOUT);
      try (Load load = Load.start(plan(500, listener))) {
        await(() -> load.counts().answered() >= 50);
        envoy.suspend();
        long frozenAt = v1.requests();
        await(() -> load.counts().sent() >= load.counts().answered() + 50);
        // What Envoy had passed on before it froze may still arrive, one request a connection.
        assertThat(v1.requests()).isBetween(frozenAt, frozenAt + 8);
        envoy.resume();
        LoadCounts counts = load.stop();
        assertThat(counts.lost()).isZero();
        assertThat(counts.answered()).isEqualTo(counts.sent()).isEqualTo(v1.requests());
      }
    }
  }

  @Test
  void closingEndsAProxyInWhateverStateItIs(EnvoyRunner runner) throws Exception {
    EnvoyProcess frozen = EnvoyProcess.start(runner, "frozen", bootstrap(1), folder);
    try (frozen) {
      frozen.suspend();
    }
    assertThat(frozen.isAlive()).isFalse();
    EnvoyProcess stopped = EnvoyProcess.start(runner, "stopped", bootstrap(1), folder);
    try (stopped) {
      stopped.stop();
      assertThat(stopped.isAlive()).isFalse();
    }
  }

  @Test
  void refusedBootstrapIsReportedInEnvoysWords(EnvoyRunner runner) {
    assertThatExceptionOfType(IOException.class)
        .isThrownBy(() ->
            EnvoyProcess.start(runner, "bad", "static_resources: {listener: 1}", folder).close())
        .withMessageContaining("Envoy bad: no admin address because it has ended")
        // Protobuf's debug text varies its blanks from run to run, so that nobody parses it.
        .withMessageMatching("(?s).*no\\s+such\\s+field:\\s+'listener'.*");
  }
}
