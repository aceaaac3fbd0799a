package dev.serin.server.config;

import com.google.common.collect.ImmutableList;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;

/**
 * The server's configuration, whole and valid. The defaults serve a laptop: loopback, no TLS, an
 * embedded store, the standalone mesh.
 *
 * @param acceptLoss whether an operator knows that the store is not the one that proxies were
 *     served from, and wants them served all the same
 */
public record ServerConfig(
    Xds xds, Api api, Metrics metrics, Store store, boolean acceptLoss, Mesh mesh) {

  /**
   * The listener that proxies connect to.
   *
   * @param insecure whether a listener beyond loopback may go without TLS
   * @param tokens the bearer tokens of which a call must carry one; empty: none is asked for
   */
  public record Xds(
      Endpoint listen,
      Optional<Tls> tls,
      boolean insecure,
      Optional<SecretRef> tokens,
      XdsLimits limits) {}

  /**
   * The listener of people and scripts.
   *
   * @param insecure whether a listener beyond loopback may go without TLS
   * @param tokens the bearer tokens of which a call must carry one; empty: none is asked for
   */
  public record Api(
      Endpoint listen,
      Optional<Tls> tls,
      boolean insecure,
      Optional<SecretRef> tokens,
      ApiLimits limits) {}

  /**
   * Where {@code /metrics} is served.
   *
   * @param listen a listener of its own; empty: on the API's
   */
  public record Metrics(Optional<Endpoint> listen, boolean insecure) {}

  /**
   * A server certificate in PEM files, and whom it asks for theirs.
   *
   * @param clientCa the authorities whose certificates a client must show; empty: none is asked for
   */
  public record Tls(Path cert, Path key, Optional<Path> clientCa) {}

  /**
   * Bounds of the xDS listener.
   *
   * @param maxInboundMessageBytes the largest message a proxy may send
   * @param maxStreamsPerConnection concurrent calls on one connection
   * @param maxStreams concurrent calls in all
   * @param keepAlive silence after which the server pings
   * @param keepAliveTimeout silence after a ping after which a connection counts as dead
   * @param maxConnectionAge after which a connection is asked to go, with 10 % jitter
   * @param maxConnectionAgeGrace how long its streams may go on then
   */
  public record XdsLimits(
      int maxInboundMessageBytes,
      int maxStreamsPerConnection,
      int maxStreams,
      Duration keepAlive,
      Duration keepAliveTimeout,
      Duration maxConnectionAge,
      Duration maxConnectionAgeGrace) {}

  /**
   * Bounds of the API listener.
   *
   * @param maxRequestBytes the largest request body or message
   * @param maxConcurrentRequests requests under way at once, watches apart
   * @param maxWatches watches open at once
   * @param requestTimeout of a request that is no stream
   */
  public record ApiLimits(
      int maxRequestBytes, int maxConcurrentRequests, int maxWatches, Duration requestTimeout) {}

  /** Where the journal is kept. */
  public sealed interface Store {
    /** An embedded database in one file, whose folder is made when it is missing. */
    record Sqlite(Path path) implements Store {}
  }

  /**
   * What the server knows of the mesh before it sees a proxy.
   *
   * @param clusterOf where a proxy's mesh cluster is read: the first that its node has
   */
  public record Mesh(ImmutableList<ClusterOf> clusterOf, ImmutableList<BaseSource> base) {}

  /** Where the mesh's own configuration comes from. */
  public enum BaseSource {
    /** Serin publishes listeners, routes, clusters and endpoints of its MeshService resources. */
    SERVICES
  }

  /** One place to read a proxy's mesh cluster from. */
  public sealed interface ClusterOf {
    /** A key of the node's metadata. */
    record Metadata(String key) implements ClusterOf {}

    /** The region of the node's locality. */
    record Region() implements ClusterOf {}

    /** The zone of the node's locality. */
    record Zone() implements ClusterOf {}

    /** This name, for every node that gets here. */
    record Named(String name) implements ClusterOf {}
  }
}
