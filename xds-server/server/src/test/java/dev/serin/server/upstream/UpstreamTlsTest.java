package dev.serin.server.upstream;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.serin.server.config.Endpoint;
import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.UpstreamProtocol;
import dev.serin.server.config.ServerConfig.UpstreamTls;
import dev.serin.server.edge.TestCertificates;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc.AggregatedDiscoveryServiceImplBase;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Server;
import io.grpc.Status;
import io.grpc.TlsServerCredentials;
import io.grpc.TlsServerCredentials.ClientAuth;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** Another control plane behind TLS: which one is trusted, and what is shown to it. */
class UpstreamTlsTest {
  private static final TestCertificates CERTIFICATES = TestCertificates.get();

  private @Nullable Server server;

  private Server server() {
    return Objects.requireNonNull(server, "not listening");
  }

  /** Answers each request with an empty response of its type. */
  private static final class Answering extends AggregatedDiscoveryServiceImplBase {
    @Override
    public StreamObserver<DiscoveryRequest> streamAggregatedResources(
        StreamObserver<DiscoveryResponse> responses) {
      return new StreamObserver<>() {
        @Override
        public void onNext(DiscoveryRequest request) {
          responses.onNext(DiscoveryResponse.newBuilder().setTypeUrl(request.getTypeUrl()).build());
        }

        @Override
        public void onError(Throwable left) {}

        @Override
        public void onCompleted() {
          responses.onCompleted();
        }
      };
    }
  }

  private void listen(ClientAuth auth) throws IOException {
    TlsServerCredentials.Builder tls =
        TlsServerCredentials.newBuilder()
            .keyManager(
                CERTIFICATES.certificate("server").toFile(), CERTIFICATES.key("server").toFile());
    if (auth != ClientAuth.NONE) {
      tls.trustManager(CERTIFICATES.ca().toFile()).clientAuth(auth);
    }
    server =
        NettyServerBuilder.forAddress(
                new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), tls.build())
            .addService(new Answering())
            .build()
            .start();
  }

  @AfterEach
  void close() throws InterruptedException {
    server().shutdownNow();
    assertThat(server().awaitTermination(10, TimeUnit.SECONDS)).isTrue();
  }

  private static UpstreamTls tls(Path ca) {
    return new UpstreamTls(Optional.of(ca), Optional.empty(), Optional.empty(), Optional.empty());
  }

  private static UpstreamTls showing(String name) {
    return new UpstreamTls(
        Optional.of(CERTIFICATES.ca()),
        Optional.of(CERTIFICATES.certificate(name)),
        Optional.of(CERTIFICATES.key(name)),
        Optional.empty());
  }

  /** What a stream over such a channel is answered. */
  private String ask(Optional<UpstreamTls> tls) throws Exception {
    ManagedChannel channel =
        UpstreamChannel.to(
            new BaseSource.Upstream(
                new Endpoint("127.0.0.1", server().getPort()), tls, false, UpstreamProtocol.SOTW));
    CompletableFuture<String> answer = new CompletableFuture<>();
    try {
      StreamObserver<DiscoveryRequest> requests =
          AggregatedDiscoveryServiceGrpc.newStub(channel)
              .streamAggregatedResources(
                  new StreamObserver<>() {
                    @Override
                    public void onNext(DiscoveryResponse response) {
                      answer.complete(response.getTypeUrl());
                    }

                    @Override
                    public void onError(Throwable failed) {
                      answer.completeExceptionally(failed);
                    }

                    @Override
                    public void onCompleted() {}
                  });
      requests.onNext(DiscoveryRequest.newBuilder().setTypeUrl("a.Type").build());
      return answer.get(10, TimeUnit.SECONDS);
    } finally {
      channel.shutdownNow();
      assertThat(channel.awaitTermination(10, TimeUnit.SECONDS)).isTrue();
    }
  }

  private void assertUnreachable(Optional<UpstreamTls> tls) {
    assertThatThrownBy(() -> ask(tls))
        .isInstanceOf(ExecutionException.class)
        .satisfies(failed ->
            assertThat(Status.fromThrowable(failed).getCode()).isEqualTo(Status.Code.UNAVAILABLE));
  }

  @Test
  void itsCertificateHasToBeOfTheAuthority() throws Exception {
    listen(ClientAuth.NONE);
    assertThat(ask(Optional.of(tls(CERTIFICATES.ca())))).isEqualTo("a.Type");
    assertUnreachable(Optional.of(tls(CERTIFICATES.certificate("stranger"))));
    assertUnreachable(Optional.empty());
  }

  @Test
  void itsCertificateHasToHaveTheNameThatIsSet() throws Exception {
    listen(ClientAuth.NONE);
    UpstreamTls any = tls(CERTIFICATES.ca());
    assertThat(ask(Optional.of(named(any, "localhost")))).isEqualTo("a.Type");
    assertUnreachable(Optional.of(named(any, "istiod.example")));
  }

  private static UpstreamTls named(UpstreamTls tls, String name) {
    return new UpstreamTls(tls.ca(), tls.cert(), tls.key(), Optional.of(name));
  }

  @Test
  void oneThatAsksForACertificateIsShownTheOneThatIsSet() throws Exception {
    listen(ClientAuth.REQUIRE);
    assertThat(ask(Optional.of(showing("client")))).isEqualTo("a.Type");
    assertUnreachable(Optional.of(showing("stranger")));
    assertUnreachable(Optional.of(tls(CERTIFICATES.ca())));
  }

  @Test
  void certificatesThatCannotBeReadAreAProblemAtTheStart() throws Exception {
    listen(ClientAuth.NONE);
    assertThatThrownBy(() -> ask(Optional.of(tls(CERTIFICATES.key("client")))))
        .isInstanceOf(IOException.class)
        .hasMessageStartingWith("mesh.base upstream tls: ");
  }
}
