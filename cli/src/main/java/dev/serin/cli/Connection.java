package dev.serin.cli;

import com.google.common.base.Splitter;
import dev.serin.v1.AuditServiceGrpc;
import dev.serin.v1.CalendarServiceGrpc;
import dev.serin.v1.FleetServiceGrpc;
import dev.serin.v1.MeshCatalogGrpc;
import dev.serin.v1.PolicyServiceGrpc;
import dev.serin.v1.ResourceServiceGrpc;
import dev.serin.v1.RolloutServiceGrpc;
import io.grpc.ChannelCredentials;
import io.grpc.ClientInterceptor;
import io.grpc.Grpc;
import io.grpc.InsecureChannelCredentials;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.TlsChannelCredentials;
import io.grpc.stub.AbstractStub;
import io.grpc.stub.MetadataUtils;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/**
 * The options that name a server, and the stubs to talk to it. Closed by the command that opened
 * it.
 */
final class Connection implements AutoCloseable {
  private static final long CALL_SECONDS = 20;
  private static final int MAX_MESSAGE_BYTES = 64 << 20;

  @Option(
      names = "--server",
      paramLabel = "HOST:PORT",
      description = "The API of a Serin server (SERIN_SERVER, the context, or 127.0.0.1:18001).")
  @Nullable String server;

  @Option(names = "--token", description = "A bearer token (SERIN_TOKEN, or the context).")
  @Nullable String token;

  @Option(names = "--tls-ca", description = "Trust these certificates; turns TLS on.")
  @Nullable Path tlsCa;

  @Option(names = "--tls-cert", description = "The client's certificate chain.")
  @Nullable Path tlsCert;

  @Option(names = "--tls-key", description = "The client's private key.")
  @Nullable Path tlsKey;

  @Option(names = "--tls", description = "Use TLS with the system's trusted certificates.")
  boolean tls;

  private @Nullable ManagedChannel channel;

  private static <S extends AbstractStub<S>> S bounded(S stub) {
    return stub.withDeadlineAfter(CALL_SECONDS, TimeUnit.SECONDS);
  }

  RolloutServiceGrpc.RolloutServiceBlockingStub rollouts() {
    return bounded(RolloutServiceGrpc.newBlockingStub(channel()));
  }

  /** Without a deadline, for watches. */
  RolloutServiceGrpc.RolloutServiceBlockingStub rolloutWatches() {
    return RolloutServiceGrpc.newBlockingStub(channel());
  }

  MeshCatalogGrpc.MeshCatalogBlockingStub services() {
    return bounded(MeshCatalogGrpc.newBlockingStub(channel()));
  }

  PolicyServiceGrpc.PolicyServiceBlockingStub policies() {
    return bounded(PolicyServiceGrpc.newBlockingStub(channel()));
  }

  CalendarServiceGrpc.CalendarServiceBlockingStub calendar() {
    return bounded(CalendarServiceGrpc.newBlockingStub(channel()));
  }

  FleetServiceGrpc.FleetServiceBlockingStub fleet() {
    return bounded(FleetServiceGrpc.newBlockingStub(channel()));
  }

  /** Without a deadline, for watches. */
  FleetServiceGrpc.FleetServiceBlockingStub fleetWatches() {
    return FleetServiceGrpc.newBlockingStub(channel());
  }

  AuditServiceGrpc.AuditServiceBlockingStub audit() {
    return bounded(AuditServiceGrpc.newBlockingStub(channel()));
  }

  ResourceServiceGrpc.ResourceServiceBlockingStub resources() {
    return bounded(ResourceServiceGrpc.newBlockingStub(channel()));
  }

  /** Where the server is, by whichever of the ways it was said. */
  String address() {
    return address(Context.current(System.getenv()));
  }

  private String address(Context context) {
    return firstOf(server, System.getenv("SERIN_SERVER"), context.server(), "127.0.0.1:18001");
  }

  /** Connects at the next call, however often that has failed before. */
  void tryAtOnce() {
    channel().resetConnectBackoff();
  }

  private ManagedChannel channel() {
    if (channel == null) {
      Context context = Context.current(System.getenv());
      channel =
          Grpc.newChannelBuilder(address(context), credentials(context))
              .maxInboundMessageSize(MAX_MESSAGE_BYTES)
              .intercept(headers(firstOf(token, System.getenv("SERIN_TOKEN"), context.token(), "")))
              .build();
    }
    return channel;
  }

  private ChannelCredentials credentials(Context context) {
    Path ca = tlsCa != null ? tlsCa : context.tlsCa();
    Path cert = tlsCert != null ? tlsCert : context.tlsCert();
    Path key = tlsKey != null ? tlsKey : context.tlsKey();
    if (!tls && ca == null && cert == null) {
      return InsecureChannelCredentials.create();
    }
    try {
      TlsChannelCredentials.Builder builder = TlsChannelCredentials.newBuilder();
      if (ca != null) {
        builder.trustManager(ca.toFile());
      }
      if (cert != null && key != null) {
        builder.keyManager(cert.toFile(), key.toFile());
      } else if (cert != null || key != null) {
        throw new CommandFailure(Exit.USAGE, "--tls-cert and --tls-key go together");
      }
      return builder.build();
    } catch (IOException unreadable) {
      throw new CommandFailure(Exit.USAGE, "TLS files: " + unreadable.getMessage());
    }
  }

  private static ClientInterceptor headers(String token) {
    Metadata headers = new Metadata();
    if (!token.isEmpty()) {
      headers.put(
          Metadata.Key.of("authorization", Metadata.ASCII_STRING_MARSHALLER), "Bearer " + token);
    }
    String user = System.getProperty("user.name", "");
    if (!user.isEmpty() && user.chars().allMatch(c -> c > ' ' && c < 127)) {
      headers.put(Metadata.Key.of("x-serin-actor", Metadata.ASCII_STRING_MARSHALLER), user);
    }
    return MetadataUtils.newAttachHeadersInterceptor(headers);
  }

  private static String firstOf(@Nullable String... candidates) {
    for (String candidate : candidates) {
      if (candidate != null && !candidate.isEmpty()) {
        return candidate;
      }
    }
    return "";
  }

  @Override
  public void close() {
    if (channel != null) {
      channel.shutdownNow();
    }
  }

  /** Splits {@code tenants/T/rollouts/R} into its last part. */
  static String lastPart(String fullName) {
    List<String> parts = Splitter.on('/').splitToList(fullName);
    return parts.get(parts.size() - 1);
  }
}
