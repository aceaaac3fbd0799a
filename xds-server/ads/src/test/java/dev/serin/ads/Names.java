package dev.serin.ads;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.serin.mesh.TypeUrls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TypedExtensionConfig;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.ScopedRouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.service.runtime.v3.Runtime;

/** Reads the name out of a resource's body, as a state-of-the-world client has to. */
final class Names {
  private Names() {}

  static String of(Any any) {
    try {
      return switch (any.getTypeUrl()) {
        case TypeUrls.CLUSTER -> any.unpack(Cluster.class).getName();
        case TypeUrls.ENDPOINTS -> any.unpack(ClusterLoadAssignment.class).getClusterName();
        case TypeUrls.LISTENER -> any.unpack(Listener.class).getName();
        case TypeUrls.ROUTES -> any.unpack(RouteConfiguration.class).getName();
        case TypeUrls.RUNTIME -> any.unpack(Runtime.class).getName();
        case TypeUrls.SCOPED_ROUTES -> any.unpack(ScopedRouteConfiguration.class).getName();
        case TypeUrls.VIRTUAL_HOST -> any.unpack(VirtualHost.class).getName();
        case TypeUrls.SECRET -> any.unpack(Secret.class).getName();
        case TypeUrls.EXTENSION -> any.unpack(TypedExtensionConfig.class).getName();
        // Of types that only these tests know the value is the name.
        default -> any.getValue().toStringUtf8();
      };
    } catch (InvalidProtocolBufferException e) {
      throw new AssertionError(e);
    }
  }
}
