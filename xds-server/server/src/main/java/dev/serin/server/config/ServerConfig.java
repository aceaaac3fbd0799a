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
   * @param identity what a certificate must be called for a node to be its own; empty: nothing is
   *     compared
   * @param warmUp how long a simulated fleet is served before the listener opens; zero: not at all
   */
  public record Xds(
      Endpoint listen,
      Optional<Tls> tls,
      boolean insecure,
      Optional<SecretRef> tokens,
      ImmutableList<NameTemplate> identity,
      ClientStatus clientStatus,
      Duration warmUp,
      XdsLimits limits) {}

  /** Whose state the client status service shows to a caller of the xDS listener. */
  public enum ClientStatus {
    /** {@link #OWN} where identities are compared, {@link #ALL} on loopback, else {@link #OFF}. */
    AUTO,
    /** The proxies that the caller's certificate names. */
    OWN,
    /** Every proxy. */
    ALL,
    /** Nobody's. */
    OFF
  }

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
   * @param drain the longest that streams are spread over when the server stops
   */
  public record XdsLimits(
      Messages messages,
      Streams streams,
      Connections connections,
      Lifetimes lifetimes,
      Nodes nodes,
      Duration drain) {}

  /**
   * What a peer may send.
   *
   * @param maxBytes the largest message
   * @param maxFirstBytes the largest first message of a stream, with which the peer says who it is
   * @param maxMetadataBytes the headers of a call
   * @param maxRequestsPerSecond requests on one stream beyond one for each response
   */
  public record Messages(
      int maxBytes, int maxFirstBytes, int maxMetadataBytes, int maxRequestsPerSecond) {}

  /**
   * Calls under way at once.
   *
   * @param perAddress from one address; of IPv6, from one /64
   * @param newPerSecond let in; the others wait their turn, or are told when to come back
   * @param resets a connection that resets more streams than that within {@code resetsWindow} ends
   */
  public record Streams(
      int perConnection,
      int perAddress,
      int all,
      int newPerSecond,
      int resets,
      Duration resetsWindow) {}

  /**
   * Connections open at once.
   *
   * @param perAddress from one address; of IPv6, from one /64
   * @param newPerSecond let in; the others wait their turn, or are closed
   * @param handshake how long TLS and HTTP/2 may take to begin
   */
  public record Connections(int perAddress, int all, int newPerSecond, Duration handshake) {}

  /**
   * How long a connection lives.
   *
   * @param keepAlive silence after which the server pings
   * @param keepAliveTimeout silence after a ping after which a connection counts as dead
   * @param minClientKeepAlive a client that pings more often is cut off
   * @param maxAge after which a connection is asked to go, with 10 % jitter
   * @param maxAgeGrace over which its streams are ended then
   */
  public record Lifetimes(
      Duration keepAlive,
      Duration keepAliveTimeout,
      Duration minClientKeepAlive,
      Duration maxAge,
      Duration maxAgeGrace) {}

  /**
   * What a node may say of itself and ask for.
   *
   * @param maxMetadataBytes encoded size of its metadata
   * @param maxNames names subscribed to, of one type on one stream
   * @param maxTypes resource types asked for on one stream
   * @param maxGone proxies that went away and are still remembered
   */
  public record Nodes(int maxMetadataBytes, int maxNames, int maxTypes, int maxGone) {}

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

  /** Where the mesh's own configuration comes from; what stands first wins. */
  public sealed interface BaseSource {
    /** Serin publishes listeners, routes, clusters and endpoints of its MeshService resources. */
    record Services() implements BaseSource {}

    /** Envoy's resources in the files of a folder, which is watched. */
    record Files(Path dir) implements BaseSource {}

    /**
     * Another control plane, which every proxy's requests are passed on to.
     *
     * @param tls empty: without
     * @param forwardAuthorization whether a proxy's own authorization goes with them
     */
    record Upstream(
        Endpoint address,
        Optional<UpstreamTls> tls,
        boolean forwardAuthorization,
        UpstreamProtocol protocol)
        implements BaseSource {}
  }

  /**
   * How another control plane is reached over TLS.
   *
   * @param ca whose certificates it may have; empty: those that the machine trusts
   * @param cert shown to it, with its key; empty: none is
   * @param serverName that its certificate has to have; empty: the address's
   */
  public record UpstreamTls(
      Optional<Path> ca, Optional<Path> cert, Optional<Path> key, Optional<String> serverName) {}

  /** The variant of the protocol that another control plane is spoken to in. */
  public enum UpstreamProtocol {
    /** Each proxy's own. */
    AUTO,
    DELTA,
    SOTW
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
