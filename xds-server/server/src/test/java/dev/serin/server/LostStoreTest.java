package dev.serin.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.serin.mesh.TypeUrls;
import dev.serin.server.config.ConfigLoader;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A server with an empty store, and proxies that run what Serin made. */
class LostStoreTest {
  private static final String OURS = "s1-0123456789abcdef0123456789abcdef";

  @TempDir private Path folder;

  private SerinServer start(String... flags) throws SerinServer.StartFailure {
    List<String> all = new ArrayList<>(List.of(flags));
    all.add("--xds.listen=127.0.0.1:0");
    all.add("--api.listen=127.0.0.1:0");
    all.add("--store.sqlite.path=" + folder.resolve("serin.db"));
    return SerinServer.start(
        ConfigLoader.load(Optional.empty(), Map.of(), all).config().orElseThrow(), Map.of());
  }

  private static HttpResponse<String> readiness(SerinServer server) throws Exception {
    try (HttpClient http = HttpClient.newHttpClient()) {
      return http.send(
          HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.apiPort() + "/readyz"))
              .build(),
          HttpResponse.BodyHandlers.ofString());
    }
  }

  /** Something to be served. */
  private static void applyService(SerinServer server) throws Exception {
    String service =
        """
        {"spec": {"initialStable": "v1", "hosts": ["checkout"], "port": 8080,
          "versions": {"v1": {"endpoints": ["127.0.0.1:9001"]}}}}\
        """;
    String path = "/v1/tenants/shop/services?meshServiceId=checkout";
    try (HttpClient http = HttpClient.newHttpClient()) {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + server.apiPort() + path))
                  .header("content-type", "application/json")
                  .POST(HttpRequest.BodyPublishers.ofString(service))
                  .build(),
              HttpResponse.BodyHandlers.ofString());
      assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
    }
  }

  /** The first answer, or the words with which the stream ended. */
  private static final class First<T> implements StreamObserver<T> {
    private final CompletableFuture<String> said = new CompletableFuture<>();

    @Override
    public void onNext(T answer) {
      said.complete("served");
    }

    @Override
    public void onError(Throwable error) {
      said.complete(String.valueOf(error.getMessage()));
    }

    @Override
    public void onCompleted() {
      said.complete("ended");
    }

    String said() throws Exception {
      return said.get(20, TimeUnit.SECONDS);
    }
  }

  private static String full(SerinServer server, String node, String version) throws Exception {
    ManagedChannel channel = channel(server);
    try {
      First<DiscoveryResponse> first = new First<>();
      AggregatedDiscoveryServiceGrpc.newStub(channel)
          .streamAggregatedResources(first)
          .onNext(
              DiscoveryRequest.newBuilder()
                  .setNode(Node.newBuilder().setId(node))
                  .setTypeUrl(TypeUrls.CLUSTER)
                  .setVersionInfo(version)
                  .build());
      return first.said();
    } finally {
      channel.shutdownNow();
    }
  }

  private static String delta(SerinServer server, String node, Map<String, String> versions)
      throws Exception {
    ManagedChannel channel = channel(server);
    try {
      First<DeltaDiscoveryResponse> first = new First<>();
      AggregatedDiscoveryServiceGrpc.newStub(channel)
          .deltaAggregatedResources(first)
          .onNext(
              DeltaDiscoveryRequest.newBuilder()
                  .setNode(Node.newBuilder().setId(node))
                  .setTypeUrl(TypeUrls.CLUSTER)
                  .putAllInitialResourceVersions(versions)
                  .build());
      return first.said();
    } finally {
      channel.shutdownNow();
    }
  }

  private static ManagedChannel channel(SerinServer server) {
    return NettyChannelBuilder.forAddress("127.0.0.1", server.xdsPort()).usePlaintext().build();
  }

  @Test
  void whoRunsWhatSerinMadeIsNotServedFromAnEmptyStore() throws Exception {
    try (SerinServer server = start()) {
      assertThat(full(server, "new-1", "")).isEqualTo("served");
      assertThat(readiness(server).statusCode()).isEqualTo(200);
      assertThat(full(server, "old-1", OURS)).contains("FAILED_PRECONDITION", "STORE_LOST");
      assertThat(delta(server, "old-2", Map.of("checkout|v1", OURS))).contains("STORE_LOST");
      HttpResponse<String> told = readiness(server);
      assertThat(told.statusCode()).isEqualTo(503);
      assertThat(told.body()).contains("STORE_LOST", "old-1", "--store.acceptLoss");
      applyService(server);
      assertThat(full(server, "old-1", OURS)).contains("STORE_LOST");
    }
    // A restart does not make it a store that was always there, nor does what was written since.
    try (SerinServer server = start()) {
      assertThat(readiness(server).body()).contains("STORE_LOST");
      assertThat(full(server, "old-1", OURS)).contains("STORE_LOST");
    }
    try (SerinServer server = start("--store.acceptLoss")) {
      assertThat(readiness(server).statusCode()).isEqualTo(200);
      assertThat(full(server, "old-1", OURS)).isEqualTo("served");
    }
    try (SerinServer server = start()) {
      assertThat(delta(server, "old-2", Map.of("checkout|v1", OURS))).isEqualTo("served");
    }
  }

  @Test
  void whoWasServedHereComesBackWithWhatItGot() throws Exception {
    try (SerinServer server = start()) {
      applyService(server);
      assertThat(full(server, "gateway-1", "")).isEqualTo("served");
      assertThat(full(server, "gateway-1", OURS)).isEqualTo("served");
      assertThat(delta(server, "gateway-2", Map.of())).isEqualTo("served");
      assertThat(delta(server, "gateway-2", Map.of("checkout|v1", OURS))).isEqualTo("served");
      assertThat(full(server, "from-elsewhere", "v17")).isEqualTo("served");
      assertThat(readiness(server).statusCode()).isEqualTo(200);
    }
  }
}
