package dev.serin.server.upstream;

import com.google.common.collect.ImmutableSortedSet;
import dev.serin.mesh.TypeResources;
import dev.serin.mesh.Unsaid;
import org.jspecify.annotations.Nullable;

/**
 * One type on one stream to the other control plane: what is asked, what has been answered, what is
 * owed. Outlives streams. Not thread-safe: its {@link UpstreamProxy} guards it.
 *
 * @param <Q> the request of the variant
 * @param <R> its response
 */
interface UpstreamType<Q, R> {
  /** The type's URL. */
  String typeUrl();

  /**
   * So many resources of a type are taken for one proxy; more are rejected, and the last good stay.
   */
  int MAX_RESOURCES = 500_000;

  String INTERNAL_ERROR = "not taken: ";

  /** All that the proxy asks for now. */
  void want(boolean wildcard, ImmutableSortedSet<String> names);

  /** A new stream begins, on which nothing has been said. */
  void begin();

  /** The request to send now, without a node; null where there is nothing to say. */
  @Nullable Q next();

  /** Takes a response; returns whether there is other content than before. */
  boolean take(R response);

  /**
   * The proxy rejected a resource.
   *
   * @param version that Serin gave to it: if it is not that of what came from here, it was not what
   *     came from here that was rejected
   */
  void rejected(String name, String version, String message);

  TypeResources resources();

  Unsaid unsaid();
}
