package dev.serin.server.csds;

import com.google.common.collect.ImmutableList;
import dev.serin.ads.Proxy;
import dev.serin.server.config.NameTemplate;
import dev.serin.server.config.ServerConfig.Xds;
import dev.serin.server.edge.PeerIdentity;

/**
 * Whose state callers may see. A proxy gets its own configuration and nobody else's, and a list of
 * the fleet is more than that: beyond loopback somebody has to have allowed it.
 */
public sealed interface Sight {

  /** Every proxy. */
  record Everyone() implements Sight {}

  /** The proxies that the caller's certificate names. */
  record Own(ImmutableList<NameTemplate> templates) implements Sight {}

  /** Nobody. */
  record Nobody(String why) implements Sight {}

  /** What the configuration says of the xDS listener. */
  static Sight of(Xds xds) {
    return switch (xds.clientStatus()) {
      case ALL -> new Everyone();
      case OWN -> new Own(xds.identity());
      case OFF -> new Nobody("client status is off here (xds.clientStatus)");
      case AUTO -> automatic(xds);
    };
  }

  private static Sight automatic(Xds xds) {
    if (!xds.identity().isEmpty()) {
      return new Own(xds.identity());
    }
    // A token says that its bearer is of the mesh, not which proxy it is.
    return xds.listen().isLoopback() && xds.tokens().isEmpty()
        ? new Everyone()
        : new Nobody(
            "nobody may see the fleet here (expected: xds.clientStatus: all, or certificates"
                + " compared by xds.identity)");
  }

  /** Whether this caller may see this proxy. */
  default boolean shows(Proxy proxy, PeerIdentity caller) {
    return switch (this) {
      case Everyone everyone -> true;
      case Own(ImmutableList<NameTemplate> templates) ->
          caller.is(templates, proxy.nodeId(), proxy.nodeCluster());
      case Nobody nobody -> false;
    };
  }
}
