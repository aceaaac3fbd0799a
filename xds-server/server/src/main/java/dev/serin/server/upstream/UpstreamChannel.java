package dev.serin.server.upstream;

import dev.serin.server.config.ServerConfig.BaseSource;
import dev.serin.server.config.ServerConfig.UpstreamTls;
import io.grpc.ManagedChannel;
import io.grpc.netty.GrpcSslContexts;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.handler.ssl.SslContextBuilder;
import java.io.IOException;
import java.util.concurrent.TimeUnit;

/** The connection to another control plane. */
public final class UpstreamChannel {
  /** What a proxy would take: whole meshes come in one message. */
  private static final int MAX_MESSAGE = 128 << 20;

  /** Servers in Go end connections that ping more often than every five minutes. */
  private static final long PING_SECONDS = 310;

  private static final long PING_TIMEOUT_SECONDS = 20;

  private UpstreamChannel() {}

  /**
   * A channel that connects when it is first used.
   *
   * @throws IOException when certificates cannot be read
   */
  public static ManagedChannel to(BaseSource.Upstream upstream) throws IOException {
    NettyChannelBuilder builder =
        NettyChannelBuilder.forAddress(upstream.address().host(), upstream.address().port())
            .maxInboundMessageSize(MAX_MESSAGE)
            .keepAliveTime(PING_SECONDS, TimeUnit.SECONDS)
            .keepAliveTimeout(PING_TIMEOUT_SECONDS, TimeUnit.SECONDS);
    if (upstream.tls().isEmpty()) {
      return builder.usePlaintext().build();
    }
    UpstreamTls tls = upstream.tls().get();
    try {
      SslContextBuilder context = GrpcSslContexts.forClient();
      tls.ca().ifPresent(ca -> context.trustManager(ca.toFile()));
      if (tls.cert().isPresent() && tls.key().isPresent()) {
        context.keyManager(tls.cert().get().toFile(), tls.key().get().toFile());
      }
      tls.serverName().ifPresent(builder::overrideAuthority);
      return builder.sslContext(context.build()).build();
    } catch (IllegalArgumentException e) {
      throw new IOException("mesh.base upstream tls: " + e.getMessage(), e);
    }
  }
}
