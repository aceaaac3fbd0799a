package dev.serin.ads;

import com.google.common.collect.ImmutableCollection;
import com.google.common.collect.ImmutableList;
import dev.serin.mesh.Resource;

/**
 * A response of either variant, before it is put together.
 *
 * @param version of all resources of the type that the client has once it accepts this
 * @param removed names to forget, which the state-of-the-world variant says by leaving them out
 */
record Outgoing(
    String typeUrl,
    String nonce,
    String version,
    ImmutableCollection<Resource> resources,
    ImmutableList<String> removed) {

  /** What the bodies of the resources come to. */
  long bytes() {
    long bytes = 0;
    for (Resource resource : resources) {
      bytes += resource.value().size();
    }
    return bytes;
  }
}
