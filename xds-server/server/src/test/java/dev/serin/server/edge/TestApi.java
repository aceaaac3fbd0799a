package dev.serin.server.edge;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ConfigLoader;
import dev.serin.server.config.ServerConfig;
import io.grpc.BindableService;
import io.grpc.ChannelCredentials;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;

/** An API listener on a free port, with everything that a test may turn. */
final class TestApi implements AutoCloseable {

  static final String TOKENS =
      "0123456789abcdef Ann\n# of the release team\nfedcba9876543210 Bob\n";

  final TestNotes notes = new TestNotes();
  final PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
  volatile Readiness readiness = Readiness.READY;

  final ApiListener listener;
  private final HttpClient http = HttpClient.newHttpClient();
  private final List<ManagedChannel> channels = new ArrayList<>();

  TestApi(Optional<TokenBook> tokens, Optional<WatchSource> watches, String... flags)
      throws IOException {
    listener =
        new ApiListener(
            config(flags).api(),
            tokens,
            new ApiListener.Parts(
                ImmutableList.<BindableService>of(notes), () -> readiness, metrics, watches, true));
    listener.start();
  }

  static TestApi open(String... flags) throws IOException {
    return new TestApi(Optional.empty(), Optional.empty(), flags);
  }

  static TestApi withTokens() throws IOException {
    return new TestApi(Optional.of(tokens()), Optional.empty());
  }

  static TokenBook tokens() {
    if (TokenBook.parse(TOKENS) instanceof TokenBook.Reading.Read(TokenBook book)) {
      return book;
    }
    throw new IllegalStateException("the test's own tokens");
  }

  /** A configuration whose listeners take free ports. */
  static ServerConfig config(String... flags) {
    List<String> all =
        new ArrayList<>(List.of("--api.listen=127.0.0.1:0", "--xds.listen=127.0.0.1:0"));
    all.addAll(List.of(flags));
    ConfigLoader.Result result = ConfigLoader.load(Optional.empty(), Map.of(), all);
    return result
        .config()
        .orElseThrow(() -> new IllegalStateException(result.problems().toString()));
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path));
  }

  HttpResponse<String> get(String path, String... headers) throws Exception {
    HttpRequest.Builder request = request(path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  HttpResponse<String> post(String path, String json, String... headers) throws Exception {
    HttpRequest.Builder request =
        request(path)
            .header("content-type", "application/json")
            .POST(HttpRequest.BodyPublishers.ofString(json));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return http.send(request.build(), BodyHandlers.ofString());
  }

  HttpClient http() {
    return http;
  }

  ManagedChannel channel() {
    return channel(listener.port(), InsecureChannelCredentials.create(), channels);
  }

  static ManagedChannel channel(
      int port, ChannelCredentials credentials, List<ManagedChannel> opened) {
    ManagedChannel channel = NettyChannelBuilder.forAddress("127.0.0.1", port, credentials).build();
    opened.add(channel);
    return channel;
  }

  static void end(List<ManagedChannel> channels) {
    for (ManagedChannel channel : channels) {
      channel.shutdownNow();
      try {
        channel.awaitTermination(5, TimeUnit.SECONDS);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
      }
    }
  }

  @Override
  public void close() {
    end(channels);
    http.shutdownNow();
    // Not waited for: the transport takes two seconds of quiet before its threads end.
    var unused = listener.stop();
  }
}
