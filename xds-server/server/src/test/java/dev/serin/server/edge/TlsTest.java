package dev.serin.server.edge;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.google.common.collect.ImmutableList;
import dev.serin.server.config.ServerConfig;
import dev.serin.server.edge.testproto.GetNoteRequest;
import dev.serin.server.edge.testproto.NotesGrpc;
import io.grpc.ManagedChannel;
import io.grpc.StatusRuntimeException;
import io.grpc.TlsChannelCredentials;
import io.micrometer.prometheusmetrics.PrometheusConfig;
import io.micrometer.prometheusmetrics.PrometheusMeterRegistry;
import java.io.IOException;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileTime;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManager;
import javax.net.ssl.X509TrustManager;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

class TlsTest {

  private static final String NOTE = "tenants/t/notes/n";
  private static final TestCertificates CERTIFICATES = TestCertificates.get();

  @TempDir Path folder;
  private final List<ManagedChannel> channels = new ArrayList<>();
  private final List<AutoCloseable> listeners = new ArrayList<>();
  private final EventLoops loops = new EventLoops();

  /** The two listeners, which behave alike. */
  enum Kind {
    XDS,
    API
  }

  private record Listening(int port, TlsMaterial tls) {}

  @AfterEach
  void closeAll() throws Exception {
    TestApi.end(channels);
    for (AutoCloseable listener : listeners) {
      listener.close();
    }
    loops.close();
  }

  @ParameterizedTest
  @EnumSource
  void aClientThatTrustsTheAuthorityIsServed(Kind kind) throws Exception {
    int port = listen(kind, "").port();
    assertThat(name(port, trusting("ca").build())).isEqualTo(NOTE);
    assertThatThrownBy(() -> name(port, trusting("stranger").build()))
        .isInstanceOf(StatusRuntimeException.class);
    assertThatThrownBy(() -> name(port, io.grpc.InsecureChannelCredentials.create()))
        .isInstanceOf(StatusRuntimeException.class);
  }

  @ParameterizedTest
  @EnumSource
  void withAClientAuthorityACertificateOfItIsAskedFor(Kind kind) throws Exception {
    int port = listen(kind, "clientCa").port();
    assertThat(name(port, trusting("ca").keyManager(cert("client"), key("client")).build()))
        .isEqualTo(NOTE);
    assertThatThrownBy(() -> name(port, trusting("ca").build()))
        .isInstanceOf(StatusRuntimeException.class);
    assertThatThrownBy(
            () -> name(port, trusting("ca").keyManager(cert("stranger"), key("stranger")).build()))
        .isInstanceOf(StatusRuntimeException.class);
  }

  @ParameterizedTest
  @EnumSource
  void aRenewedCertificateIsServedWithoutARestart(Kind kind) throws Exception {
    Listening listening = listen(kind, "");
    assertThat(subject(listening.port())).isEqualTo("CN=server");
    assertThat(listening.tls().reload()).isFalse();

    // The key is still the old one's: half a replacement changes nothing.
    replace("renewed.pem", "server.pem", 1);
    assertThat(listening.tls().reload()).isFalse();
    assertThat(subject(listening.port())).isEqualTo("CN=server");

    replace("renewed.key", "server.key", 2);
    assertThat(listening.tls().reload()).isTrue();
    assertThat(subject(listening.port())).isEqualTo("CN=renewed");
  }

  @Test
  void filesThatDoNotFitAreRefusedAtTheStart() {
    ServerConfig.Tls mixed =
        new ServerConfig.Tls(
            CERTIFICATES.certificate("server"), CERTIFICATES.key("client"), Optional.empty());
    assertThatThrownBy(() -> TlsMaterial.open(mixed))
        .isInstanceOf(IOException.class)
        .hasMessageContaining("the key is not the certificate's");
    ServerConfig.Tls swapped =
        new ServerConfig.Tls(
            CERTIFICATES.key("server"), CERTIFICATES.certificate("server"), Optional.empty());
    assertThatThrownBy(() -> TlsMaterial.open(swapped)).isInstanceOf(IOException.class);
  }

  private Listening listen(Kind kind, String clientCa) throws Exception {
    replace("server.pem", "server.pem", 0);
    replace("server.key", "server.key", 0);
    String prefix = "--" + (kind == Kind.XDS ? "xds" : "api");
    String[] flags =
        Stream.of(
                prefix + ".tls.cert=" + folder.resolve("server.pem"),
                prefix + ".tls.key=" + folder.resolve("server.key"),
                prefix + ".tls.clientCa=" + (clientCa.isEmpty() ? "" : CERTIFICATES.ca()))
            .filter(flag -> !flag.endsWith("="))
            .toArray(String[]::new);
    ServerConfig config = TestApi.config(flags);
    PrometheusMeterRegistry metrics = new PrometheusMeterRegistry(PrometheusConfig.DEFAULT);
    return switch (kind) {
      case XDS -> {
        XdsListener xds =
            new XdsListener(
                config.xds(), Optional.empty(), List.of(new TestNotes()), metrics, loops);
        listeners.add(xds);
        xds.start();
        yield new Listening(xds.port(), xds.tls().orElseThrow());
      }
      case API -> {
        ApiListener api =
            new ApiListener(
                config.api(),
                Optional.empty(),
                new ApiListener.Parts(
                    ImmutableList.of(new TestNotes()),
                    () -> Readiness.READY,
                    metrics,
                    Optional.empty(),
                    true));
        listeners.add(() -> {
          var unused = api.stop();
        });
        api.start();
        yield new Listening(api.port(), api.tls().orElseThrow());
      }
    };
  }

  private void replace(String source, String target, int seconds) throws IOException {
    Path from = CERTIFICATES.ca().resolveSibling(source);
    Path to = folder.resolve(target);
    Files.copy(from, to, StandardCopyOption.REPLACE_EXISTING);
    Files.setLastModifiedTime(to, FileTime.fromMillis(1_000_000L + 1000L * seconds));
  }

  private String name(int port, io.grpc.ChannelCredentials credentials) {
    return NotesGrpc.newBlockingStub(TestApi.channel(port, credentials, channels))
        .getNote(GetNoteRequest.newBuilder().setName(NOTE).build())
        .getName();
  }

  private static TlsChannelCredentials.Builder trusting(String authority) throws IOException {
    return TlsChannelCredentials.newBuilder()
        .trustManager(CERTIFICATES.certificate(authority).toFile());
  }

  private static java.io.File cert(String name) {
    return CERTIFICATES.certificate(name).toFile();
  }

  private static java.io.File key(String name) {
    return CERTIFICATES.key(name).toFile();
  }

  /** Whose certificate the server shows. */
  private static String subject(int port) throws Exception {
    SSLContext context = SSLContext.getInstance("TLS");
    context.init(null, new TrustManager[] {new Anyone()}, null);
    try (SSLSocket socket =
        (SSLSocket)
            context.getSocketFactory().createSocket(InetAddress.getLoopbackAddress(), port)) {
      socket.startHandshake();
      X509Certificate shown = (X509Certificate) socket.getSession().getPeerCertificates()[0];
      return shown.getSubjectX500Principal().getName();
    }
  }

  /** Looks at certificates and minds none. */
  private static final class Anyone implements X509TrustManager {
    @Override
    public void checkClientTrusted(X509Certificate[] chain, String type) {}

    @Override
    public void checkServerTrusted(X509Certificate[] chain, String type) {}

    @Override
    public X509Certificate[] getAcceptedIssuers() {
      return new X509Certificate[0];
    }
  }
}
