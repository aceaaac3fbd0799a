package dev.serin.policy;

import com.google.common.collect.ImmutableList;
import com.google.common.collect.ImmutableSortedMap;
import java.time.Duration;
import java.util.Optional;

/**
 * A service of the mesh and the versions of it that can take traffic.
 *
 * @param initialStable the stable version when the service is created; afterwards the service's
 *     status holds the truth
 * @param versions by version name; never empty, and holds {@code initialStable}
 * @param hosts the authorities that Serin publishes routes for; empty where the routes come from
 *     another base
 * @param port the listener's port for published routes, 1..65535, or 0 where the routes come from
 *     another base
 */
public record MeshService(
    ResourceName name,
    ImmutableSortedMap<String, String> labels,
    String initialStable,
    Protocol protocol,
    ImmutableSortedMap<String, Backend> versions,
    ImmutableList<String> hosts,
    int port,
    Upstream upstream) {

  /** How a service speaks, and so what counts as one of its errors. */
  public enum Protocol {
    /** HTTP/1.1 to the upstream; an error is a 5xx answer, a reset or a timeout. */
    HTTP,
    /** HTTP/2 to the upstream; errors as for {@link #HTTP}. */
    HTTP2,
    /** gRPC; an error is a {@code grpc-status} other than OK that stands for a server's failure. */
    GRPC
  }

  /** Where the endpoints of one version come from. */
  public sealed interface Backend {
    /** A cluster that the base configuration already has, by its Envoy name. */
    record EnvoyCluster(String cluster) implements Backend {}

    /** A cluster that Serin publishes with these endpoints; never empty. */
    record Endpoints(ImmutableList<Endpoint> endpoints) implements Backend {}

    /** A cluster that Serin publishes and Envoy resolves by DNS. */
    record Dns(Endpoint target) implements Backend {}
  }

  /** A host (address, or name for DNS) and a port of 1..65535. */
  public record Endpoint(String host, int port) {
    public Endpoint {
      if (host.isEmpty()) {
        throw new IllegalArgumentException("host is empty (expected: an address or a name)");
      }
      if (port < 1 || port > 65535) {
        throw new IllegalArgumentException("port: " + port + " (expected: 1..65535)");
      }
    }

    @Override
    public String toString() {
      return host.indexOf(':') >= 0 ? "[" + host + "]:" + port : host + ":" + port;
    }
  }

  /**
   * Settings of the clusters and routes that Serin publishes.
   *
   * @param timeout of a whole request; zero is none
   * @param idleTimeout of an upstream connection
   * @param healthCheckPath the path of an active HTTP health check, where one is wanted
   */
  public record Upstream(Duration timeout, Duration idleTimeout, Optional<String> healthCheckPath) {
    /** No request timeout, connections idle for five minutes, no active health check. */
    public static final Upstream DEFAULT =
        new Upstream(Duration.ZERO, Duration.ofMinutes(5), Optional.empty());
  }

  public MeshService {
    if (!versions.containsKey(initialStable)) {
      throw new IllegalArgumentException(
          "initialStable: " + initialStable + " (expected: one of " + versions.keySet() + ")");
    }
    if (port < 0 || port > 65535) {
      throw new IllegalArgumentException("port: " + port + " (expected: 0..65535)");
    }
  }

  /** Whether Serin publishes a listener and routes for this service. */
  public boolean isPublished() {
    return port != 0;
  }
}
