package dev.serin.ads;

import com.google.common.collect.ImmutableSortedSet;
import com.google.protobuf.ByteString;
import io.grpc.Metadata;

/**
 * Hears what every stream asks for, so that it can be asked of somebody else. Called on the
 * stream's own thread: it must not block.
 */
@FunctionalInterface
public interface Demand {
  /** Nobody wants to know. */
  Demand NONE = opening -> Wants.NONE;

  /** A stream has named its node. */
  Wants opened(Opening opening);

  /**
   * How a stream began.
   *
   * @param node as the proxy encoded it, fields that are unknown here included
   * @param headers of its call
   */
  record Opening(Proxy proxy, ByteString node, Metadata headers, boolean incremental) {}

  /** What one stream wants. */
  interface Wants {
    /** Nobody wants to know. */
    Wants NONE =
        new Wants() {
          @Override
          public void asks(String typeUrl, boolean wildcard, ImmutableSortedSet<String> names) {}

          @Override
          public void left() {}
        };

    /**
     * All that it asks for of a type now. Called after every request, so mostly with what was said
     * before.
     */
    void asks(String typeUrl, boolean wildcard, ImmutableSortedSet<String> names);

    /** The stream has ended. */
    void left();
  }
}
