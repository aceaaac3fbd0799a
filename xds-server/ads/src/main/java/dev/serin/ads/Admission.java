package dev.serin.ads;

import io.grpc.Status;
import java.util.Collection;
import java.util.Optional;

/**
 * Decides whether a client may be served, by what it says that it has already. Asked with every
 * request that answers no response, on the stream's own thread: it must not block.
 */
@FunctionalInterface
public interface Admission {
  /** Everyone is served. */
  Admission ALL = (proxy, versions) -> Optional.empty();

  /**
   * The status with which the stream is to be ended; empty: it may be served.
   *
   * @param versions of resources, or of a whole type, that the client presents
   */
  Optional<Status> refusal(Proxy proxy, Collection<String> versions);
}
